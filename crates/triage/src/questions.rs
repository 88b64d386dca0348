//! The questions to a patient: the few yes/no answers that could make their request more urgent.

use std::{cmp::Reverse, collections::BTreeMap};

use portico_domain::{
    advice::{Question, Status},
    triage::Urgency,
};

use crate::{
    advise::{Known, statuses},
    condition::Facts,
    content::{ConceptKind, Content},
    context::Mention,
    measure::YEAR,
    request::Request,
};

/// At most so many questions are asked.
const MOST_QUESTIONS: usize = 5;
/// Below this age, in days, a question may speak of “your child”.
const CHILD: f64 = 16.0 * YEAR;
/// A complaint with more dangerous kinds than this says too little to ask for each of them.
const MOST_KINDS: usize = 8;
/// A dangerous kind of what was named is nearer than any other sign: more than the rules in which two signs stand together.
const NEAREST: usize = 1000;

/// The safety questions: a concept whose presence would make a more urgent rule fire, because of what was read.
pub fn questions(mut known: Known<'_>, request: &Request, fired: &[usize], urgency: Urgency) -> Vec<Question> {
    let content = known.content;
    // A request in which nothing clinical was read is not made into an interview.
    if !known.clinical() && fired.iter().all(|&i| content.rules[i].text.urgency >= Urgency::Routine) {
        return Vec::new();
    }
    let mut would: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    // What would be asked of anybody of that age who wrote at such length is not asked because of the words.
    let beside: Vec<Mention> = known.mentions.iter().filter(|m| !anchors(content.concepts[m.concept].kind)).cloned().collect();
    let mut beside = Known {
        content,
        text: known.text,
        statuses: statuses(content, &beside, request),
        mentions: &beside,
        measures: known.measures,
        age: known.age,
        sex: known.sex,
        assumed: None,
    };
    let present: Vec<usize> = (0..content.concepts.len()).filter(|&c| known.is(Status::Present, c)).collect();
    let mut near: Vec<usize> = present.iter().flat_map(|&c| content.wanted_by[c].iter().copied()).collect();
    near.sort_unstable();
    near.dedup();
    near.retain(|i| content.rules[*i].text.urgency < urgency.min(Urgency::Routine) && fired.binary_search(i).is_err());
    for i in near {
        let rule = &content.rules[i];
        for &concept in &rule.wanted {
            let of = &content.concepts[concept];
            // What happened to somebody they tell by themselves.
            if of.ask.is_none() || of.kind == ConceptKind::Event || known.present(concept) || known.denied(concept) {
                continue;
            }
            known.assumed = Some(concept);
            let fires = rule.when.holds(&known);
            known.assumed = None;
            beside.assumed = Some(concept);
            if fires && !rule.when.holds(&beside) {
                would.entry(concept).or_default().push(i);
            }
        }
    }
    // What a rule that fired, or a complaint, says to ask next is asked whether or not it would be an emergency by itself.
    let of_complaints = present.iter().flat_map(|&c| &content.concepts[c].next).filter_map(|id| content.concept(id));
    let mut next: Vec<usize> = fired.iter().flat_map(|&i| content.rules[i].ask.iter().copied()).chain(of_complaints).collect();
    next.sort_unstable();
    next.dedup();
    next.retain(|&c| !known.present(c) && !known.denied(c));
    for &concept in &next {
        known.assumed = Some(concept);
        let raises = |i: &usize| {
            let rule = &content.rules[*i];
            rule.text.urgency < urgency && fired.binary_search(i).is_err() && rule.when.holds(&known)
        };
        let wanting = content.wider[concept].iter().flat_map(|&w| content.wanted_by[w].iter().copied());
        let rules: Vec<usize> = wanting.filter(raises).collect();
        known.assumed = None;
        if !rules.is_empty() {
            would.insert(concept, rules);
        }
    }
    // Of a complaint that was named its dangerous kinds are asked for first: of a headache, whether it came in an instant.
    let kinds = dangerous_kinds(&mut known, &present, urgency);
    for &(concept, rule) in &kinds {
        would.entry(concept).or_default().push(rule);
    }
    // In how many rules a sign stands beside something that was read: a rare companion is asked for after a usual one.
    let read: Vec<usize> = present.into_iter().filter(|&c| anchors(content.concepts[c].kind)).collect();
    let beside_read = |rule: &usize| content.rules[*rule].wanted.iter().filter(|c| read.binary_search(c).is_ok()).count();
    let nearness =
        |c: usize| content.wanted_by[c].iter().map(beside_read).sum::<usize>() + if kinds.iter().any(|k| k.0 == c) { NEAREST } else { 0 };
    let together = would.keys().map(|&c| (c, nearness(c))).collect();
    // Nobody who writes of themselves is asked about their child.
    let is_child = known.age.is_some_and(|a| a < CHILD)
        || ["about-a-child", "about-a-baby"].iter().filter_map(|id| content.concept(id)).any(|c| known.present(c));
    would
        .retain(|&c, _| is_child || !content.concepts[c].ask.as_ref().is_some_and(|q| q.contains("your child") || q.contains("your baby")));
    chosen(content, would, &together, &next)
}

