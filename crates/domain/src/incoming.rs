//! What patients write by text and e-mail, before anybody knows whose it is.

use jiff::{SignedDuration, Timestamp};
use portico_nhs::{MessageId, PatientId, PhoneNumber, WorkItemId};

use crate::{
    message::Channel,
    request::{AnswerBy, Contact, Door, Person, Request},
};

/// How long an answer by text or e-mail is taken to belong to the last thing that was sent there.
pub const ANSWERS_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Confirmations that one address is sent in a day, so that two programs do not write to each other for ever.
pub const CONFIRMED_A_DAY: i64 = 3;

/// A text message or an e-mail from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// As the outside system knows it: the same at every reading.
    pub id: String,
    /// `Sms` or `Email`.
    pub channel: Channel,
    /// The number or the address that it came from.
    pub from: String,
    /// The name beside the address.
    pub name: String,
    /// The subject line of an e-mail.
    pub subject: String,
    /// The words.
    pub text: String,
    /// The messages of ours that an e-mail says it answers.
    pub answers: Vec<MessageId>,
    /// Whether a program wrote it: an absence note.
    pub automatic: bool,
}

/// A message that went to the address which something came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentThere {
    /// The message.
    pub message: MessageId,
    /// What it was about.
    pub item: WorkItemId,
    /// Whose item that is now, when it is matched.
    pub patient: Option<PatientId>,
    /// When.
    pub at: Timestamp,
    /// Whether it was a message to many, whose item is about nobody.
    pub to_many: bool,
}

/// The message that something answers, from what went to its sender's address (newest first). An e-mail names what it answers.
/// Otherwise it is the last thing sent there of late, if everything sent there was to one person: a number that a family
/// shares says nothing, and a person finds out.
pub fn answers_which(incoming: &Incoming, sent: &[SentThere], now: Timestamp) -> Option<SentThere> {
    if let Some(named) = sent.iter().find(|s| incoming.answers.contains(&s.message)) {
        return Some(*named);
    }
    // An answer to something that went to another address was forwarded: whose it is, a person finds out.
    if incoming.from.is_empty() || !incoming.answers.is_empty() {
        return None;
    }
    let of_late: Vec<&SentThere> = sent.iter().filter(|s| s.at + ANSWERS_WITHIN >= now).collect();
    let last = of_late.first()?;
    let same_matter = |s: &SentThere| s.item == last.item && !s.to_many;
    let one_person = of_late.iter().all(|s| same_matter(s) || (s.patient.is_some() && s.patient == last.patient));
    one_person.then_some(**last)
}

impl Incoming {
    /// The door that it came by.
    pub fn door(&self) -> Door {
        if self.channel == Channel::Sms { Door::Text } else { Door::Email }
    }

    /// The words with the subject above them, unless that only says what is being answered.
    pub fn words(&self) -> String {
        let subject = self.subject.trim();
        let repeats = subject.is_empty() || subject.to_lowercase().starts_with("re:");
        let words = if repeats { self.text.trim().to_owned() } else { format!("{subject}\n\n{}", self.text.trim()) };
        let words = if words.trim().is_empty() { "(Nothing was written.)".to_owned() } else { words };
        if self.automatic { format!("Written by a program: {words}") } else { words }
    }

