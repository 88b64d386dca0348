//! What a mention means where it stands: here and now, denied, past, over, feared, or somebody else's.

use portico_domain::advice::{Side, Status};
use serde::Deserialize;

mod imagined;
mod over;
mod side;
mod whose;

use whose::Subject;

pub use whose::speaks_of_self;

use crate::{
    content::{ConceptKind, Content, DECOY, MARKERS},
    phrase::Found,
    text::{Kind, Token},
};

/// What a marker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sense {
    /// Denies what follows: “no”, “haven't got”.
    NotBefore,
    /// Denies every item of the list that follows: “denies”, “nil”.
    NotList,
    /// Denies what came before: “ruled out”, “: none”.
    NotAfter,
    /// Looks like a denial or a question and is none: “not only”, “no better”, “what is new is”.
    Pseudo,
    /// What follows, of any kind, is asked about or imagined: “what are the symptoms of”, “what if”.
    Hypothetical,
    /// What follows is feared when it is a disease: “worried about”, “could it be”.
    Feared,
    /// Long ago: “years ago”, “when I was little”.
    Past,
    /// Over: “went away”, “is fine now”.
    Resolved,
    /// Here and now, whatever else is said: “this morning”, “just now”.
    Recent,
    /// Ends the reach of markers: “but”, “because”.
    Ends,
    /// A child of the writer.
    Child,
    /// Somebody of the household who may be the patient: husband, wife, partner.
    Partner,
    /// Parents, brothers, sisters and other relatives.
    Relative,
    /// Friends, neighbours, colleagues.
    Acquaintance,
    /// Illness that runs in the family.
    FamilyHistory,
}

/// No marker reaches further than this, in tokens; people who write without a full stop go on and on.
const FAR: usize = 80;

/// A concept found in the text, with what it means there.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// Index of the concept.
    pub concept: usize,
    /// First and last token.
    pub span: (usize, usize),
    /// What it means.
    pub status: Status,
    /// The side that is said with it.
    pub side: Option<Side>,
}

/// The places of markers by what they do, and of mentions, in one text.
pub struct Reading<'a> {
    content: &'a Content,
    text: &'a [Token],
    markers: Vec<(usize, Found)>,
    mentions: Vec<Found>,
    /// Whether a new statement begins at a token.
    ends_at: Vec<bool>,
    /// Who is named at a token.
    person_at: Vec<Option<Subject>>,
    /// Denials that are words of a phrase (“no blisters”): where each ends, and where that phrase ends.
    held: Vec<(usize, usize)>,
}

