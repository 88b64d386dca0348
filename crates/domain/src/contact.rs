//! Safe contact: by which channels and at which hours somebody may be reached, and in what order.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
};
use portico_nhs::{NhsNumber, PhoneNumber, codes, london};
use serde::{Deserialize, Serialize};

use crate::{
    message::{Address, Channel, Purpose},
    request::{AnswerBy, Request},
    triage::Urgency,
};

/// Texts that nobody waits for go out between these hours of the day in England.
const WAKING: (i8, i8) = (8, 20);

codes! {
    /// Whether somebody is a patient of the practice.
    Standing {
        Registered = "registered", "Registered";
        Left = "left", "Left the practice";
        Dead = "dead", "Has died";
    }
}

/// What is agreed with a patient about reaching them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRules {
    /// Channels that are never used, because they are not safe or of no use.
    pub never: Vec<Channel>,
    /// Channels that they have not agreed to.
    #[serde(default)]
    pub no_consent: Vec<Channel>,
    /// The hours of the day between which texts and e-mails may reach them, in England; outside them never, whatever it is.
    pub hours: Option<(i8, i8)>,
    /// Somebody near them must not learn of it: staff see this before they ring.
    pub at_risk: bool,
    /// What staff must know before they reach them.
    pub note: String,
    /// They do not want messages to many.
    pub no_campaigns: bool,
    /// From which day to which day they cannot come, both included.
    #[serde(default)]
    pub cannot_come: Vec<(Date, Date)>,
    /// Whether they are a patient.
    pub standing: Standing,
    /// The NHS number of somebody who has the NHS App and is told on their phone when a message comes. Not agreed: NHS
    /// Notify says so once a day.
    #[serde(skip)]
    pub app: Option<NhsNumber>,
}

impl Default for ContactRules {
    fn default() -> Self {
        Self {
            never: Vec::new(),
            no_consent: Vec::new(),
            hours: None,
            at_risk: false,
            note: String::new(),
            no_campaigns: false,
            cannot_come: Vec::new(),
            standing: Standing::Registered,
            app: None,
        }
    }
}

impl ContactRules {
    /// What is agreed, in sentences; nothing when nothing special is.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        match self.standing {
            Standing::Registered => {}
            Standing::Left => said.push("Has left the practice.".to_owned()),
            Standing::Dead => said.push("Has died. Nothing is sent.".to_owned()),
        }
        for channel in &self.never {
            said.push(format!("Never by {}.", channel.amid()));
        }
        for channel in &self.no_consent {
            said.push(format!("Has not agreed to {}.", channel.amid()));
        }
        if self.app.is_some() {
            said.push("Has the NHS App, and is told on their phone when a message comes.".to_owned());
        }
        if let Some((from, to)) = self.hours {
            said.push(format!("Texts and e-mails only between {from}:00 and {to}:00."));
        }
        for (from, to) in &self.cannot_come {
            let day = |d: &Date| d.strftime("%-d %B %Y").to_string();
            said.push(if from == to {
                format!("Cannot come on {}.", day(from))
            } else {
                format!("Cannot come from {} to {}.", day(from), day(to))
            });
        }
        if self.no_campaigns {
            said.push("No messages to many.".to_owned());
        }
        if !self.note.is_empty() {
            said.push(self.note.clone());
        }
        said
    }

    /// Whether a channel must not be used.
    pub fn forbids(&self, channel: Channel) -> bool {
        // A message in the App shows on the same phone as a text, where somebody near may see it.
        let as_text = channel == Channel::NhsApp && (self.at_risk || self.never.contains(&Channel::Sms));
        self.standing == Standing::Dead || self.never.contains(&channel) || self.no_consent.contains(&channel) || as_text
    }

    /// Whether a message may go by this channel at this moment. Letters have no hour.
    pub fn may_go(&self, channel: Channel, at: Timestamp) -> bool {
        let hour = at.to_zoned(london()).hour();
        let within = self.hours.is_none_or(|(from, to)| (from..to).contains(&hour));
        !self.forbids(channel) && (within || matches!(channel, Channel::Letter | Channel::Link))
    }

    /// The first moment from `at` on at which a message may go by a channel that is not forbidden. What somebody waits for
    /// goes at once, what is urgent too; other texts wait for waking hours. The hours that were agreed hold for everything.
    pub fn goes_at(&self, channel: Channel, purpose: Purpose, urgency: Option<Urgency>, at: Timestamp) -> Timestamp {
        if matches!(channel, Channel::Letter | Channel::Link) {
            return at;
        }
        let urgent = matches!(urgency, Some(Urgency::Emergency | Urgency::SameDay));
        let waking = (matches!(channel, Channel::Sms | Channel::NhsApp) && !urgent && !purpose.is_waited_for()).then_some(WAKING);
        [waking, self.hours].into_iter().flatten().fold(at, next_within).max(at)
    }
}