/// The kinds of what was named that alone would be an emergency, each with a rule that it would make fire. Of a word as wide as
/// “pain” there are too many to ask for.
fn dangerous_kinds(known: &mut Known<'_>, present: &[usize], urgency: Urgency) -> Vec<(usize, usize)> {
    let content = known.content;
    let complaint = |c: &&usize| matches!(content.concepts[**c].kind, ConceptKind::Symptom | ConceptKind::Sign);
    let narrowest = |c: &&usize| !present.iter().any(|p| p != *c && content.wider[*p].contains(c));
    let mut kinds = Vec::new();
    for &named in present.iter().filter(complaint).filter(narrowest) {
        let all = content.narrower.get(&named).into_iter().flatten().copied();
        let narrower: Vec<usize> = all.filter(|&c| !known.present(c) && !known.denied(c)).collect();
        if narrower.len() > MOST_KINDS {
            continue;
        }
        for concept in narrower {
            known.assumed = Some(concept);
            let emergency = |i: &&usize| {
                let rule = &content.rules[**i];
                rule.text.urgency == Urgency::Emergency && rule.text.urgency < urgency && rule.when.holds(known)
            };
            let rule = content.wanted_by[concept].iter().find(emergency).copied();
            known.assumed = None;
            kinds.extend(rule.map(|rule| (concept, rule)));
        }
    }
    kinds
}

/// The questions that between them could make the most rules fire, the most urgent first and of these the ones that a rule
/// says to ask `next`: one that no rule says to ask and that could only do what an earlier one does is not asked.
fn chosen(content: &Content, mut would: BTreeMap<usize, Vec<usize>>, together: &BTreeMap<usize, usize>, next: &[usize]) -> Vec<Question> {
    let mut out = Vec::new();
    // A pair that only one rule knows is far-fetched; it is asked for when there is nothing nearer.
    if together.values().any(|n| *n > 1) {
        would.retain(|c, _| together[c] > 1 || next.contains(c));
    }
    while out.len() < MOST_QUESTIONS {
        let urgency = |rules: &[usize]| rules.iter().map(|&r| content.rules[r].text.urgency).min();
        let best = would
            .iter()
            .filter(|(_, rules)| !rules.is_empty())
            .max_by_key(|(concept, rules)| (Reverse(urgency(rules)), next.contains(concept), together[*concept], Reverse(**concept)));
        let Some((&concept, rules)) = best else { break };
        let done = rules.clone();
        out.push(Question {
            concept: content.concepts[concept].id.clone(),
            text: content.concepts[concept].ask.clone().unwrap_or_default(),
            would_be: urgency(&done).unwrap_or(Urgency::Emergency),
        });
        would.remove(&concept);
        // Whoever wrote a rule knows why it asks two things that lead to one answer.
        let others = would.iter_mut().filter(|(c, _)| !next.contains(c));
        others.for_each(|(_, rules)| rules.retain(|r| !done.contains(r)));
    }
    out
}

/// Whether a finding of this kind is a reason to ask for another.
fn anchors(kind: ConceptKind) -> bool {
    !matches!(kind, ConceptKind::Quality | ConceptKind::Person | ConceptKind::Admin)
}

#[cfg(test)]
mod tests {
    use crate::{Engine, Request};

    fn asked(text: &str) -> Vec<String> {
        Engine::shipped().advise(&Request::new(text)).questions.into_iter().map(|q| q.concept).collect()
    }

    #[test]
    fn the_dangerous_kinds_of_a_complaint_are_asked_for_and_nobody_is_asked_about_a_child_they_do_not_write_of() {
        assert_eq!(asked("I have a headache since this morning").first().map(String::as_str), Some("thunderclap"));
        assert_eq!(asked("I feel very low").first().map(String::as_str), Some("suicidal"));
        assert!(asked("pain in my calf").iter().any(|c| c == "swollen-leg"));
        assert!(!asked("I have a headache since this morning").iter().any(|c| c == "hard-to-wake"));
        assert!(asked("my little boy has a temperature").iter().any(|c| c == "hard-to-wake"));
    }

    #[test]
    fn what_a_rule_says_to_ask_next_is_asked() {
        let of_the_back = asked("My lower back has hurt for seven weeks and is not settling");
        assert!(of_the_back.iter().any(|c| c == "saddle-numbness"), "{of_the_back:?}");
        assert!(of_the_back.iter().any(|c| c == "bladder-bowel-loss"), "{of_the_back:?}");
        // What was said is not asked again.
        let said = asked("My lower back has hurt for seven weeks, no numbness between my legs, bladder and bowels are fine");
        assert!(!said.iter().any(|c| c == "saddle-numbness"), "{said:?}");
    }
}
