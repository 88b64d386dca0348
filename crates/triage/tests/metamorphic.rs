//! What may change in a message without making it less urgent, and what takes a finding away.

use portico_domain::triage::Urgency;
use portico_triage::{Answer, Engine, Request, Status};

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
    "At the time I was at work.",
    "The card on the fridge says ring if in doubt.",
    "My cousin is in hospital with her knee.",
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

/// Words, and others that mean the same.
const SYNONYMS: &[(&str, &str)] = &[
    ("stomach", "tummy"),
    ("tummy", "belly"),
    ("belly", "stomach"),
    ("vomiting", "throwing up"),
    ("throwing up", "being sick"),
    ("breathless", "short of breath"),
    ("short of breath", "out of breath"),
    ("out of breath", "breathless"),
    ("passed out", "fainted"),
    ("blacked out", "passed out"),
    ("terrible", "awful"),
    ("awful", "dreadful"),
    ("severe", "really bad"),
    ("really", "very"),
    ("very", "ever so"),
    ("started", "began"),
    ("came on suddenly", "came on all of a sudden"),
    ("suddenly cannot", "all of a sudden cannot"),
    ("sudden", "abrupt"),
    ("mum", "mother"),
    ("dad", "father"),
    ("gran", "nan"),
    ("husband", "hubby"),
    ("daughter", "little girl"),
    ("son", "little boy"),
    ("can't", "cannot"),
    ("cannot", "can not"),
    ("I can't", "I am unable to"),
    ("she can't", "she is unable to"),
    ("he can't", "he is unable to"),
    ("can't", "unable to"),
    ("won't", "will not"),
    ("drowsy", "sleepy"),
    ("confused", "muddled"),
    ("sweating", "sweaty"),
    ("sweaty", "sweating"),
    ("clammy", "sweaty"),
    ("fever", "high temperature"),
    ("high temperature", "fever"),
    ("pee", "wee"),
    ("wee", "urine"),
    ("poo", "stool"),
    ("shaking", "trembling"),
    ("limp", "floppy"),
    ("pale", "white as a sheet"),
    ("crushing", "squeezing"),
    ("squeezing", "crushing"),
    ("heart racing", "heart pounding"),
    ("dizzy", "lightheaded"),
    ("tablets", "pills"),
    ("pills", "tablets"),
    ("medication", "medicine"),
    ("kill myself", "end my life"),
    ("end my life", "kill myself"),
    ("getting worse", "worsening"),
    ("hours", "hrs"),
    ("minutes", "mins"),
    ("weeks", "wks"),
    ("swollen", "puffed up"),
    ("puffed up", "swollen"),
    ("blurred", "blurry"),
    ("blurry", "blurred"),
    ("a lot of", "loads of"),
    ("loads of", "lots of"),
    ("doctor", "GP"),
    ("wound", "cut"),
    ("testicle", "ball"),
    ("swallowed", "has swallowed"),
    ("fitting", "having a fit"),
    ("seizure", "fit"),
    ("speech", "talking"),
    ("spots", "dots"),
];

/// The text with a word put for another wherever it stands, if it does.
fn put(text: &str, word: &str, other: &str) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '\'' || c == '-');
    for (at, found) in text.match_indices(word) {
        if at >= from && !letter(text[..at].chars().next_back()) && !letter(text[at + found.len()..].chars().next()) {
            out.push_str(&text[from..at]);
            out.push_str(other);
            from = at + found.len();
        }
    }
    (from > 0).then(|| out + &text[from..])
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

/// One slip in the `n`th word of four letters or more, of a kind that goes with the place: neighbours swapped, a letter left
/// out, one doubled, or the key beside it.
fn misspelt(text: &str, n: usize) -> Option<String> {
    const BESIDE: &[u8; 26] = b"snvsrghjokjlnbipwtdyivqctx";
    let words: Vec<&str> = text.split(' ').collect();
    let long: Vec<usize> =
        words.iter().enumerate().filter(|(_, w)| w.len() >= 4 && w.bytes().all(|b| b.is_ascii_lowercase())).map(|(i, _)| i).collect();
    let at = *long.get(n)?;
    let mut letters = words[at].as_bytes().to_vec();
    let place = 1 + (n + words[at].len()) % (letters.len() - 2);
    match (n + letters.len()) % 4 {
        0 if letters[place] != letters[place + 1] => letters.swap(place, place + 1),
        1 => drop(letters.remove(place)),
        2 => letters.insert(place, letters[place]),
        _ => letters[place] = BESIDE[usize::from(letters[place] - b'a')],
    }
    let wrong = String::from_utf8(letters).ok()?;
    let mut out: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    out[at] = wrong;
    Some(out.join(" "))
}

#[test]
fn an_emergency_stays_one_however_it_is_written() {
    let engine = Engine::shipped();
    let mut tried = 0;
    let mut lowered = Vec::new();
    let (mut slips, mut slipped) = (0, Vec::new());
    let mut check = |kind: &str, request: &Request, text: String| {
        tried += 1;
        slips += usize::from(kind == "misspelt");
        let kept = engine.advise(&with(request, text.clone())).urgency == Urgency::Emergency;
        match kept {
            true => {}
            false if kind == "misspelt" => slipped.push(text),
            false => lowered.push(format!("{kind}: {text}")),
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
        for n in 0..12 {
            if let Some(wrong) = misspelt(text, n) {
                check("misspelt", request, wrong);
            }
        }
        for (word, other) in SYNONYMS {
            if let Some(changed) = put(text, word, other) {
                check("synonym", request, changed);
            }
        }
        check("an emoji", request, format!("{text} 😢🙏"));
        check("for my mum", request, format!("I am writing on behalf of my mum. {text}"));
        check("twice", request, format!("{} {text}", ended(text)));
    }
    assert!(tried >= 10_000, "{tried} variants of {} emergencies", all.len());
    assert!(lowered.is_empty(), "{} of {tried} were lowered:\n{}", lowered.len(), lowered.join("\n"));
    // One slip of a key may make another word of it (“shirt of breath”, “heat rate”): rare, bounded here and published.
    assert!(slips >= 8_000 && slipped.len() * 140 <= slips, "{} of {slips} misspelt:\n{}", slipped.len(), slipped.join("\n"));
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

/// A no may settle what was only asked to be safe (a bump on the head without one sign of danger); it never ends an emergency.
#[test]
fn no_answer_to_a_question_ends_an_emergency_and_neither_yes_nor_not_sure_lowers_anything() {
    let engine = Engine::shipped();
    let mut lowered = Vec::new();
    let mut asked = 0;
    for rule in &engine.content().rules {
        for case in &rule.text.cases {
            let request = case.request().unwrap();
            let first = engine.advise(&request);
            for answer in [Answer::Yes, Answer::No, Answer::NotSure] {
                let answers = first.questions.iter().map(|q| (q.concept.clone(), answer)).collect();
                let then = engine.advise(&Request { answers, ..request.clone() });
                asked += first.questions.len();
                let settled = answer == Answer::No && first.urgency != Urgency::Emergency;
                if then.urgency > first.urgency && !settled {
                    lowered.push(format!("{answer:?}: {:?} to {:?}: {}", first.urgency, then.urgency, request.text));
                }
            }
        }
    }
    assert!(asked > 10_000, "{asked}");
    assert!(lowered.is_empty(), "{} were lowered:\n{}", lowered.len(), lowered.join("\n"));
}