/// The first moment from `at` on that lies between two hours of the day.
fn next_within(at: Timestamp, (from, to): (i8, i8)) -> Timestamp {
    let z = at.to_zoned(london());
    if (from..to).contains(&z.hour()) {
        return at;
    }
    let mut day = if z.hour() >= to { z.date().tomorrow().unwrap_or(z.date()) } else { z.date() };
    let begins = Time::new(from.clamp(0, 23), 0, 0, 0).unwrap_or(Time::midnight());
    // On a night in spring an hour is not there; if it is the one that was agreed, it waits for the day after.
    for _ in 0..2 {
        match crate::rota::moment(day, begins) {
            Some(goes) if (from..to).contains(&goes.to_zoned(london()).hour()) => return goes,
            _ => day = day.tomorrow().unwrap_or(day),
        }
    }
    at + SignedDuration::from_hours(12)
}

impl Purpose {
    /// Whether it answers something that the patient has just done or agreed.
    pub fn is_waited_for(self) -> bool {
        matches!(self, Purpose::RequestReceived | Purpose::Booked | Purpose::BookingMoved | Purpose::BookingCancelled)
    }

    /// Whether it is of no use when it is read tomorrow: what is about something urgent, and a slot that is kept for an hour.
    pub fn cannot_wait(self, urgency: Option<Urgency>) -> bool {
        self == Purpose::SlotOffered || matches!(urgency, Some(Urgency::Emergency | Urgency::SameDay))
    }

    /// Whether it says when to come, or not to: somebody who does not have it may stand before a closed door.
    pub fn is_about_a_time(self) -> bool {
        matches!(
            self,
            Purpose::Booked
                | Purpose::BookingMoved
                | Purpose::BookingCancelled
                | Purpose::Rebook
                | Purpose::Reminder
                | Purpose::SlotOffered
        )
    }
}

/// The ways to reach somebody, best first: what they asked for where it can work, a letter when they need large print,
/// then the NHS App, text, e-mail and letter. What cannot wait goes by text before it goes into an App that may lie unread.
/// Whoever needs an interpreter and can be rung gets no letter that they did not ask for: somebody rings with one. What is forbidden is not among them; when nothing is left, somebody rings.
pub fn chain(request: &Request, rules: &ContactRules, cannot_wait: bool) -> Vec<(Channel, Address)> {
    let person = &request.person;
    let sms = person.phone.clone().filter(PhoneNumber::takes_texts).map(|n| (Channel::Sms, Address::Sms(n)));
    let email = person.email.clone().map(|e| (Channel::Email, Address::Email(e)));
    // Who asks for somebody else is answered themselves, not in the patient's own App.
    let app = rules.app.filter(|_| request.asker.is_none()).map(|number| (Channel::NhsApp, Address::NhsApp(number)));
    let letter = (!person.address.is_empty()).then(|| (Channel::Letter, Address::Letter(person.address.clone())));
    let wished = match request.contact.answer_by {
        AnswerBy::Letter => letter.clone(),
        AnswerBy::Email => email.clone(),
        AnswerBy::Text => sms.clone(),
        AnswerBy::Phone => None,
    };
    // A letter in a language that they do not read would only look sent.
    let rung = person.phone.is_some() && !request.contact.bsl;
    let last = letter.clone().filter(|_| request.contact.interpreter.is_none() || !rung);
    let large_print = letter.filter(|_| request.contact.large_print);
    let quickest = sms.clone().filter(|_| cannot_wait);
    let mut ways: Vec<(Channel, Address)> = Vec::new();
    for way in [wished, large_print, quickest, app, sms, email, last].into_iter().flatten() {
        if !rules.forbids(way.0) && ways.iter().all(|(channel, _)| *channel != way.0) {
            ways.push(way);
        }
    }
    ways
}

/// Whether somebody can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Best by this.
    By(Channel),
    /// Only by ways that they have not agreed to.
    NotAgreed,
    /// By no way that there is and that is allowed.
    Nowhere,
}

