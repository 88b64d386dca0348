//! What may change in a message without making it less urgent, and what takes a finding away.

use portico_domain::triage::Urgency;
use portico_triage::{Engine, Request, Status};

/// Sentences that have nothing to do with any illness.
const UNRELATED: &[&str] = &[
    "My phone number has not changed.",
    "Thank you for your help.",
    "I live near the library.",
    "Please use the side entrance.",
    "The weather is lovely.",
    "I am at home all day.",
    "My husband is fine now.",
    "Everything else is fine now.",
    "My cold went away last week.",
    "The kids are all better.",
];

/// Whether a text speaks of what one of these sentences speaks of, which is then not unrelated to it.
fn speaks_of(text: &str, sentence: &str) -> bool {
    let text = text.to_lowercase();
    [("husband", "husband"), ("husband", "hubby"), ("cold", "cold"), ("kids", "kid"), ("kids", "child")]
        .iter()
        .any(|(subject, word)| sentence.contains(subject) && text.contains(word))
}

/// What says that something goes on.
const GOES_ON: &[&str] = &["It has not gone away.", "It hasn't eased off.", "It went away but it is back.", "It is not back to normal."];

/// Every case of an emergency rule that must fire, as a request.
fn emergencies() -> Vec<Request> {
    let engine = Engine::shipped();
    let cases = engine
        .content()
        .rules
        .iter()
        .filter(|r| r.text.urgency == Urgency::Emergency)
        .flat_map(|r| r.text.cases.iter().filter(|c| c.fires));
    cases.map(|c| c.request().unwrap()).filter(|r| engine.advise(r).urgency == Urgency::Emergency).collect()
}

fn with(request: &Request, text: String) -> Request {
    Request { text, ..request.clone() }
}

/// Sentences in the opposite order.
fn reversed(text: &str) -> String {
    let marked = text.replace(". ", ".\n").replace("! ", "!\n").replace("? ", "?\n");
    let mut sentences: Vec<&str> = marked.split('\n').map(str::trim).filter(|s| !s.is_empty()).collect();
    sentences.reverse();
    sentences.join(" . ")
}

/// Two neighbouring letters swapped in the `n`th long word that somebody would know how to spell.
fn misspelt(text: &str, n: usize) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let long: Vec<usize> =
        words.iter().enumerate().filter(|(_, w)| w.len() >= 7 && w.bytes().all(|b| b.is_ascii_lowercase())).map(|(i, _)| i).collect();
    let at = *long.get(n)?;
    let mut letters: Vec<char> = words[at].chars().collect();
    let middle = letters.len() / 2;
    if letters[middle] == letters[middle + 1] {
        return None;
    }
    letters.swap(middle, middle + 1);
    let wrong: String = letters.into_iter().collect();
    let mut out: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    out[at] = wrong;
    Some(out.join(" "))
}

#[test]
fn an_emergency_stays_one_however_it_is_written() {
    let engine = Engine::shipped();
    let mut tried = 0;
    let mut lowered = Vec::new();
    let mut check = |kind: &str, request: &Request, text: String| {
        tried += 1;
        let kept = engine.advise(&with(request, text.clone())).urgency == Urgency::Emergency;
        if !kept {
            lowered.push(format!("{kind}: {text}"));
        }
    };
    let all = emergencies();
    for request in &all {
        let text = request.text.as_str();
        for sentence in UNRELATED.iter().filter(|s| !speaks_of(text, s)) {
            check("after", request, format!("{} {sentence}", ended(text)));
            check("before", request, format!("{sentence} {text}"));
        }
        for sentence in GOES_ON {
            check("goes on", request, format!("{} {sentence}", ended(text)));
        }
        check("upper case", request, text.to_uppercase());
        check("lower case", request, text.to_lowercase());
        check("reordered", request, reversed(text));
        check("curly quotes", request, text.replace('\'', "’"));
        check("no apostrophes", request, text.replace('\'', ""));
        check("spaces", request, text.replace(' ', "  "));
        check("lines", request, text.replace(". ", ".\n"));
        for n in 0..3 {
            if let Some(wrong) = misspelt(text, n) {
                check("misspelt", request, wrong);
            }
        }
        check("an emoji", request, format!("{text} 😢🙏"));
        check("for my mum", request, format!("I am writing on behalf of my mum. {text}"));
        check("twice", request, format!("{} {text}", ended(text)));
    }
    assert!(tried >= 10_000, "{tried} variants of {} emergencies", all.len());
    assert!(lowered.is_empty(), "{} of {tried} were lowered:\n{}", lowered.len(), lowered.join("\n"));
}

fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Plain phrasings of symptoms that stand after “I have”.
fn plain_phrases() -> Vec<(String, String)> {
    const VERBS: &[&str] = &[
        "can", "cannot", "no", "not", "never", "won", "isn", "i", "my", "he", "she", "is", "are", "was", "has", "have", "had", "feel",
        "feels", "keep", "keeps", "it", "gone", "got", "going", "without", "nothing", "unable", "don",
    ];
    let engine = Engine::shipped();
    let mut out = Vec::new();
    for concept in engine.content().concepts.iter().filter(|c| c.kind.is_clinical()) {
        for phrase in &concept.phrases {
            let plain = phrase.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
            let words: Vec<&str> = phrase.split(' ').collect();
            if !plain || words.len() > 3 || words.iter().any(|w| VERBS.contains(w) || *w == "and") || !words.last().is_some_and(|w| noun(w))
            {
                continue;
            }
            let there = engine
                .advise(&Request::new(format!("I have {phrase}.")))
                .findings
                .iter()
                .any(|f| f.concept == concept.id && f.status == Status::Present);
            if there {
                out.push((concept.id.clone(), phrase.clone()));
            }
        }
    }
    out
}

/// Whether a word names a complaint, so that it can be had, denied and remembered.
fn noun(word: &str) -> bool {
    [
        "pain",
        "pains",
        "ache",
        "headache",
        "rash",
        "cough",
        "fever",
        "bleeding",
        "lump",
        "swelling",
        "vomiting",
        "diarrhoea",
        "cramps",
        "spots",
        "discharge",
        "palpitations",
        "weakness",
        "numbness",
        "tingling",
        "itching",
        "dizziness",
        "vertigo",
        "wheeze",
        "seizure",
        "seizures",
        "blisters",
        "sores",
        "infection",
        "temperature",
        "tightness",
        "burning",
        "stiffness",
        "nausea",
        "constipation",
        "heartburn",
        "earache",
        "toothache",
        "jaundice",
        "confusion",
        "sweats",
        "chills",
        "breathlessness",
    ]
    .contains(&word)
}

#[test]
fn denied_past_and_other_peoples_findings_are_not_present() {
    let engine = Engine::shipped();
    let phrases = plain_phrases();
    assert!(phrases.len() >= 200, "{} phrases", phrases.len());
    let forms = [
        "I have no {}.",
        "There is no {} at all.",
        "I do not have {}.",
        "She denies {}.",
        "Ten years ago I had {}.",
        "I had {} as a child.",
        "My dad had {} before he died.",
        "There is a family history of {}.",
        "My neighbour had {} last year.",
        "What if I get {}?",
    ];
    let mut wrong = Vec::new();
    for (concept, phrase) in &phrases {
        for form in forms {
            let text = form.replace("{}", phrase);
            let advice = engine.advise(&Request::new(text.clone()));
            if advice.findings.iter().any(|f| f.concept == *concept && f.status == Status::Present) {
                wrong.push(format!("{concept}: {text}"));
            }
        }
    }
    // A phrase with its own “not” may hold a denial that was meant for another; rare, bounded here and published.
    let of = phrases.len() * forms.len();
    assert!(wrong.len() * 250 <= of, "{} of {of}:\n{}", wrong.len(), wrong.join("\n"));
}
