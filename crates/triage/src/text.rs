//! Words as people type them: tokens with their place in the original text, folded case, accents, quotes and
//! contractions, and sentence and clause boundaries.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A word; compare by `stem`.
    Word,
    /// A number as written: `39.4`, `38,5`.
    Number(f64),
    /// A mark that ends a sentence or a clause or joins numbers.
    Mark(char),
}

/// One word, number or mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Where it starts in the original text, in bytes.
    pub start: usize,
    /// Where it ends in the original text, in bytes.
    pub end: usize,
    /// Folded, as it was spelt (or as it was repaired).
    pub word: String,
    /// What words of the same family share: `breathing`, `breathes` and `breath`.
    pub stem: String,
    /// Word, number or mark.
    pub kind: Kind,
    /// Which sentence, from 0.
    pub sentence: usize,
    /// Whether a space or other mark stood before it; `3` and `am` in `3am` are glued.
    pub glued: bool,
}

impl Token {
    /// Whether it is this mark.
    pub fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// Its value, when it is a number.
    pub fn number(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(n) => Some(n),
            _ => None,
        }
    }
}

/// Words that stand for others: irregular forms, contractions and text-speak. Data, from `words.toml`.
#[derive(Debug, Default, Clone)]
pub struct Spellings {
    /// `cant` → `can not`; each word of the value becomes a token of the same span.
    pub expand: HashMap<String, Vec<String>>,
    /// `bled` → `bleed`.
    pub same: HashMap<String, String>,
}

/// Of a message so many tokens are read; of a longer one its beginning and its end, and it is said to be unsure.
pub const MOST_TOKENS: usize = 900;
/// After so many tokens a sentence ends at the next word that may begin one, or after so many at any.
const LONG_SENTENCE: usize = 60;
const LONGEST_SENTENCE: usize = 90;
/// So many of them are of its end.
const OF_THE_END: usize = 300;

/// Cuts a text into tokens.
pub fn tokens(text: &str, spellings: &Spellings) -> Vec<Token> {
    let mut out = Vec::with_capacity(text.len() / 4);
    let mut sentence = 0;
    let mut characters = text.char_indices().peekable();
    let mut end_of_last = usize::MAX;
    while let Some((start, c)) = characters.next() {
        if c.is_ascii_digit() {
            let mut written = String::from(c);
            let mut end = start + 1;
            while let Some(&(at, next)) = characters.peek() {
                let decimal =
                    (next == '.' || next == ',') && text[at + 1..].starts_with(|d: char| d.is_ascii_digit()) && !written.contains('.');
                if !next.is_ascii_digit() && !decimal {
                    break;
                }
                written.push(if decimal { '.' } else { next });
                end = at + next.len_utf8();
                characters.next();
            }
            let value = written.parse().unwrap_or(0.0);
            out.push(Token {
                start,
                end,
                stem: written.clone(),
                word: written,
                kind: Kind::Number(value),
                sentence,
                glued: end_of_last == start,
            });
            end_of_last = end;
        } else if c.is_alphabetic() {
            let mut end = start + c.len_utf8();
            while let Some(&(at, next)) = characters.peek() {
                let apostrophe = is_apostrophe(next) && text[at + next.len_utf8()..].starts_with(char::is_alphabetic);
                // “T38.4” is a temperature.
                let temperature = end - start == 1 && matches!(c, 't' | 'T') && text[at..].starts_with(['3', '4']);
                let digit = next.is_ascii_digit() && end - start <= 3 && !temperature;
                if !next.is_alphabetic() && !apostrophe && !digit && !is_combining(next) {
                    break;
                }
                end = at + next.len_utf8();
                characters.next();
            }
            let folded = fold(&text[start..end]);
            push_word(&mut out, spellings, &folded, (start, end), sentence, end_of_last == start);
            end_of_last = end;
        } else if c == '%' && out.last().is_some_and(|t: &Token| t.number().is_some()) {
            // A unit is a word: “taking 80% of feeds” is no 80 of anything.
            push_word(&mut out, spellings, "percent", (start, start + 1), sentence, end_of_last == start);
            end_of_last = start + 1;
        } else if let Some(mark) = mark(c).or_else(|| stands_alone(text, start, c).then_some(';')) {
            let broken = matches!(mark, '.' | '!' | '?' | '\n');
            if !broken || out.last().is_some_and(|t: &Token| !t.is_mark(mark)) {
                let end = start + c.len_utf8();
                out.push(Token {
                    start,
                    end,
                    word: mark.to_string(),
                    stem: mark.to_string(),
                    kind: Kind::Mark(mark),
                    sentence,
                    glued: end_of_last == start,
                });
                end_of_last = end;
            }
            sentence += usize::from(broken);
        }
    }
    if out.len() > MOST_TOKENS {
        out.drain(MOST_TOKENS - OF_THE_END..out.len() - OF_THE_END);
    }
    end_endless_sentences(&mut out);
    mend_eyes(&mut out);
    out
}