/// The best way to write to somebody, or why there is none.
pub fn reach(request: &Request, rules: &ContactRules, cannot_wait: bool) -> Reach {
    let first = |rules: &ContactRules| chain(request, rules, cannot_wait).first().map(|(channel, _)| *channel);
    match first(rules) {
        Some(channel) => Reach::By(channel),
        None if first(&ContactRules { no_consent: Vec::new(), ..rules.clone() }).is_some() => Reach::NotAgreed,
        None => Reach::Nowhere,
    }
}

/// The way after one that has failed; `None` when somebody must ring.
pub fn after(ways: &[(Channel, Address)], failed: Channel) -> Option<&(Channel, Address)> {
    match ways.iter().position(|(channel, _)| *channel == failed) {
        Some(n) => ways.get(n + 1),
        None => ways.first(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Asker, Contact, Person};

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(london()).unwrap().timestamp()
    }

    fn request() -> Request {
        let person = Person {
            phone: "07700 900123".parse().ok(),
            email: Some("ada@example.com".into()),
            address: vec!["1 High Street".into()],
            ..Person::default()
        };
        Request { person, ..Request::default() }
    }

    #[test]
    fn the_order_follows_what_is_wished_needed_and_forbidden() {
        let channels = |r: &Request, rules: &ContactRules| chain(r, rules, false).into_iter().map(|(c, _)| c).collect::<Vec<_>>();
        let all = ContactRules::default();
        assert_eq!(channels(&request(), &all), [Channel::Sms, Channel::Email, Channel::Letter]);
        let email = Request { contact: Contact { answer_by: AnswerBy::Email, ..Contact::default() }, ..request() };
        assert_eq!(channels(&email, &all), [Channel::Email, Channel::Sms, Channel::Letter]);
        let print = Request { contact: Contact { large_print: true, ..Contact::default() }, ..request() };
        assert_eq!(channels(&print, &all), [Channel::Letter, Channel::Sms, Channel::Email]);
        let interpreter = Request { contact: Contact { interpreter: Some("Urdu".into()), ..Contact::default() }, ..request() };
        assert_eq!(channels(&interpreter, &all), [Channel::Sms, Channel::Email], "then somebody rings with an interpreter");
        let no_phone = Request { person: Person { phone: None, ..interpreter.person.clone() }, ..interpreter.clone() };
        assert_eq!(channels(&no_phone, &all), [Channel::Email, Channel::Letter]);
        let signs = Request { contact: Contact { bsl: true, ..interpreter.contact.clone() }, ..request() };
        assert_eq!(channels(&signs, &all), [Channel::Sms, Channel::Email, Channel::Letter], "nobody rings who signs");
        let never = ContactRules { never: vec![Channel::Sms, Channel::Letter], ..all.clone() };
        assert_eq!(channels(&print, &never), [Channel::Email]);
        assert_eq!(channels(&request(), &ContactRules { standing: Standing::Dead, ..all.clone() }), []);
        let app = ContactRules { app: "900 000 0009".parse().ok(), ..all.clone() };
        assert!(app.app.is_some());
        assert_eq!(channels(&request(), &app), [Channel::NhsApp, Channel::Sms, Channel::Email, Channel::Letter]);
        let text = Request { contact: Contact { answer_by: AnswerBy::Text, ..Contact::default() }, ..request() };
        assert_eq!(channels(&text, &app)[..2], [Channel::Sms, Channel::NhsApp], "they asked for a text");
        assert_eq!(channels(&email, &app)[..2], [Channel::Email, Channel::NhsApp]);
        let asker = Some(Asker { name: "Grace".into(), relationship: "daughter".into() });
        assert_eq!(channels(&Request { asker, ..request() }, &app)[0], Channel::Sms, "her daughter asked, and waits for the answer");
        let urgent = chain(&request(), &app, Purpose::Reply.cannot_wait(Some(Urgency::SameDay)));
        assert_eq!(urgent[0].0, Channel::Sms, "an App may lie unread");
        assert_eq!(channels(&request(), &ContactRules { never: vec![Channel::NhsApp], ..app.clone() }), channels(&request(), &all));
        assert_eq!(channels(&request(), &ContactRules { at_risk: true, ..app.clone() }), channels(&request(), &all));
        assert_eq!(channels(&request(), &ContactRules { never: vec![Channel::Sms], ..app }), [Channel::Email, Channel::Letter]);
        let text_only = Request { person: Person { email: None, address: Vec::new(), ..request().person }, ..request() };
        let not_agreed = ContactRules { no_consent: vec![Channel::Sms], ..all.clone() };
        assert_eq!(reach(&text_only, &not_agreed, false), Reach::NotAgreed);
        assert_eq!(reach(&text_only, &ContactRules { never: vec![Channel::Sms], ..not_agreed.clone() }, false), Reach::Nowhere);
        assert_eq!(reach(&request(), &not_agreed, false), Reach::By(Channel::Email));
        let ways = chain(&request(), &all, false);
        assert_eq!(after(&ways, Channel::Sms).map(|w| w.0), Some(Channel::Email));
        assert_eq!(after(&ways, Channel::Letter), None);
        assert_eq!(after(&chain(&request(), &never, false), Channel::Sms).map(|w| w.0), Some(Channel::Email), "forbidden meanwhile");
    }

    #[test]
    fn quiet_hours_wait_for_the_morning_and_agreed_hours_hold_for_everything() {
        let rules = ContactRules::default();
        let night = at("2026-01-05T23:10");
        let goes = |r: &ContactRules, c, p, u, t| r.goes_at(c, p, u, t);
        assert_eq!(goes(&rules, Channel::Sms, Purpose::Reply, None, night), at("2026-01-06T08:00"));
        assert_eq!(goes(&rules, Channel::Sms, Purpose::RequestReceived, None, night), night, "she has just asked");
        assert_eq!(goes(&rules, Channel::Sms, Purpose::Reply, Some(Urgency::SameDay), night), night);
        assert_eq!(goes(&rules, Channel::Email, Purpose::Reply, None, night), night);
        let safe = ContactRules { hours: Some((10, 12)), ..rules };
        assert_eq!(goes(&safe, Channel::Email, Purpose::RequestReceived, Some(Urgency::Emergency), night), at("2026-01-06T10:00"));
        assert_eq!(goes(&safe, Channel::Sms, Purpose::Reply, None, at("2026-01-05T11:59")), at("2026-01-05T11:59"));
        assert_eq!(goes(&safe, Channel::Letter, Purpose::Reply, None, night), night, "a letter has no hour");
    }

    #[test]
    fn ten_thousand_sends_reach_nobody_by_a_forbidden_channel_or_at_a_forbidden_hour() {
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        let mut draw = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) % below
        };
        let (mut sent, mut rung) = (0, 0);
        for n in 0..10_000i64 {
            let now = at("2026-01-05T00:00") + SignedDuration::from_mins(47 * n);
            let all = [Channel::NhsApp, Channel::Sms, Channel::Email, Channel::Letter];
            let never = all.into_iter().filter(|_| draw(4) == 0).collect();
            let no_consent = all.into_iter().filter(|_| draw(6) == 0).collect();
            let at_risk = draw(5) == 0;
            let from = draw(20) as i8;
            let hours = (draw(2) == 0).then(|| (from, from + 1 + draw(4) as i8));
            let standing = if draw(20) == 0 { Standing::Dead } else { Standing::Registered };
            let app = if draw(2) == 0 { "900 000 0009".parse().ok() } else { None };
            let rules = ContactRules { never, no_consent, at_risk, hours, standing, app, ..ContactRules::default() };
            let wish = [AnswerBy::Text, AnswerBy::Email, AnswerBy::Letter, AnswerBy::Phone][draw(4) as usize];
            let mut request = request();
            request.contact = Contact { answer_by: wish, large_print: draw(4) == 0, ..Contact::default() };
            let purpose = Purpose::ALL[draw(Purpose::ALL.len() as u64) as usize];
            let urgency = [None, Some(Urgency::Emergency), Some(Urgency::Routine)][draw(3) as usize];
            // The whole chain, as if every channel failed.
            let ways = chain(&request, &rules, purpose.cannot_wait(urgency));
            let mut way = ways.first();
            rung += usize::from(way.is_none());
            while let Some((channel, _)) = way {
                let goes = rules.goes_at(*channel, purpose, urgency, now);
                assert!(rules.may_go(*channel, goes), "{channel:?} at {goes} under {rules:?}");
                let said_no = rules.never.contains(channel) || rules.no_consent.contains(channel);
                assert!(!(said_no || rules.at_risk && *channel == Channel::NhsApp), "{channel:?} under {rules:?}");
                let hour = goes.to_zoned(london()).hour();
                let within = rules.hours.is_none_or(|(from, to)| (from..to).contains(&hour)) || *channel == Channel::Letter;
                assert!(within, "{channel:?} at {hour} under {rules:?}");
                assert!(goes >= now && goes < now + SignedDuration::from_hours(73));
                sent += 1;
                way = after(&ways, *channel);
            }
        }
        assert!(sent > 10_000 && rung > 100, "{sent} sent, {rung} rung");
    }
}