impl<'a> Reading<'a> {
    /// Sorts what was found into mentions and markers, without what only looks like one.
    pub fn new(content: &'a Content, text: &'a [Token], found: &[Found]) -> Self {
        let decoys: Vec<Found> = found.iter().filter(|f| f.label == DECOY).copied().collect();
        let hidden = |f: &Found| decoys.iter().any(|d| f.first <= d.last && f.last >= d.first && f.last - f.first < d.last - d.first);
        let mentions: Vec<Found> = found.iter().filter(|f| f.label < MARKERS && !hidden(f)).copied().collect();
        let all: Vec<(usize, Found)> =
            found.iter().filter(|f| f.label >= MARKERS && f.label < DECOY).map(|f| ((f.label - MARKERS) as usize, *f)).collect();
        let inside = |f: &Found, g: &Found| g.first <= f.first && g.last >= f.last && (g.last - g.first) > (f.last - f.first);
        // “no period” denies nothing; “no period cramps” denies cramps, whose name begins with the same word.
        let goes_on = |g: &Found| {
            let named = |m: &Found| !m.loose && content.concepts[m.label as usize].kind.is_clinical();
            mentions.iter().any(|m| named(m) && m.first > g.first && m.first <= g.last && m.last > g.last)
        };
        let markers: Vec<(usize, Found)> = all
            .iter()
            .filter(|(i, f)| {
                let sense = content.markers[*i].sense;
                let person = matches!(sense, Sense::Child | Sense::Partner | Sense::Relative | Sense::Acquaintance);
                let negates = matches!(sense, Sense::NotBefore | Sense::NotList | Sense::NotAfter);
                // “cannot breathe” holds its own “not”; “what are the symptoms” does not take the question away.
                let consumed = !person
                    && mentions.iter().any(|m| {
                        let own = m.holds(f.first, f.last) && (f.last - f.first) < (m.last - m.first);
                        own && (negates || content.concepts[m.label as usize].kind.is_clinical())
                    });
                // “What is bothering me is …” tells; “what is …” asks.
                let pseudo = (negates || sense == Sense::Hypothetical)
                    && all.iter().any(|(j, g)| content.markers[*j].sense == Sense::Pseudo && inside(f, g) && !goes_on(g));
                let longer = !person
                    && all.iter().any(|(j, g)| {
                        i != j
                            && inside(f, g)
                            && !matches!(content.markers[*j].sense, Sense::Child | Sense::Partner | Sense::Relative | Sense::Acquaintance)
                    });
                !(consumed || pseudo || longer && sense == Sense::Ends)
            })
            .copied()
            .collect();
        let mut held = Vec::new();
        for (_, f) in all.iter().filter(|(i, _)| matches!(content.markers[*i].sense, Sense::NotBefore | Sense::NotList)) {
            // “no …” and “do not have …”: what is had is named next, whatever else these words may say.
            let having = |at: usize| text.get(at).is_some_and(|t| t.word == "have");
            let denies = text[f.first].word == "no" || having(f.last) || text[f.last].word == "not" && having(f.last + 1);
            let own = |m: &&Found| denies && m.holds(f.first, f.last) && m.last > f.last;
            for m in mentions.iter().filter(own) {
                let part = if m.loose { m.parts.iter().find(|p| p.0 <= f.first && f.last <= p.1).map_or(m.last, |p| p.1) } else { m.last };
                held.push((f.last, part));
            }
        }
        let mut ends_at = vec![false; text.len()];
        for (i, f) in &markers {
            ends_at[f.first] |= content.markers[*i].sense == Sense::Ends;
        }
        let mut person_at = vec![None; text.len()];
        for (i, f) in &markers {
            if let Some(subject) = Subject::of(content.markers[*i].sense) {
                person_at[f.first..=f.last].iter_mut().for_each(|at| *at = at.or(Some(subject)));
            }
        }
        Reading { content, text, markers, mentions, ends_at, person_at, held }
    }

    /// Every mention with its status, and whether the text is about somebody other than its writer; so it is when it is
    /// known to be written for somebody who is `cared_for`.
    pub fn mentions(&self, cared_for: bool) -> (Vec<Mention>, bool) {
        let about_other = cared_for || self.is_about_somebody_else();
        let mut out: Vec<Mention> = self
            .mentions
            .iter()
            .map(|f| {
                let concept = f.label as usize;
                Mention { concept, span: (f.first, f.last), status: self.status(f, about_other), side: self.side(f) }
            })
            .collect();
        // “My cold went away last week”: what ended is something else, and so is when.
        let quality = |m: &Mention| self.content.concepts[m.concept].kind == ConceptKind::Quality;
        let ended =
            |f: &&Found| self.content.concepts[f.label as usize].kind == ConceptKind::Quality && self.ending(f) == Some(Status::Other);
        let elsewhere: Vec<usize> = self.mentions.iter().filter(ended).map(|f| self.in_sentence(f.first)).collect();
        for m in out.iter_mut().filter(|m| quality(m) && elsewhere.contains(&self.in_sentence(m.span.0))) {
            m.status = Status::Other;
        }
        out.dedup_by(|a, b| a == b);
        (out, about_other)
    }

    /// The markers of a sense that are not words of the mention itself.
    fn around(&self, sense: Sense, m: &Found) -> impl Iterator<Item = (&Found, usize)> {
        let m = *m;
        self.sense(sense).filter(move |(f, _)| !m.holds(f.first, f.last))
    }

    fn sense(&self, sense: Sense) -> impl Iterator<Item = (&Found, usize)> {
        self.markers.iter().filter(move |(i, _)| self.content.markers[*i].sense == sense).map(|(i, f)| (f, self.content.markers[*i].reach))
    }

    fn in_sentence(&self, at: usize) -> usize {
        self.text[at].sentence
    }

