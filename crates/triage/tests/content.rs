//! The shipped content: sound, with cases that hold, and nothing in it that nobody needs.

use std::collections::HashSet;

use portico_domain::triage::Urgency;
use portico_triage::{Engine, Learning, MarkerPhrase, Request, SHIPPED, Sense, Status, WORDING_RULE};

#[test]
fn the_shipped_content_has_no_fault_and_every_case_holds() {
    let engine = Engine::new(SHIPPED).unwrap_or_else(|faults| panic!("{faults}"));
    let failing = engine.failing_cases();
    assert!(failing.is_empty(), "{} cases fail:\n{}", failing.len(), failing.join("\n"));
}

#[test]
fn the_content_is_as_large_as_the_work_needs() {
    let content = Engine::shipped().content();
    let cases: usize = content.rules.iter().map(|r| r.text.cases.len()).sum();
    assert!(content.concepts.len() >= 400, "{} concepts", content.concepts.len());
    assert!(content.phrasings() >= 6000, "{} phrasings", content.phrasings());
    assert!(content.rules.len() >= 180, "{} rules", content.rules.len());
    assert!(cases >= 1200, "{cases} cases");
}

#[test]
fn what_the_record_says_in_words_of_its_own_is_known() {
    let advised = |known: &[&str]| {
        let known = known.iter().map(|k| (*k).to_owned()).collect();
        Engine::shipped().advise(&Request { known, ..Request::new("Sore throat for two days. No temperature.".to_owned()) }).urgency
    };
    assert_eq!(advised(&[]), Urgency::SelfCare);
    assert_eq!(advised(&["marrow-risk-medicine"]), Urgency::SameDay, "by its code");
    assert_eq!(advised(&["overactive thyroid", "Carbimazole 20mg"]), Urgency::SameDay, "by its name");
    assert_eq!(advised(&["ankle pain 2019"]), Urgency::SelfCare, "a complaint of the past is not a complaint");
    assert_eq!(advised(&["no carbimazole"]), Urgency::SelfCare, "what is denied is not known");
}

#[test]
fn deleting_any_one_rule_makes_a_case_fail() {
    let engine = Engine::shipped();
    let content = engine.content();
    for (i, rule) in content.rules.iter().enumerate() {
        let missed = rule.text.cases.iter().filter(|c| c.fires).any(|case| {
            let advice = engine.advise_without(&case.request().unwrap(), i);
            !advice.rules.iter().any(|f| f.rule == rule.text.id)
        });
        assert!(missed, "no case needs the rule {}", rule.text.id);
    }
}

/// Every marker of negation, fear, past and family has an example whose finding is present again once the marker is gone.
#[test]
fn flipping_any_one_marker_makes_its_example_fail() {
    let engine = Engine::shipped();
    let all = small(SHIPPED.iter().find(|(n, _)| *n == "context.toml").unwrap().1);
    let mut failing = Vec::new();
    for text in &engine.content().marker_texts {
        for phrase in &text.phrases {
            let MarkerPhrase::Shown(marker, example, concept) = phrase else {
                let silent = matches!(
                    text.sense,
                    Sense::NotBefore
                        | Sense::NotList
                        | Sense::NotAfter
                        | Sense::Hypothetical
                        | Sense::Feared
                        | Sense::Past
                        | Sense::Resolved
                        | Sense::FamilyHistory
                );
                assert!(!silent, "the marker “{}” has no example", phrase.phrase());
                continue;
            };
            let read = |engine: &Engine| -> Vec<Status> {
                let findings = engine.advise(&Request::new(example.clone())).findings;
                findings.iter().filter(|f| f.concept == *concept).map(|f| f.status).collect()
            };
            let with = read(&all);
            if read(engine).contains(&Status::Present) || with.contains(&Status::Present) || with.is_empty() {
                failing.push(format!("{:?} “{marker}” does not keep {concept} away in “{example}”", text.sense));
            } else if read(&without(marker, text.sense)) == with {
                failing.push(format!("{:?} “{marker}” is not what keeps {concept} away in “{example}”", text.sense));
            }
        }
    }
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}

/// The shipped engine without one marker. Other markers that say the same in its example are not allowed.
fn without(marker: &str, sense: Sense) -> Engine {
    let needle = format!("[\"{marker}\", ");
    let mut files: Vec<(String, String)> = SHIPPED.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
    let mut left_out = 0;
    let word = kebab(sense);
    for (_, text) in files.iter_mut().filter(|(n, _)| n == "context.toml") {
        let mut current = String::new();
        let kept: Vec<&str> = text
            .lines()
            .filter(|line| {
                if let Some(named) = line.strip_prefix("sense = ") {
                    current = named.trim_matches('"').to_owned();
                }
                let this = current == word && line.trim_start().starts_with(&needle);
                left_out += usize::from(this);
                !this
            })
            .collect();
        *text = kept.join("\n");
    }
    assert_eq!(left_out, 1, "the marker “{marker}” stands on a line of its own, once");
    small(&files.iter().find(|(n, _)| n == "context.toml").unwrap().1)
}