/// “oven cleaner in my i”: whose it is says that no pronoun is meant.
fn mend_eyes(text: &mut [Token]) {
    for at in 1..text.len() {
        let owned = matches!(text[at - 1].word.as_str(), "my" | "his" | "her" | "left" | "right" | "one" | "each" | "both");
        let named = text
            .get(at + 1)
            .is_some_and(|t| matches!(t.word.as_str(), "phone" | "pad" | "player" | "have" | "am" | "was" | "can" | "feel"));
        if owned && text[at].word == "i" && !named {
            text[at].word = "eye".into();
            text[at].stem = stem("eye");
        }
    }
}

/// Who writes a page without a full stop begins anew at an “and” or an “I” all the same, at the latest after so many words:
/// what stands at its beginning says nothing of its end.
fn end_endless_sentences(text: &mut [Token]) {
    let (mut more, mut length, mut last) = (0, 0, 0);
    for token in text {
        length = if token.sentence == last { length + 1 } else { 0 };
        last = token.sentence;
        let begins = matches!(token.word.as_str(), "and" | "but" | "then" | "so" | "also" | "i" | "he" | "she" | "my");
        if length >= LONG_SENTENCE && begins || length >= LONGEST_SENTENCE {
            more += 1;
            length = 0;
        }
        token.sentence += more;
    }
}

/// Lower case without accents and with a plain apostrophe.
pub fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfkd().filter(|c| !is_combining(*c)).map(|c| if is_apostrophe(c) { '\'' } else { c }).flat_map(char::to_lowercase).collect()
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´')
}

fn is_combining(c: char) -> bool {
    ('\u{0300}'..='\u{036f}').contains(&c)
}

fn mark(c: char) -> Option<char> {
    Some(match c {
        '.' | '…' => '.',
        '!' | '?' | ',' | ';' | ':' | '/' | '%' | '°' | '\n' | '+' => c,
        '(' | ')' | '[' | ']' => ',',
        '–' | '—' => ';',
        '>' | '<' => c,
        _ => return None,
    })
}

/// Whether it is a dash between two words, as people type one: “not wind - crushing pain”.
fn stands_alone(text: &str, at: usize, c: char) -> bool {
    c == '-' && text[..at].ends_with(' ') && text[at + 1..].starts_with(' ')
}

fn push_word(out: &mut Vec<Token>, spellings: &Spellings, folded: &str, (start, end): (usize, usize), sentence: usize, glued: bool) {
    let mut one = |word: &str| {
        let word = spellings.same.get(word).map_or(word, String::as_str);
        out.push(Token { start, end, word: word.to_owned(), stem: stem(word), kind: Kind::Word, sentence, glued });
    };
    if let Some(words) = spellings.expand.get(folded) {
        words.iter().for_each(|word| one(word));
        return;
    }
    let Some((head, tail)) = folded.split_once('\'') else {
        one(folded);
        return;
    };
    if tail == "t" && head.ends_with('n') {
        let verb = match head {
            "can" => "can",
            "won" => "will",
            "shan" => "shall",
            "ain" => "is",
            other => &other[..other.len() - 1],
        };
        one(verb);
        one("not");
        return;
    }
    one(head);
    match tail {
        "m" => one("am"),
        "ve" => one("have"),
        "re" => one("are"),
        "ll" => one("will"),
        "d" => one("would"),
        "s" => one("is"),
        _ => {}
    }
}