    fn status(&self, m: &Found, about_other: bool) -> Status {
        let kind = self.content.concepts[m.label as usize].kind;
        if kind == ConceptKind::Quality
            && let Some(status) = self.ending(m)
        {
            return status;
        }
        if self.is_denied(m) {
            return Status::Denied;
        }
        if self.is_somebody_elses(m, kind, about_other) {
            return Status::Other;
        }
        if self.is_imagined(m, kind) {
            return Status::Feared;
        }
        if self.is_past(m) {
            return Status::Past;
        }
        if self.is_over(m) {
            return Status::Resolved;
        }
        Status::Present
    }

    /// Words that matter between two tokens, and whether an `Ends` marker or a strong mark stands between.
    fn between(&self, from: usize, to: usize, list: bool) -> Option<usize> {
        if to.saturating_sub(from) > FAR {
            return None;
        }
        let mut words = 0;
        for i in from..to {
            let token = &self.text[i];
            match token.kind {
                Kind::Mark(',') if list => {}
                Kind::Mark('/' | '%' | '°' | '+') => {}
                Kind::Mark(_) => return None,
                Kind::Number(_) => words += 1,
                Kind::Word => words += usize::from(!self.is_small(token)),
            }
            if self.ends_at[i] {
                return None;
            }
        }
        Some(words)
    }

    fn is_small(&self, token: &Token) -> bool {
        token.stem.len() <= 2
            || matches!(
                token.word.as_str(),
                "the" | "any" | "has" | "had" | "have" | "been" | "got" | "having" | "was" | "are" | "her" | "his" | "real" | "really"
            )
    }

    fn is_denied(&self, m: &Found) -> bool {
        // “no blisters” may say something of its own; blisters are denied all the same.
        let clinical = self.content.concepts[m.label as usize].kind.is_clinical();
        let within = clinical && self.held.iter().any(|(no, end)| m.first > *no && m.first <= *end);
        within
            || self.is_answered_no(m)
            || self.sense(Sense::NotBefore).any(|(n, reach)| self.reaches_forward(n, m, reach, false))
            || self.sense(Sense::NotList).any(|(n, _)| self.reaches_forward(n, m, 14, true))
            || self.sense(Sense::NotAfter).any(|(n, reach)| self.reaches_back(n, m, reach))
    }

    /// “chest pain: no” and “chest pain ruled out” deny; “chest pain with no fever” does not.
    fn reaches_back(&self, n: &Found, m: &Found, reach: usize) -> bool {
        if n.first <= m.last || self.in_sentence(n.first) != self.in_sentence(m.last) {
            return false;
        }
        let bare = matches!(self.text[n.first].word.as_str(), "no" | "none" | "nil");
        let ended = self.text.get(n.last + 1).is_none_or(|t| matches!(t.kind, Kind::Mark(_)));
        let between = &self.text[m.last + 1..n.first];
        if bare {
            return ended && (between.is_empty() || between.len() == 1 && between[0].is_mark(':'));
        }
        self.between(m.last + 1, n.first, false).is_some_and(|w| w <= reach)
    }