/// The markers with nothing but the concepts of their examples.
fn small(context: &str) -> Engine {
    const CONCEPTS: &str = r#"
[[concept]]
id = "chest-pain"
name = "chest pain"
kind = "symptom"
alone = "soon"
phrases = ["chest pain"]
[[concept]]
id = "stroke-word"
name = "stroke"
kind = "condition"
alone = "soon"
phrases = ["stroke"]
"#;
    let words = SHIPPED.iter().find(|(n, _)| *n == "words.toml").unwrap().1;
    Engine::new(&[("words.toml", words), ("context.toml", context), ("concepts.toml", CONCEPTS)])
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn kebab(sense: Sense) -> String {
    let mut out = String::new();
    for (i, c) in format!("{sense:?}").chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[test]
fn every_rule_says_where_it_comes_from_and_who_answers_for_it() {
    let mut ids = HashSet::new();
    for rule in &Engine::shipped().content().rules {
        let r = &rule.text;
        assert!(ids.insert(&r.id), "{} is there twice", r.id);
        assert!(!r.source.is_empty() && r.source_date.starts_with("20"), "{}", r.id);
        assert!(!r.why.is_empty() && !r.title.is_empty(), "{}", r.id);
    }
}

#[test]
fn words_like_those_of_emergencies_raise_the_urgency_and_say_which() {
    const WORDING: &str = r#"
[wording]
alarm = 0.8
doubt = 0.5
bias = -3.0
source = "made up for this test"
source_date = "2026-01-01"
owner = "Nobody"
review = "2027-01-01"
weights = """
4.0 anvil
2.0 anvil _ rib
-9.0 calm
2.5 @ chest-pain
"""
"#;
    let words = SHIPPED.iter().find(|(n, _)| *n == "words.toml").unwrap().1;
    let concepts =
        "[[concept]]\nid = \"chest-pain\"\nname = \"chest pain\"\nkind = \"symptom\"\nalone = \"soon\"\nphrases = [\"chest pain\"]\n";
    let context = SHIPPED.iter().find(|(n, _)| *n == "context.toml").unwrap().1;
    let engine = Engine::new(&[("words.toml", words), ("context.toml", context), ("c.toml", concepts), ("wording.toml", WORDING)]).unwrap();
    let read = |text: &str| engine.advise(&Request::new(text));
    let advice = read("There is an anvil on ribs");
    assert_eq!(advice.urgency, Urgency::Emergency);
    assert!(advice.rules[0].rule == WORDING_RULE && advice.rules[0].why.contains("“anvil”"), "{:?}", advice.rules);
    assert!(advice.findings.iter().any(|f| f.words == "anvil"), "the words are marked");
    let doubtful = read("chest pain, all the same to me, and an odd shirt");
    assert_eq!((doubtful.urgency, doubtful.unsure), (Urgency::Soon, false), "what weighs little changes nothing");
    assert_eq!(read("chest pain, calm").urgency, Urgency::Soon, "no word lowers what a finding supports");
    assert_ne!(read("No chest pain, an oven").urgency, Urgency::Emergency, "what is denied does not weigh");
}

#[test]
fn weights_are_learnt_from_labelled_messages_the_same_each_time() {
    let engine = Engine::shipped();
    let learn = || {
        let mut learning = Learning::default();
        for n in 0..30 {
            let bad = n % 2 == 0;
            let text = if bad { format!("the anvil fell on me {n}") } else { format!("a quiet form please {n}") };
            learning.add(engine.content(), &Request::new(text), bad);
        }
        let (bias, weights) = learning.learn();
        (bias, weights.into_iter().map(|(w, n)| (w, n.to_owned())).collect::<Vec<_>>())
    };
    let (first, second) = (learn(), learn());
    assert_eq!(first, second);
    let weight = |word: &str| first.1.iter().find(|(_, n)| n == word).map_or(0.0, |(w, _)| *w);
    assert!(weight("anvil") > 0.1 && weight("form") < -0.1, "{:?}", &first.1[..5]);
}

/// Given names and surnames as they stand under messages, from many of the countries that patients come from.
const NAMES: &str = "Agnieszka Aisha Ama Angharad Aoife Asante Ayesha Balogun Bethan Boateng Bronwen Chidi Chowdhury Ciara Derek Doherty Elena \
    Eluned Emeka Fatima Ffion Fitton Fitzgerald Gallagher Gethin Grundy Gurpreet Hamish Helena Hussain Ioana Jackson Jaspreet Kavita Kowalski \
    Kwame Lewandowski Linh Malgorzata Mary Maureen McCarthy Meena Mensah Ming Mohammed Mullen Nasreen Nerys Ngozi Niamh Okafor Olu Orla Osei \
    Paige Parr Patel Piotr Popescu Priya Quinn Rhys Saoirse Selena Shana Siobhan Stan Stokes Sunita Tara Terri Terry Torres Tracy Tunde Uddin \
    Wendy Whitehead Wojciech Yusuf Zainab";

#[test]
fn a_name_under_a_message_is_no_finding_of_an_emergency() {
    let frames = ["Thanks, {}", "thanks {}", "My name is {} and I need a copy of my records", "Is {} still working at the surgery?"];
    for name in NAMES.split_whitespace() {
        for frame in frames {
            let name = if frame.starts_with('t') { name.to_lowercase() } else { name.to_owned() };
            let text = frame.replace("{}", &name);
            let advice = Engine::shipped().advise(&Request::new(text.clone()));
            assert!(advice.urgency > Urgency::Emergency, "{text}: {:?}", advice.rules.first().map(|r| &r.title));
        }
    }
}
