//! Spelling repair against the words of the content: one slip in a word of four letters or more, two in a long one, the
//! sound of a word, and words run together. A word that is English already is never repaired. What else a word may have been
//! is told too: [`crate::advise`] reads it so, and takes an emergency that only one of these readings shows.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashSet, FxHasher};

use crate::text::{Kind, Spellings, Token, stem, tokens};

/// Words that stand for others are repaired towards when they are this long; shorter ones are often slips themselves, and
/// only something that a word may have been.
const LONG: usize = 7;
/// What the most usual words are worth, in fortieths of a slip: those of some five hundred phrasings.
const MOST_USUAL: u8 = 36;
/// In the place of how usual a word is: nothing is repaired towards it.
const NEVER: u8 = u8::MAX;
/// Longer than any word; a key that somebody leant on.
const LONGEST: usize = 40;

/// A word that is none, and what it may have been other than what it was repaired to.
#[derive(Debug)]
pub struct Doubt {
    /// Which token.
    pub at: usize,
    /// The likeliest first, at most [`OTHERS`].
    pub others: Vec<String>,
}

/// So many other words are considered for one that is none.
const OTHERS: usize = 4;

/// Repairs words towards a vocabulary.
#[derive(Debug, Default)]
pub struct Speller {
    /// Half the hashes of the words that are known: one word in hundreds of thousands is taken for another.
    words: FxHashSet<u32>,
    /// The words that are English and left alone.
    protected: FxHashSet<u32>,
    /// What a word may be repaired towards, in order of the alphabet.
    vocabulary: Vec<String>,
    /// How usual each of these is, in fortieths of a slip: of two that are about as near, the more usual is meant.
    usual: Vec<u8>,
    /// Each of these as it is and with one letter left out, to its place.
    one_less: Index,
    by_sound: Index,
}

/// Words that are left alone: half the hashes of them and of their stems.
#[derive(Debug, Default)]
pub struct Protected(FxHashSet<u32>);

impl Protected {
    /// Of these words, which are not kept.
    pub fn of(words: Vec<String>) -> Self {
        // The stem of a short word is that of many others: “pas” of “pased”.
        let stems = words.iter().filter(|w| w.len() >= 4).map(|w| short(&stem(w)));
        Self(words.iter().map(|w| short(w)).chain(stems).collect())
    }
}

/// Keys to places in the vocabulary. Only half the hash of a key is kept: what is found is measured against the word anyway.
#[derive(Debug, Default)]
struct Index(Vec<(u32, u32)>);

impl Index {
    fn of(mut entries: Vec<(u32, u32)>) -> Self {
        entries.sort_unstable();
        entries.shrink_to_fit();
        Self(entries)
    }

    fn places(&self, key: &str) -> impl Iterator<Item = usize> + use<'_> {
        let hash = short(key);
        let from = self.0.partition_point(|e| e.0 < hash);
        self.0[from..].iter().take_while(move |e| e.0 == hash).map(|e| e.1 as usize)
    }
}

/// Half of the hash of a key.
fn short(key: &str) -> u32 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