    /// The request that it is when it answers nothing: from somebody whom staff must match, to be answered the same way.
    pub fn request(&self) -> Request {
        let (phone, email) = match self.channel {
            Channel::Sms => (self.from.parse::<PhoneNumber>().ok(), None),
            _ => (None, Some(self.from.clone()).filter(|f| !f.is_empty())),
        };
        let answer_by = if phone.is_some() { AnswerBy::Text } else { AnswerBy::Email };
        // The name beside an address is what its owner typed once; family names last, as most write them.
        let (given, family) = self.name.rsplit_once(' ').unwrap_or((self.name.as_str(), ""));
        let person = Person { given: given.trim().to_owned(), family: family.trim().to_owned(), phone, email, ..Person::default() };
        Request { person, words: self.words(), contact: Contact { answer_by, ..Contact::default() }, ..Request::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn id<T: From<uuid::Uuid>>(n: u128) -> T {
        uuid::Uuid::from_u128(n).into()
    }

    fn sent(message: u128, item: u128, patient: Option<u128>, when: &str) -> SentThere {
        SentThere { message: id(message), item: id(item), patient: patient.map(id), at: at(when), to_many: false }
    }

    fn text() -> Incoming {
        let (name, subject) = (String::new(), String::new());
        let (id, from, text) = ("1".into(), "+447700900123".into(), "Yes please".into());
        Incoming { id, channel: Channel::Sms, from, name, subject, text, answers: Vec::new(), automatic: false }
    }

    fn item(incoming: &Incoming, sent: &[SentThere], now: Timestamp) -> Option<WorkItemId> {
        answers_which(incoming, sent, now).map(|s| s.item)
    }

    #[test]
    fn an_answer_belongs_to_the_last_thing_sent_to_one_person() {
        let now = at("2026-01-10T09:00:00Z");
        let one = [sent(2, 20, Some(1), "2026-01-09T09:00:00Z"), sent(1, 10, Some(1), "2026-01-08T09:00:00Z")];
        assert_eq!(item(&text(), &one, now), Some(id(20)));
        let family = [one[0], sent(3, 30, Some(2), "2026-01-07T09:00:00Z")];
        assert_eq!(item(&text(), &family, now), None, "a mother and her son share the number");
        let long_ago = [one[0], sent(3, 30, Some(2), "2025-12-01T09:00:00Z")];
        assert_eq!(item(&text(), &long_ago, now), Some(id(20)));
        let unmatched = [sent(2, 20, None, "2026-01-09T09:00:00Z"), sent(1, 10, None, "2026-01-08T09:00:00Z")];
        assert_eq!(item(&text(), &unmatched, now), None, "two requests of nobody known may be of two people");
        assert_eq!(item(&text(), &unmatched[..1], now), Some(id(20)));
        assert_eq!(item(&text(), &[], now), None);
        let to_two = |who| SentThere { to_many: true, ..sent(who, 20, Some(u128::from(who != 2)), "2026-01-09T09:00:00Z") };
        assert_eq!(answers_which(&text(), &[to_two(1), to_two(2)], now), None, "one message to many went to both at this number");
        assert_eq!(answers_which(&text(), &[to_two(1)], now).map(|s| s.to_many), Some(true));
    }

    #[test]
    fn an_email_names_what_it_answers() {
        let now = at("2026-03-10T09:00:00Z");
        let family = [sent(2, 20, Some(1), "2026-03-09T09:00:00Z"), sent(3, 30, Some(2), "2026-01-07T09:00:00Z")];
        let mail = Incoming { channel: Channel::Email, answers: vec![id(3)], ..text() };
        assert_eq!(item(&mail, &family, now), Some(id(30)));
        // An id that was not sent to this address is anybody's to write.
        let stranger = Incoming { channel: Channel::Email, answers: vec![id(9)], ..text() };
        let own = [sent(2, 20, Some(1), "2026-03-09T09:00:00Z")];
        assert_eq!(item(&stranger, &own, now), None, "the mother forwarded what was written about her child");
        assert_eq!(item(&Incoming { answers: Vec::new(), ..stranger }, &own, now), Some(id(20)));
    }

    #[test]
    fn a_new_request_says_who_wrote_and_how_to_answer() {
        let mail = Incoming {
            channel: Channel::Email,
            from: "ada@example.com".into(),
            name: "Ada Mary Osei".into(),
            subject: "My prescription".into(),
            ..text()
        };
        let request = mail.request();
        assert_eq!((request.person.given.as_str(), request.person.family.as_str()), ("Ada Mary", "Osei"));
        assert_eq!(request.words, "My prescription\n\nYes please");
        assert_eq!((request.contact.answer_by, request.person.phone.clone()), (AnswerBy::Email, None));
        assert_eq!(Incoming { subject: "RE: x".into(), text: " ".into(), ..mail }.words(), "(Nothing was written.)");
        assert_eq!(text().request().person.phone.unwrap().as_str(), "+447700900123");
    }
}
