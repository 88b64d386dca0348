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
    request::Request,
};

/// At most so many questions are asked.
const MOST_QUESTIONS: usize = 5;

/// The safety questions: a concept whose presence would make a more urgent rule fire, because of what was read.
pub fn questions(mut known: Known<'_>, request: &Request, fired: &[usize], urgency: Urgency) -> Vec<Question> {
    let content = known.content;
    // A request in which nothing clinical was read is not made into an interview.
    if !known.clinical() {
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
    // In how many rules a sign stands beside something that was read: a rare companion is asked for after a usual one.
    let read: Vec<usize> = present.into_iter().filter(|&c| anchors(content.concepts[c].kind)).collect();
    let beside_read = |rule: &usize| content.rules[*rule].wanted.iter().filter(|c| read.binary_search(c).is_ok()).count();
    let together = would.keys().map(|&c| (c, content.wanted_by[c].iter().map(beside_read).sum())).collect();
    chosen(content, would, &together)
}

/// The questions that between them could make the most rules fire, the most urgent first: one that could only do what an
/// earlier one does is not asked.
fn chosen(content: &Content, mut would: BTreeMap<usize, Vec<usize>>, together: &BTreeMap<usize, usize>) -> Vec<Question> {
    let mut out = Vec::new();
    // A pair that only one rule knows is far-fetched; it is asked for when there is nothing nearer.
    if together.values().any(|n| *n > 1) {
        would.retain(|c, _| together[c] > 1);
    }
    while out.len() < MOST_QUESTIONS {
        let urgency = |rules: &[usize]| rules.iter().map(|&r| content.rules[r].text.urgency).min();
        let best = would
            .iter()
            .filter(|(_, rules)| !rules.is_empty())
            .max_by_key(|(concept, rules)| (Reverse(urgency(rules)), together[*concept], Reverse(**concept)));
        let Some((&concept, rules)) = best else { break };
        let done = rules.clone();
        out.push(Question {
            concept: content.concepts[concept].id.clone(),
            text: content.concepts[concept].ask.clone().unwrap_or_default(),
            would_be: urgency(&done).unwrap_or(Urgency::Emergency),
        });
        would.remove(&concept);
        would.values_mut().for_each(|rules| rules.retain(|r| !done.contains(r)));
    }
    out
}

/// Whether a finding of this kind is a reason to ask for another.
fn anchors(kind: ConceptKind) -> bool {
    !matches!(kind, ConceptKind::Quality | ConceptKind::Person | ConceptKind::Admin)
}