impl Speller {
    /// A speller for these stems, and words with how often they are used, that leaves the protected words alone. The exact
    /// words are known, and nothing is repaired towards them.
    pub fn new<'a>(
        stems: impl Iterator<Item = &'a str>,
        words: impl Iterator<Item = (&'a str, u32)> + Clone,
        exact: impl Iterator<Item = &'a str>,
        (protected, spellings): (Protected, &'a Spellings),
    ) -> Self {
        let same = &spellings.same;
        let long = same.keys().map(String::as_str).filter(|w| w.len() >= LONG);
        let mut towards: Vec<&str> = stems.chain(words.clone().map(|(word, _)| word)).chain(long).filter(|w| w.len() >= 2).collect();
        towards.sort_unstable();
        let standing = same.keys().chain(spellings.expand.keys()).map(String::as_str).filter(|w| w.len() >= 4);
        let mut vocabulary: Vec<String> = standing
            .filter(|w| towards.binary_search(w).is_err())
            .chain(towards.iter().copied())
            .filter(|w| w.bytes().all(|b| b.is_ascii_alphabetic()))
            .map(str::to_owned)
            .collect();
        vocabulary.sort_unstable();
        vocabulary.dedup();
        vocabulary.shrink_to_fit();
        let repaired: Vec<bool> = vocabulary.iter().map(|w| towards.binary_search(&w.as_str()).is_ok()).collect();
        let (mut one_less, mut by_sound) = (Vec::new(), Vec::new());
        for (word, place) in vocabulary.iter().zip(0u32..) {
            if word.len() >= 4 {
                less_one(word, |less| one_less.push((short(less), place)));
                one_less.push((short(word), place));
            }
            if word.len() >= 6 {
                by_sound.push((short(&sound(word)), place));
            }
        }
        // A stem is as usual as all its words together.
        let mut times = vec![0u32; vocabulary.len()];
        let mut count = |form: &str, n: u32| {
            if let Ok(at) = vocabulary.binary_search_by(|w| w.as_str().cmp(form)) {
                times[at] += n;
            }
        };
        for (word, n) in words {
            let stem = stem(word);
            count(word, n);
            if stem != word {
                count(&stem, n);
            }
        }
        let usual = |n: u32| (f64::from(n.max(1)).log2() * 4.0).min(MOST_USUAL.into()) as u8;
        Speller {
            usual: times.iter().zip(&repaired).map(|(n, towards)| if *towards { usual(*n) } else { NEVER }).collect(),
            words: exact.map(|w| short(&stem(w))).chain(towards.iter().map(|w| short(w))).collect(),
            protected: protected.0,
            vocabulary,
            one_less: Index::of(one_less),
            by_sound: Index::of(by_sound),
        }
    }

    /// Repairs the words of a text in place. Returns what each word that was none may have been besides.
    pub fn repair(&self, text: &mut Vec<Token>, spellings: &Spellings) -> Vec<Doubt> {
        let mut doubts: Vec<Doubt> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            if self.is_none(&text[at]) {
                let (word, stem) = (text[at].word.clone(), text[at].stem.clone());
                let better = if word.len() >= 4 { self.best(&word, &stem) } else { None };
                let mut others = self.others(&word, &stem);
                others.retain(|other| better.as_ref() != Some(other));
                others.truncate(OTHERS);
                let apart = if better.is_none() { self.apart(&word) } else { None };
                let repaired: Vec<Token> =
                    better.into_iter().chain(apart.into_iter().flatten()).flat_map(|w| self.instead(&text[at], &w, spellings)).collect();
                if repaired.len() < 2 && !others.is_empty() {
                    doubts.push(Doubt { at, others });
                }
                if !repaired.is_empty() {
                    let more = repaired.len() - 1;
                    text.splice(at..=at, repaired);
                    at += more;
                }
            }
            at += 1;
        }
        doubts
    }

    /// What stands in the place of a word that is meant to be another, which may stand for several: `cant`.
    pub fn instead(&self, token: &Token, word: &str, spellings: &Spellings) -> Vec<Token> {
        let mut stands_for = tokens(word, spellings);
        if let [one] = stands_for.as_mut_slice() {
            // What was found may be a stem, and the stem of a stem is no word: “collaps” would become “collap”.
            one.stem = Some(stem(&one.word)).filter(|s| self.knows(s)).unwrap_or_else(|| one.word.clone());
        }
        stands_for.into_iter().map(|t| Token { word: t.word, stem: t.stem, ..token.clone() }).collect()
    }

    /// Whether a word is neither English nor of the lexicon.
    pub fn is_none(&self, token: &Token) -> bool {
        token.kind == Kind::Word
            && (3..=LONGEST).contains(&token.word.len())
            && token.word.is_ascii()
            && !self.knows(&token.stem)
            && !self.protected.contains(&short(&token.word))
            && !(token.stem.len() >= 4 && self.protected.contains(&short(&token.stem)))
    }

    fn knows(&self, stem: &str) -> bool {
        self.words.contains(&short(stem))
    }

