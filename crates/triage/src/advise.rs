//! From findings to advice: the rules that fire, the highest urgency that any present finding supports, what was not
//! understood, and the questions that could change the answer.

use std::collections::{BTreeMap, BTreeSet};

use portico_domain::{
    advice::{Advice, Finding, Fired, PathwayAdvice, Question, Status},
    pathway::Pathway,
    triage::Urgency,
};

use crate::{
    condition::Facts,
    content::{ConceptKind, Content},
    context::{Mention, Reading, speaks_of_self},
    manner::manners,
    measure::{Measure, Measures, YEAR, measures},
    questions::questions,
    request::{Answer, Request},
    spelling::Doubt,
    text::{Kind, MOST_TOKENS, Token, tokens},
    wording::{RULE, TITLE, Weighed},
};

/// Texts are read up to here; what is longer is unsure.
const MOST_BYTES: usize = 20_000;
/// So often a request is read again for words that may have been others, and so many words are read again in all.
const MOST_READINGS: usize = 12;
const MOST_DOUBTS: usize = 3;
const MOST_READ: usize = 800;
/// So many facts of the record are read, and so many characters of each.
const MOST_KNOWN: usize = 60;
const MOST_OF_KNOWN: usize = 120;
/// Nobody is left to self-care or to administration whose words are more like an emergency's than this, 0 to 1.
const AT_EASE: f64 = 0.35;

/// Everything known about one request, for the rules.
pub struct Known<'a> {
    pub(crate) content: &'a Content,
    pub(crate) text: &'a [Token],
    pub(crate) mentions: &'a [Mention],
    pub(crate) measures: &'a Measures,
    pub(crate) age: Option<f64>,
    pub(crate) sex: Option<char>,
    /// For each concept the statuses in which it is mentioned, a bit each.
    pub(crate) statuses: Vec<u8>,
    pub(crate) assumed: Option<usize>,
}

impl Known<'_> {
    /// Whether a concept, or a narrower one, is mentioned so.
    pub(crate) fn is(&self, status: Status, concept: usize) -> bool {
        self.statuses[concept] & bit(status) != 0
    }
}

impl Facts for Known<'_> {
    fn present(&self, concept: usize) -> bool {
        self.is(Status::Present, concept) || self.assumed.is_some_and(|a| self.content.wider[a].contains(&concept))
    }
    fn had(&self, concept: usize) -> bool {
        self.present(concept) || self.is(Status::Resolved, concept)
    }
    fn past(&self, concept: usize) -> bool {
        self.is(Status::Past, concept)
    }
    fn feared(&self, concept: usize) -> bool {
        self.is(Status::Feared, concept)
    }
    fn denied(&self, concept: usize) -> bool {
        self.is(Status::Denied, concept)
    }
    fn near(&self, a: usize, b: usize) -> bool {
        let of = |c: usize| self.mentions.iter().filter(move |m| m.status == Status::Present && self.content.wider[m.concept].contains(&c));
        let places = |c: usize| {
            let mut places: Vec<(usize, usize)> = of(c).map(|m| (self.text[m.span.0].sentence, m.concept)).collect();
            places.sort_unstable();
            places.dedup();
            places
        };
        let seconds = places(b);
        places(a).into_iter().any(|(sx, concept)| {
            seconds.iter().any(|&(sy, _)| sx == sy || (sy == sx + 1 || sx == sy + 1) && !self.other_complaint(sy, concept))
        })
    }
    fn days(&self, concept: Option<usize>) -> Option<f64> {
        let of = |sentence: usize| {
            let here = self.mentions.iter().filter(move |m| self.text[m.span.0].sentence == sentence);
            here.filter(|m| self.content.concepts[m.concept].kind.is_clinical())
        };
        let elsewhere = |sentence: usize| {
            self.mentions.iter().any(|m| m.status == Status::Other && self.text[m.span.0].sentence == sentence)
                && !of(sentence).any(|m| m.status == Status::Present)
        };
        // The longest of each sentence: a sentence without an end has hundreds.
        let mut longest: BTreeMap<usize, f64> = BTreeMap::new();
        for span in &self.measures.spans {
            let said = longest.entry(self.text[span.at].sentence).or_insert(span.days);
            *said = said.max(span.days);
        }
        let longest_where = |counts: &dyn Fn(usize) -> bool| {
            let said = longest.iter().filter(|(sentence, _)| counts(**sentence) && !elsewhere(**sentence)).map(|(_, days)| *days);
            said.fold(None, |a: Option<f64>, b| Some(a.map_or(b, |a| a.max(b))))
        };
        let Some(concept) = concept else {
            // Not how long ago something ended: “my cold went away last week”.
            return longest_where(&|sentence| of(sentence).count() == 0 || of(sentence).any(|m| m.status == Status::Present));
        };
        let is_of = |m: &&Mention| m.status == Status::Present && self.content.wider[m.concept].contains(&concept);
        let said_in: BTreeSet<usize> = self.mentions.iter().filter(is_of).map(|m| self.text[m.span.0].sentence).collect();
        let near = longest_where(&|sentence| said_in.contains(&sentence));
        // A time that is said with no complaint is this one's.
        near.or_else(|| longest_where(&|sentence| of(sentence).count() == 0).filter(|_| !said_in.is_empty()))
    }
    fn values(&self, measure: &str) -> Vec<f64> {
        self.measures.values.iter().filter(|(m, _)| m.word() == measure).flat_map(|(_, v)| v.iter().map(|(value, _)| *value)).collect()
    }
    fn age(&self) -> Option<f64> {
        self.age
    }
    fn sex(&self) -> Option<char> {
        self.sex
    }
    fn clinical(&self) -> bool {
        self.assumed.is_some()
            || self.mentions.iter().any(|m| m.status == Status::Present && self.content.concepts[m.concept].is_complaint())
    }
    fn symptoms(&self) -> usize {
        let mut seen: Vec<usize> = self
            .mentions
            .iter()
            .filter(|m| m.status == Status::Present && self.content.concepts[m.concept].kind == ConceptKind::Symptom)
            .map(|m| m.concept)
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    }
}