    /// Whether a denial at `n` covers `m`; items of a list count when the list says “or”.
    fn reaches_forward(&self, n: &Found, m: &Found, reach: usize, list: bool) -> bool {
        // A marker inside the mention belongs to the mention; between the parts of a loose phrase it denies it.
        let start = if n.first >= m.first && n.last <= m.last {
            if m.holds(n.first, n.last) {
                return false;
            }
            return self.between(n.last + 1, m.last, false).is_some_and(|w| w <= reach);
        } else if n.last < m.first {
            m.first
        } else {
            return false;
        };
        if self.in_sentence(n.first) != self.in_sentence(m.first) || start - n.last > FAR {
            return false;
        }
        let said = |i: usize, word: &str| self.text.get(i).is_some_and(|t| t.word == word);
        // “not the asthma, it is …” and “never had … before” say what there is.
        let corrected = (n.last + 1..start).any(|i| said(i, "it") && said(i + 1, "is"));
        let first_time = (n.first..=n.last).any(|i| said(i, "never")) && (m.last + 1..m.last + 3).any(|i| said(i, "before"));
        if corrected || first_time {
            return false;
        }
        let commas: Vec<usize> = (n.last + 1..start).filter(|&i| self.text[i].is_mark(',')).collect();
        // “no A, B or C” denies B: its “or” comes after the last comma before B. In “no A or B, C” it does not reach C.
        let or_list = || {
            (commas.last().map_or(n.last, |c| *c) + 1..self.text.len())
                .take_while(|&i| self.in_sentence(i) == self.in_sentence(m.first))
                .take(FAR)
                .any(|i| matches!(self.text[i].word.as_str(), "or" | "nor"))
        };
        if !commas.is_empty() {
            let bare = commas.iter().all(|&c| !self.starts_afresh(c + 1));
            if !bare || !(list || or_list()) {
                return false;
            }
        }
        // “no pain or swelling” reaches past “or”; “no pain and swelling” does not, unless a list is denied.
        let joined = (n.last + 1..start).any(|i| self.text[i].word == "and");
        if joined && !list {
            return false;
        }
        if joined && (n.last + 1..start).any(|i| self.text[i].word == "and" && self.starts_afresh(i + 1)) {
            return false;
        }
        let limit = if commas.is_empty() { reach } else { 14 };
        self.between(n.last + 1, start, true).is_some_and(|w| w <= limit)
    }

    /// Whether the words at `at` begin a new statement rather than the next item of a list.
    fn starts_afresh(&self, at: usize) -> bool {
        const STARTS: &[&str] = &[
            "i",
            "im",
            "ive",
            "he",
            "she",
            "it",
            "they",
            "we",
            "my",
            "his",
            "her",
            "there",
            "have",
            "has",
            "having",
            "had",
            "am",
            "is",
            "feel",
            "feeling",
            "got",
            "getting",
            "now",
            "just",
            "still",
            "this",
            "that",
            "very",
            "really",
            "the",
            "also",
            "some",
            "lots",
            "severe",
            "terrible",
            "bad",
            "been",
            "since",
            "started",
            "keep",
            "keeps",
            "can",
            "cant",
            "your",
            "please",
            "complains",
            "complaining",
            "presents",
        ];
        self.text.get(at).is_some_and(|t| STARTS.contains(&t.word.as_str()))
    }

    /// “Any chest pain? No.”
    fn is_answered_no(&self, m: &Found) -> bool {
        let sentence = self.in_sentence(m.first);
        let Some(end) = (m.last..self.text.len()).find(|&i| self.in_sentence(i) != sentence) else {
            return false;
        };
        self.text[end - 1].is_mark('?')
            && self.text.get(end).is_some_and(|t| matches!(t.word.as_str(), "no" | "nope" | "none" | "nah"))
            && self.text.get(end + 1).is_none_or(|t| matches!(t.kind, Kind::Mark(_)))
    }

    fn is_past(&self, m: &Found) -> bool {
        let sentence = self.in_sentence(m.first);
        let apart = |f: &Found| if f.first > m.last { f.first - m.last } else { m.first.saturating_sub(f.last) };
        let recent = self.sense(Sense::Recent).filter(|(r, _)| self.in_sentence(r.first) == sentence && self.clear(r, m));
        let recent = recent.map(|(r, _)| apart(r)).min();
        // “72 h history of pain” is what brings somebody now, and so is what is worse “than last year”.
        let lately = |p: &Found| {
            let before = |words: usize| p.first.saturating_sub(words)..p.first;
            let compared = before(3).any(|i| self.text[i].word == "than");
            compared
                || matches!(self.text[p.first].word.as_str(), "history" | "hx")
                    && before(3).any(|i| self.text[i].number().is_some() || is_span(&self.text[i].word))
        };
        let past = self.around(Sense::Past, m).filter(|(p, reach)| {
            if lately(p) || apart(p) > FAR {
                return false;
            }
            let words = if p.first > m.last {
                self.between(m.last + 1, p.first, true)
            } else if p.last < m.first {
                self.since(p.last + 1, m.first)
            } else {
                Some(0)
            };
            self.in_sentence(p.first) == sentence && words.is_some_and(|w| w <= *reach)
        });
        let nearest = past.map(|(p, _)| apart(p)).chain(self.years(m)).chain(self.then(m)).min();
        // Where both are said, the nearer one is meant.
        nearest.is_some_and(|p| recent.is_none_or(|r| p < r))
    }

