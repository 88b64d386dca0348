//! No text makes the engine panic, take over 50 ms, or name a place that is not in the text.
#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use portico_triage::{Engine, Request};

fuzz_target!(|octets: &[u8]| {
    let text = String::from_utf8_lossy(octets).into_owned();
    let engine = Engine::shipped();
    let began = Instant::now();
    let advice = engine.advise(&Request::new(text.clone()));
    let took = began.elapsed();
    assert!(took < Duration::from_millis(50), "{took:?}");
    for finding in advice.findings {
        assert!(text.get(finding.start..finding.end).is_some());
    }
});