/// Words that stand alone, or whose stem the endings below would get wrong: the word, and its stem.
const OWN_STEMS: &[(&str, &str)] = &[
    ("always", "always"),
    ("anything", "anything"),
    ("barky", "barky"),
    ("bite", "bite"),
    ("bites", "bite"),
    ("biting", "bite"),
    ("bloody", "bloody"),
    ("bring", "bring"),
    ("care", "care"),
    ("cares", "care"),
    ("caring", "care"),
    ("cheeky", "cheeky"),
    ("during", "during"),
    ("dusky", "dusky"),
    ("early", "early"),
    ("evening", "evening"),
    ("everything", "everything"),
    ("feed", "feed"),
    ("fitted", "fitted"),
    ("hardly", "hardly"),
    ("here", "here"),
    ("hives", "hives"),
    ("lens", "lens"),
    ("likely", "likely"),
    ("lively", "lively"),
    ("made", "made"),
    ("mere", "mere"),
    ("morning", "morning"),
    ("note", "note"),
    ("noted", "note"),
    ("notes", "note"),
    ("nothing", "nothing"),
    ("pants", "pants"),
    ("peaky", "peaky"),
    ("scabies", "scabies"),
    ("severed", "severed"),
    ("sleepy", "sleepy"),
    ("something", "something"),
    ("spine", "spine"),
    ("telly", "telly"),
    ("tickle", "tickle"),
    ("tickles", "tickle"),
    ("tickling", "tickle"),
    ("tickly", "tickle"),
    ("tearful", "tearful"),
    ("weaning", "weaning"),
];

/// What the forms of one word share. Deliberately light: it may leave two forms apart, and the data then names both;
/// it must not bring two meanings together.
pub fn stem(word: &str) -> String {
    if let Some((_, own)) = OWN_STEMS.iter().find(|(w, _)| *w == word) {
        return (*own).to_owned();
    }
    let mut s = word.to_owned();
    if s.len() <= 3 || !s.is_ascii() {
        return s;
    }
    if s.ends_with('s') && !s.ends_with("ss") && !s.ends_with("us") && !s.ends_with("is") {
        s.pop();
    }
    if s.len() <= 3 {
        return s;
    }
    for (suffix, least) in [("ness", 3), ("ful", 4), ("ly", 4)] {
        if s.len() >= suffix.len() + least && s.ends_with(suffix) {
            s.truncate(s.len() - suffix.len());
            break;
        }
    }
    without_verb_ending(&mut s);
    if s.len() >= 4 && s.ends_with('e') {
        s.pop();
    }
    if s.len() >= 5 && (s.ends_with('y') || s.ends_with('i')) {
        s.pop();
    } else if s.len() == 4 && s.ends_with('y') {
        s.pop();
        s.push('i');
    }
    s
}

/// `vomiting` and `vomited` lose their endings, `stopped` its doubled letter too.
fn without_verb_ending(s: &mut String) {
    for suffix in ["ing", "ed"] {
        let rest = s.len().saturating_sub(suffix.len());
        if s.ends_with(suffix) && rest >= 3 && !s.ends_with("eed") && s[..rest].contains(['a', 'e', 'i', 'o', 'u', 'y']) {
            s.truncate(rest);
            let b = s.as_bytes();
            let last = b[b.len() - 1];
            if b.len() >= 4 && last == b[b.len() - 2] && !matches!(last, b'l' | b's' | b'z' | b'e' | b'o' | b'f') {
                s.pop();
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text, &Spellings::default()).into_iter().map(|t| t.word).collect()
    }

    #[test]
    fn contractions_quotes_and_units_come_apart() {
        assert_eq!(words("I can’t breathe, temp 39.4C"), ["i", "can", "not", "breathe", ",", "temp", "39.4", "c"]);
        assert_eq!(words("BP 180/110 since 3am"), ["bp", "180", "/", "110", "since", "3", "am"]);
        assert_eq!(words("diarrhœa café"), ["diarrhœa", "cafe"]);
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (a, b) in [
            ("breathing", "breathe"),
            ("vomited", "vomiting"),
            ("dizziness", "dizzy"),
            ("itchy", "itching"),
            ("babies", "baby"),
            ("eyes", "eye"),
            ("swelling", "swell"),
            ("injuries", "injury"),
            ("tiredness", "tired"),
        ] {
            assert_eq!(stem(a), stem(b), "{a} {b}");
        }
        for (a, b) in [("pills", "piles"), ("early", "ear"), ("bloody", "blood")] {
            assert_ne!(stem(a), stem(b), "{a} {b}");
        }
    }

    #[test]
    fn places_are_those_of_the_original_text() {
        let text = "Ünwell… can’t pee";
        for t in tokens(text, &Spellings::default()) {
            assert!(text.get(t.start..t.end).is_some());
        }
    }
}