    /// Words that matter after a time long past: “when I was young I had …”; a turn to the present ends its reach.
    fn since(&self, from: usize, to: usize) -> Option<usize> {
        const TURNS: &[&str] = &["but", "however", "although", "though", "now", "today", "still", "again", "recently", "since", "and"];
        let span = &self.text[from..to];
        let turns = span.iter().any(|t| matches!(t.kind, Kind::Mark(m) if m != '/') || TURNS.contains(&t.word.as_str()));
        (!turns).then(|| span.iter().filter(|t| !self.is_small(t)).count())
    }

    /// “in 2009”, near a mention: how far away.
    fn years(&self, m: &Found) -> Option<usize> {
        let sentence = self.in_sentence(m.first);
        let year = |i: usize| self.text[i].number().is_some_and(|n| (1930.0..2025.0).contains(&n) && n.fract() == 0.0);
        let after = |i: usize| matches!(self.text[i - 1].word.as_str(), "in" | "from" | "around");
        (1..self.text.len())
            .filter(|&i| self.in_sentence(i) == sentence && year(i) && after(i))
            .map(|i| (i, if i > m.last { i - m.last } else { m.first.saturating_sub(i) }))
            .filter(|(i, _)| !self.speaks_of_now(*i, m.first))
            // A sentence that begins “In 2021 …” tells of then until it turns to now.
            .filter(|(i, apart)| *apart <= 9 || self.opens(*i) && self.since(*i + 1, m.first).is_some())
            .map(|(_, apart)| apart)
            .min()
    }

    /// “… in 2018. At the time I had …”: what is told of a time that the sentence before names.
    fn then(&self, m: &Found) -> Option<usize> {
        let sentence = self.in_sentence(m.first);
        let begins = (0..m.first).rev().take_while(|&i| self.in_sentence(i) == sentence).last().unwrap_or(m.first);
        let word = |i: usize| self.text.get(i).map_or("", |t| t.word.as_str());
        let at_the_time = word(begins) == "at" && word(begins + 1) == "the" && word(begins + 2) == "time";
        let back_then = word(begins) == "back" && word(begins + 1) == "then";
        let before = |i: usize| self.in_sentence(i) + 1 == sentence;
        let year =
            (1..begins).any(|i| before(i) && self.text[i].number().is_some_and(|n| (1930.0..2025.0).contains(&n) && n.fract() == 0.0));
        let past = || self.sense(Sense::Past).any(|(p, _)| before(p.first));
        let told = (at_the_time || back_then) && (year || past());
        (told && self.since(begins + 2, m.first).is_some()).then(|| m.first - begins)
    }

    /// “…, in 2021), I'm hot”: whether a mark and an “I am” stand between a time and what is said after it.
    fn speaks_of_now(&self, from: usize, to: usize) -> bool {
        let word = |i: usize| self.text.get(i).map_or("", |t| t.word.as_str());
        (from + 1..to).any(|i| {
            word(i) == "i" && matches!(self.text[i - 1].kind, Kind::Mark(_)) && matches!(word(i + 1), "am" | "feel" | "can" | "keep")
        })
    }

    /// Whether the year at `at` is said with the first words of its sentence.
    fn opens(&self, at: usize) -> bool {
        (0..at).rev().take_while(|&i| self.in_sentence(i) == self.in_sentence(at)).count() <= 2
    }

    /// Whether nothing ends the reach between a marker and a mention.
    fn clear(&self, marker: &Found, m: &Found) -> bool {
        let (from, to) = if marker.first > m.last { (m.last + 1, marker.first) } else { (marker.last + 1, m.first) };
        from >= to || self.between(from, to, true).is_some()
    }
}

/// Whether a word says how long: the unit of a history that is told because it is going on.
fn is_span(word: &str) -> bool {
    matches!(word, "hour" | "hours" | "day" | "days" | "week" | "weeks" | "wk" | "wks" | "month" | "months" | "d" | "h" | "short")
}