    /// Whether this word, were it not English, would be taken for another.
    pub fn would_change(&self, word: &str) -> bool {
        let stem = stem(word);
        let taken = || word.len() >= 4 && (self.best(word, &stem).is_some() || self.apart(word).is_some());
        !self.knows(&stem) && (taken() || !self.others(word, &stem).is_empty())
    }

    /// Every word that is one slip away, the likeliest first.
    fn others(&self, word: &str, stem: &str) -> Vec<String> {
        let mut found = self.one_slip_away(word);
        if stem != word {
            found.extend(self.one_slip_away(stem));
        }
        found.sort();
        let mut others: Vec<String> = Vec::new();
        for (_, cost, other, _) in found {
            if cost <= 11 && other.len() >= 4 && !others.contains(other) {
                others.push(other.clone());
            }
        }
        others
    }

    fn best(&self, word: &str, stem: &str) -> Option<String> {
        // “shivreing” is nearer to a word that is written than its stem is to any stem, and a word tells more than a stem.
        let written = [word, stem].into_iter().filter_map(|form| self.nearest(form)).min_by_key(|(cost, _)| *cost);
        if let Some((_, found)) = written {
            return Some(found.clone());
        }
        let squeezed = crate::text::stem(&squeeze(word));
        if squeezed != word && squeezed != stem {
            if self.knows(&squeezed) {
                return Some(squeezed);
            }
            if let Some((_, found)) = self.nearest(&squeezed) {
                return Some(found.clone());
            }
        }
        if stem.len() >= 6 {
            let alike = self.by_sound.places(&sound(stem)).map(|at| &self.vocabulary[at]);
            let near = alike.filter(|c| c.as_bytes()[0] == stem.as_bytes()[0] || stem.len() >= 8);
            return near.map(|c| (strsim::osa_distance(stem, c), c)).filter(|(d, _)| *d <= 3).min().map(|(_, c)| c.clone());
        }
        None
    }

    /// The words one slip away from a form: how unlikely each is, what the slip costs, the word, whether it is repaired towards.
    fn one_slip_away(&self, form: &str) -> Vec<(u32, u32, &String, bool)> {
        let mut candidates = Vec::new();
        let mut look = |key: &str| {
            candidates.extend(self.one_less.places(key).map(|at| {
                let (word, usual) = (&self.vocabulary[at], self.usual[at]);
                let cost = cost(form, word);
                (cost * 4 + u32::from(MOST_USUAL.saturating_sub(usual)), cost, word, usual != NEVER)
            }));
        };
        look(form);
        less_one(form, look);
        candidates
    }

    /// What is one slip away from a form, and what that slip costs.
    fn nearest(&self, form: &str) -> Option<(u32, &String)> {
        let mut candidates = self.one_slip_away(form);
        candidates.sort();
        let mut candidates = candidates.into_iter().filter(|c| c.3).map(|(_, cost, word, _)| (cost, word));
        // A short word changed at its first letter is another word.
        let fits = |c: &(u32, &String)| {
            c.0 <= 12 && (c.1.as_bytes()[0] == form.as_bytes()[0] || form.len() >= 7 && c.0 <= 10 || c.0 <= 8 && form.len() >= 5)
        };
        // Of four letters one may be another key or in another place; one that is missing only when nothing else is as near.
        let near = |cost: u32, c: &str| cost <= 8 || cost <= 9 && c.len() == 5;
        candidates.find(fits).filter(|(cost, c)| c.len() >= 4 && form.len() >= 4 && (form.len() >= 5 || near(*cost, c)))
    }

    /// `chestpain` → `chest pain`.
    fn apart(&self, word: &str) -> Option<[String; 2]> {
        if word.len() < 7 {
            return None;
        }
        (3..=word.len() - 3).find_map(|i| {
            let (a, b) = word.split_at(i);
            let known = |w: &str| self.knows(&stem(w));
            (known(a) && known(b)).then(|| [a.to_owned(), b.to_owned()])
        })
    }
}

