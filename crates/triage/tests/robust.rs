//! No input makes the engine panic, and every place it names is in the text.

use portico_triage::{Engine, Request};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read(text in "\\PC{0,300}") {
        let advice = Engine::shipped().advise(&Request::new(text.clone()));
        for f in advice.findings {
            prop_assert!(text.get(f.start..f.end).is_some());
        }
    }

    #[test]
    fn words_of_the_trade_in_any_order_are_read(words in proptest::collection::vec(prop::sample::select(vec!["no", "not", "chest pain", "but", "my dad", "39.4", "/", "since", "3am", "worried about", ",", ".", "?", "stroke", "fever", "8 month old", "\u{0}", "💥", "’"]), 0..60)) {
        let text = words.join(" ");
        Engine::shipped().advise(&Request::new(text));
    }
}

#[test]
fn very_long_and_strange_texts_are_read_in_time() {
    let engine = Engine::shipped();
    // Without optimisation the same work takes more than twenty times as long.
    let most = std::time::Duration::from_millis(if cfg!(debug_assertions) { 1_200 } else { 50 });
    for text in [
        "no fever, no chest pain, no cough, ".repeat(570),
        "no chest pain or ".repeat(1_170),
        "my dad had chest pain and I had a stroke years ago, not now ".repeat(330),
        "chest pain ".repeat(20_000),
        "a".repeat(500_000),
        "no ".repeat(100_000),
        "🚑".repeat(50_000),
        "(((((".repeat(10_000),
        "1/2/3/4/".repeat(10_000),
        "head pain today bleed ".repeat(1_000),
        "chest pain and head pain today ".repeat(700),
        "pain today ".repeat(2_000),
        "my mum had no pain today but ".repeat(700),
        "pian todya hedache ".repeat(1_000),
    ] {
        let mut request = Request::new(text.clone());
        if text.starts_with("pain") {
            request.known = vec![text.clone(); 40];
        }
        let began = std::time::Instant::now();
        let advice = engine.advise(&request);
        assert!(began.elapsed() < most, "{:?}", began.elapsed());
        assert!(advice.unsure || !advice.findings.is_empty());
    }
}
