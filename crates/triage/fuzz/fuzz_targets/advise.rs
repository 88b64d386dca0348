//! No text, whoever writes it, makes the engine panic, take over 50 ms, or name a place that is not in the text; and no answer to
//! what it asks does either.
#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use portico_domain::triage::Urgency;
use portico_triage::{Advice, Answer, Engine, Request};

const FACTS: [&str; 6] = ["anticoagulant", "asthma", "diabetes", "frailty", "immunosuppressed", "pregnant"];

/// Who writes, drawn from the last octets of the input; the words are what is left.
fn drawn(octets: &[u8]) -> Request {
    let (words, who) = octets.split_last_chunk::<4>().unwrap_or((octets, &[0; 4]));
    let bit = |n: u8| who[0] & (1 << n) != 0;
    Request {
        age_days: bit(0).then(|| f64::from(who[1]) * f64::from(who[1]) * 0.6),
        sex: bit(1).then_some(if bit(2) { 'f' } else { 'm' }),
        pregnant: (who[2] & 3 != 0).then_some(who[2] & 3 == 1),
        weeks_pregnant: (who[2] & 4 != 0).then(|| f64::from(who[2] >> 3) * 1.4),
        known: FACTS.iter().enumerate().filter(|(n, _)| who[3] & (1 << n) != 0).map(|(_, f)| (*f).to_owned()).collect(),
        cared_for: bit(3),
        administrative: bit(4),
        worse: bit(5),
        repeat: bit(6),
        ..Request::new(String::from_utf8_lossy(words))
    }
}

fn advised(engine: &Engine, request: &Request) -> Advice {
    let began = Instant::now();
    let advice = engine.advise(request);
    let took = began.elapsed();
    assert!(took < Duration::from_millis(50), "{took:?}");
    for finding in &advice.findings {
        assert!(request.text.get(finding.start..finding.end).is_some());
    }
    advice
}

fuzz_target!(|octets: &[u8]| {
    let engine = Engine::shipped();
    let mut request = drawn(octets);
    let first = advised(engine, &request);
    let answers = [Answer::Yes, Answer::No, Answer::NotSure];
    let of = |n: usize| answers[(octets.len() + n) % answers.len()];
    request.answers = first.questions.iter().enumerate().map(|(n, q)| (q.concept.clone(), of(n))).collect();
    let second = advised(engine, &request);
    assert!(first.urgency != Urgency::Emergency || second.urgency == Urgency::Emergency, "an answer ended an emergency");
});