/// Gives the word with each of its letters left out in turn.
fn less_one(word: &str, mut each: impl FnMut(&str)) {
    let mut less = String::with_capacity(word.len());
    for i in 0..word.len() {
        less.clear();
        less.push_str(&word[..i]);
        less.push_str(&word[i + 1..]);
        each(&less);
    }
}

/// `paaaain` → `pain`: three or more of a letter become one.
fn squeeze(word: &str) -> String {
    let mut out = String::new();
    let bytes = word.as_bytes();
    for (i, &b) in bytes.iter().enumerate() {
        let run = bytes[..=i].iter().rev().take_while(|&&x| x == b).count() + bytes[i + 1..].iter().take_while(|&&x| x == b).count();
        if run < 3 || bytes[..i].last() != Some(&b) {
            out.push(char::from(b));
        }
    }
    out
}

/// What one slip costs, in tenths: swapped neighbours 4, a doubled or missing double letter 5, a near key 8, another letter 10.
fn cost(a: &str, b: &str) -> u32 {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a == b {
        return 0;
    }
    let front = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let back = a[front..].iter().rev().zip(b[front..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (x, y) = (&a[front..a.len() - back], &b[front..b.len() - back]);
    match (x.len(), y.len()) {
        (1, 1) => {
            let vowels = b"aeiouy";
            if KEYS.iter().any(|row| near_keys(row, x[0], y[0])) || vowels.contains(&x[0]) && vowels.contains(&y[0]) { 8 } else { 11 }
        }
        (0, 1) | (1, 0) => {
            let letter = if x.is_empty() { y[0] } else { x[0] };
            let doubled = front > 0 && a[front - 1] == letter || a.get(front) == Some(&letter) && b.get(front + 1) == Some(&letter);
            if doubled { 5 } else { 9 }
        }
        (2, 2) if x[0] == y[1] && x[1] == y[0] => 4,
        _ => 20,
    }
}

const KEYS: [&[u8]; 3] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];

fn near_keys(row: &[u8], a: u8, b: u8) -> bool {
    let place = |k: u8| row.iter().position(|r| *r == k);
    matches!((place(a), place(b)), (Some(x), Some(y)) if x.abs_diff(y) == 1)
}

/// A rough key of how a word sounds: consonants only, with the usual confusions brought together.
fn sound(word: &str) -> String {
    let w = word
        .replace("ph", "f")
        .replace("pn", "n")
        .replace("gh", "g")
        .replace("rh", "r")
        .replace("ck", "k")
        .replace("tion", "shn")
        .replace("sch", "sk")
        .replace("ch", "k")
        .replace("x", "ks")
        .replace("qu", "k")
        .replace("ce", "se")
        .replace("ci", "si")
        .replace("cy", "sy")
        .replace('c', "k")
        .replace('z', "s");
    let mut out = String::new();
    for (i, c) in w.chars().enumerate() {
        let c = if i > 0 && matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h' | 'w') { continue } else { c };
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> Vec<String> {
        let words =
            ["chest", "collapse", "pain", "breath", "pneumonia", "diarrhoea", "vomit", "breast", "stomach", "temperature", "swollen"]
                .map(stem);
        let speller = Speller::new(
            words.iter().map(String::as_str),
            std::iter::empty(),
            std::iter::empty(),
            (Protected::of(vec!["heard".to_owned(), "beast".to_owned()]), &Spellings::default()),
        );
        let mut t = tokens(text, &Spellings::default());
        speller.repair(&mut t, &Spellings::default());
        t.into_iter().map(|t| t.stem).collect()
    }

    #[test]
    fn slips_sounds_and_words_run_together_are_repaired() {
        assert_eq!(repaired("chset pian"), ["chest", "pain"]);
        assert_eq!(repaired("newmonia diahorea"), [stem("pneumonia"), stem("diarrhoea")]);
        assert_eq!(repaired("chestpain"), ["chest", "pain"]);
        assert_eq!(repaired("colapsed collpased"), ["collaps", "collaps"]);
        assert_eq!(repaired("stomache painn"), [stem("stomach"), "pain".to_owned()]);
        assert_eq!(repaired("the beast was heard"), ["the", "beast", "was", "heard"]);
    }
}