impl Known<'_> {
    fn other_complaint(&self, sentence: usize, but: usize) -> bool {
        self.mentions.iter().any(|m| {
            m.status == Status::Present
                && m.concept != but
                && self.text[m.span.0].sentence == sentence
                && self.content.concepts[m.concept].kind == ConceptKind::Symptom
                && !self.content.wider[m.concept].contains(&but)
                && !self.content.wider[but].contains(&m.concept)
        })
    }
}

/// What is mentioned in the words of a request, and whether they are about somebody other than the writer.
fn understand(content: &Content, text: &[Token], cared_for: bool) -> (Vec<Mention>, bool) {
    Reading::new(content, text, &content.phrases.find(text)).mentions(cared_for)
}

/// The repaired words of a request, and what those that were none may have been.
fn words(content: &Content, request: &Request) -> (Vec<Token>, Vec<Doubt>) {
    let mut end = request.text.len().min(MOST_BYTES);
    while !request.text.is_char_boundary(end) {
        end -= 1;
    }
    let mut text = tokens(&request.text[..end], &content.spellings);
    let mut doubts = content.speller.repair(&mut text, &content.spellings);
    doubts.retain(|d| !is_name(&request.text, &text, d.at));
    (text, doubts)
}

/// Whether a word has a capital letter amid a sentence.
fn is_name(written: &str, text: &[Token], at: usize) -> bool {
    let mut letters = written[text[at].start..text[at].end].chars();
    let amid = at > 0 && text[at - 1].sentence == text[at].sentence;
    amid && letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

/// The repaired words of a request and what is mentioned in them.
pub fn read(content: &Content, request: &Request) -> (Vec<Token>, Vec<Mention>) {
    let (text, _) = words(content, request);
    let (mentions, _) = understand(content, &text, request.cared_for);
    (text, mentions)
}

/// Reads a request. `without` leaves one rule out. A word that is none is read as each word that it may have been, and what
/// is an emergency in one of these readings is one.
pub fn advise(content: &Content, request: &Request, without: Option<usize>) -> Advice {
    let (text, doubts) = words(content, request);
    let advice = advise_on(content, request, &text, without);
    if advice.urgency == Urgency::Emergency {
        return advice;
    }
    // One slip is looked into from every side; a text that is misspelt all over would be an emergency in one way or another.
    if doubts.len() > MOST_DOUBTS {
        return advice;
    }
    let likeliest_first = (0..).map_while(|rank| {
        let of_rank: Vec<(usize, &String)> = doubts.iter().filter_map(|d| d.others.get(rank).map(|o| (d.at, o))).collect();
        (!of_rank.is_empty()).then_some(of_rank)
    });
    for (at, other) in likeliest_first.flatten().take(MOST_READINGS.min(MOST_READ / text.len().max(1))) {
        let mut meant = text.clone();
        meant.splice(at..=at, content.speller.instead(&text[at], other, &content.spellings));
        let instead = advise_on(content, request, &meant, without);
        if instead.urgency == Urgency::Emergency {
            return instead;
        }
    }
    advice
}

/// Reads these words of a request.
fn advise_on(content: &Content, request: &Request, text: &[Token], without: Option<usize>) -> Advice {
    let (mentions, about_other) = understand(content, text, request.cared_for);
    let cut = request.text.len() > MOST_BYTES || text.len() >= MOST_TOKENS;
    let mut measures = measures(text);
    if let Some(weeks) = request.weeks_pregnant {
        measures.values.entry(Measure::Weeks).or_default().push((weeks, 0));
    }
    let said = said_age(text, &mentions, &measures);
    // An age of 0 in whole years is any age under one: what the words say is nearer.
    let age = match request.age_days {
        Some(0.0) => said.filter(|a| *a < YEAR).or(Some(0.0)),
        known => known.or(said),
    };
    let known = Known {
        content,
        text,
        statuses: statuses(content, &mentions, request),
        mentions: &mentions,
        measures: &measures,
        age,
        sex: request.sex.or_else(|| said_sex(text, about_other)),
        assumed: None,
    };
    let mentioned = (0..content.concepts.len()).filter(|&c| known.statuses[c] != 0);
    let mut tried: Vec<usize> =
        mentioned.flat_map(|c| content.wanted_by[c].iter().copied()).chain(content.unprompted.iter().copied()).collect();
    tried.sort_unstable();
    tried.dedup();
    let fired: Vec<usize> = tried.into_iter().filter(|&i| Some(i) != without && content.rules[i].when.holds(&known)).collect();
    let (mut urgency, mut unsure) = combine(&known, request, &fired, cut);
    let alarming = content.wording.weigh(text, &mentions, &content.concepts).filter(|_| urgency > Urgency::Emergency);
    let mut wording = None;
    if let Some(weighed) = &alarming {
        let (supported, doubtful) = content.wording.supports(weighed);
        if supported.is_some() {
            (urgency, unsure) = (Urgency::Emergency, false);
            wording = Some(weighed);
        } else if doubtful && urgency > Urgency::SameDay || weighed.share >= AT_EASE && urgency >= Urgency::SelfCare {
            (urgency, unsure) = (Urgency::SameDay, true);
        }
    }
    let questions = questions(known, request, &fired, urgency);
    let mut advice = answer(content, request, text, (&mentions, &measures), &fired, (urgency, unsure), questions);
    if let Some(weighed) = wording {
        add_wording(&mut advice, request, text, weighed);
    }
    advice
}

/// The reason that the words together are, and where they stand.
fn add_wording(advice: &mut Advice, request: &Request, text: &[Token], weighed: &Weighed) {
    let mut places: Vec<usize> = weighed.heaviest.clone();
    places.sort_unstable();
    let of = |at: usize| request.text.get(text[at].start..text[at].end).unwrap_or_default();
    let words: Vec<String> = places.iter().map(|&at| format!("“{}”", of(at))).collect();
    advice.findings.extend(places.iter().map(|&at| Finding {
        concept: RULE.to_owned(),
        name: "words of emergencies".to_owned(),
        words: of(at).to_owned(),
        start: text[at].start,
        end: text[at].end,
        status: Status::Present,
        side: None,
        told: Vec::new(),
        days: None,
    }));
    let why = format!(
        "The words together, {} above all, are those of messages that clinicians' guidance calls emergencies ({:.0} % alike). No single rule says so: read it whole.",
        words.join(", "),
        weighed.share * 100.0
    );
    let title = TITLE;
    let to = [Pathway::Emergency, Pathway::DutyGp].map(|pathway| PathwayAdvice { pathway, reason: title.to_owned() });
    advice.pathways.retain(|p| to.iter().all(|t| t.pathway != p.pathway));
    advice.pathways.splice(0..0, to);
    advice.rules.insert(
        0,
        Fired {
            rule: RULE.to_owned(),
            title: title.to_owned(),
            urgency: Urgency::Emergency,
            why,
            tell: "What you wrote may be an emergency. Call 999 now if you feel very unwell, or if somebody may be in danger.".to_owned(),
        },
    );
}

fn bit(status: Status) -> u8 {
    1 << status as u8
}

/// For each concept the statuses in which it, or a narrower one, is mentioned or known.
pub(crate) fn statuses(content: &Content, mentions: &[Mention], request: &Request) -> Vec<u8> {
    let mut out = vec![0u8; content.concepts.len()];
    let mut put = |status: Status, concept: usize| {
        if status == Status::Denied {
            out[concept] |= bit(status);
        } else {
            content.wider[concept].iter().for_each(|&w| out[w] |= bit(status));
        }
    };
    for m in mentions {
        put(m.status, m.concept);
        // A disease once had is part of who somebody is.
        if m.status == Status::Past && content.concepts[m.concept].kind == ConceptKind::Condition {
            put(Status::Present, m.concept);
        }
    }
    for (id, answer) in &request.answers {
        if let Some(c) = content.concept(id) {
            put(if *answer == Answer::No { Status::Denied } else { Status::Present }, c);
        }
    }
    for known in request.known.iter().take(MOST_KNOWN) {
        match content.concept(&known.trim().to_lowercase().replace(['_', ' '], "-")) {
            Some(c) => put(Status::Present, c),
            None => named(content, known).into_iter().for_each(|c| put(Status::Present, c)),
        }
    }
    if (request.pregnant == Some(true) || request.weeks_pregnant.is_some())
        && let Some(c) = content.concept("pregnant")
    {
        put(Status::Present, c);
    }
    if (request.worse || request.repeat)
        && let Some(c) = content.concept("worse")
    {
        put(Status::Present, c);
    }
    out
}

/// What a fact of the record names in words of its own: diseases, medicines, operations and how somebody lives, unless it
/// denies them. That a complaint was once noted does not make it present.
fn named(content: &Content, known: &str) -> Vec<usize> {
    let said: String = known.chars().take(MOST_OF_KNOWN).collect();
    let (_, mentions) = read(content, &Request::new(said));
    let lasting = |kind| matches!(kind, ConceptKind::Condition | ConceptKind::Medicine | ConceptKind::Procedure | ConceptKind::Person);
    let said = |m: &&Mention| matches!(m.status, Status::Present | Status::Past) && lasting(content.concepts[m.concept].kind);
    mentions.iter().filter(said).map(|m| m.concept).collect()
}

/// The age that the text says the patient has: not one said of somebody else or of years ago.
fn said_age(text: &[Token], mentions: &[Mention], measures: &Measures) -> Option<f64> {
    let foreign = |at: usize| mentions.iter().any(|m| m.status == Status::Other && text[m.span.0].sentence == text[at].sentence);
    let ago = |at: usize| {
        (at.saturating_sub(4)..at).any(|i| matches!(text[i].word.as_str(), "when" | "until" | "died" | "dad" | "father"))
            && text.get(at + 1).is_none_or(|t| t.word != "year" && t.word != "yo")
    };
    measures.ages.iter().find(|a| !foreign(a.at) && !ago(a.at)).map(|a| a.days)
}

fn said_sex(text: &[Token], about_other: bool) -> Option<char> {
    const F: &[&str] = &[
        "she",
        "her",
        "woman",
        "girl",
        "daughter",
        "wife",
        "mum",
        "mother",
        "female",
        "lady",
        "nan",
        "gran",
        "grandma",
        "girlfriend",
        "sister",
    ];
    const M: &[&str] =
        &["he", "his", "him", "man", "boy", "son", "husband", "dad", "father", "male", "gentleman", "grandad", "boyfriend", "brother"];
    let speaks = speaks_of_self(text);
    text.iter().enumerate().find_map(|(i, t)| {
        let glued = t.glued && i > 0 && text[i - 1].number().is_some();
        if glued && t.word == "f" {
            return Some('f');
        }
        if glued && t.word == "m" {
            return Some('m');
        }
        if !about_other && speaks {
            return None;
        }
        if F.contains(&t.word.as_str()) {
            return Some('f');
        }
        M.contains(&t.word.as_str()).then_some('m')
    })
}

/// The highest urgency that anything supports, and whether the words were not understood.
fn combine(known: &Known<'_>, request: &Request, fired: &[usize], cut: bool) -> (Urgency, bool) {
    let content = known.content;
    let mut urgency = fired.iter().map(|&i| content.rules[i].text.urgency).min();
    let covered = |concept: usize| fired.iter().any(|&i| content.wider[concept].iter().any(|w| content.rules[i].covers.contains(w)));
    let (mut clinical, mut named) = (false, false);
    for m in known.mentions.iter().filter(|m| m.status == Status::Present) {
        let concept = &content.concepts[m.concept];
        clinical |= concept.is_complaint();
        named |= matches!(concept.kind, ConceptKind::Condition | ConceptKind::Event);
        if let Some(alone) = concept.alone
            && !covered(m.concept)
        {
            urgency = Some(urgency.map_or(alone, |u| u.min(alone)));
        }
    }
    let worse = content.concept("worse").is_some_and(|w| known.present(w));
    if (worse || request.repeat) && clinical {
        urgency = urgency.map(|u| match u {
            Urgency::Soon => Urgency::SameDay,
            Urgency::Routine | Urgency::SelfCare | Urgency::Administrative => Urgency::Soon,
            other => other,
        });
    }
    let words = known.text.iter().filter(|t| t.kind == Kind::Word).count();
    // A complaint beside an errand, of which no rule speaks: somebody reads it, whatever else was asked for.
    let unspoken =
        || known.mentions.iter().any(|m| m.status == Status::Present && content.concepts[m.concept].is_complaint() && !covered(m.concept));
    match urgency {
        Some(Urgency::Administrative) if clinical && unspoken() => (Urgency::SameDay, true),
        Some(u) => (u, cut),
        None if words == 0 && request.administrative => (Urgency::Administrative, false),
        // Something was read and none of it is here and now: a question, an old story, somebody else's illness.
        None if known.mentions.iter().any(|m| m.status == Status::Feared) && !clinical && !named => (Urgency::Routine, true),
        // A complaint that no rule speaks of.
        None if clinical => (Urgency::SameDay, true),
        None if request.administrative => (Urgency::Administrative, true),
        None => (Urgency::SameDay, true),
    }
}

fn answer(
    content: &Content,
    request: &Request,
    text: &[Token],
    (mentions, measures): (&[Mention], &Measures),
    fired: &[usize],
    (urgency, unsure): (Urgency, bool),
    questions: Vec<Question>,
) -> Advice {
    let mut sorted: Vec<&crate::content::RuleText> = fired.iter().map(|&i| &content.rules[i].text).collect();
    sorted.sort_by_key(|r| r.urgency);
    let mut pathways: Vec<PathwayAdvice> = Vec::new();
    for rule in &sorted {
        for &pathway in &rule.pathways {
            if pathway.may_take(urgency) && !pathways.iter().any(|p| p.pathway == pathway) {
                pathways.push(PathwayAdvice { pathway, reason: rule.title.clone() });
            }
        }
    }
    if pathways.is_empty() {
        pathways.push(PathwayAdvice {
            pathway: usual(urgency),
            reason: if unsure { "A person reads it now" } else { "Usual for this urgency" }.to_owned(),
        });
    }
    let mut nets: Vec<&str> = sorted.iter().map(|r| r.safety_net.as_str()).filter(|s| !s.is_empty()).collect();
    nets.dedup();
    nets.truncate(3);
    let findings = mentions
        .iter()
        .zip(manners(content, text, mentions, measures))
        .map(|(m, how)| {
            let (start, end) = (text[m.span.0].start, text[m.span.1].end);
            Finding {
                concept: content.concepts[m.concept].id.clone(),
                name: content.concepts[m.concept].name.clone(),
                words: request.text.get(start..end).unwrap_or_default().to_owned(),
                start,
                end,
                status: m.status,
                side: m.side,
                told: how.told,
                days: how.days,
            }
        })
        .collect();
    Advice {
        urgency,
        colour: urgency.colour(),
        pathways,
        findings,
        rules: sorted
            .iter()
            .map(|r| Fired { rule: r.id.clone(), title: r.title.clone(), urgency: r.urgency, why: r.why.clone(), tell: r.tell.clone() })
            .collect(),
        unsure,
        questions,
        safety_net: if nets.is_empty() {
            "If you get worse, or anything new worries you, call 111. Call 999 in an emergency.".to_owned()
        } else {
            nets.join(" ")
        },
        version: content.version.clone(),
    }
}

fn usual(urgency: Urgency) -> Pathway {
    match urgency {
        Urgency::Emergency | Urgency::SameDay => Pathway::DutyGp,
        Urgency::Soon | Urgency::Routine => Pathway::Gp,
        Urgency::SelfCare => Pathway::SelfCare,
        Urgency::Administrative => Pathway::Admin,
    }
}
