//! Acting on an item: load, decide, record.

use portico_domain::{
    advice::{Advice, Asked, Mode, RecordRead},
    contact::{self, chain},
    event::Verb,
    message::{Address, Channel, Delivery, Direction, Facts, Message, Purpose},
    record::{Outcome, RecordEntry},
    request::{Request, YesNoUnsure},
    staff::{Actor, Presence},
    triage::{self, Urgency},
    work_item::{Command, Context, Effect, State, WaitingFor, WorkItem, decide},
};
use portico_nhs::{PatientId, StaffId, WorkItemId, when_words};
use serde::{Deserialize, Serialize};

use super::{Practice, deliver, intake::known_of, jobs, rule_book};
use crate::{
    Failure, NewEvent, StoreError, Tx,
    queries::{
        advice, booking, capacity, event, message, patient, private_link, record, rota, search, second_reading, self_book, staff, work_item,
    },
};

/// What somebody wants to do to an item.
#[derive(Debug, Clone)]
pub struct Act {
    /// Who.
    pub actor: Actor,
    /// To which.
    pub item: WorkItemId,
    /// The version that they saw; `None` when it does not matter (notes, patients, jobs).
    pub version: Option<i64>,
    /// What.
    pub command: Command,
    /// What a message to the patient may name besides the item.
    pub facts: Facts,
}

impl Act {
    /// An act without anything special to tell the patient.
    pub fn new(actor: Actor, item: WorkItemId, version: Option<i64>, command: Command) -> Self {
        Self { actor, item, version, command, facts: Facts::default() }
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Acted {
    /// The item's version now.
    pub version: i64,
    /// What happened, in words.
    pub words: String,
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()))
}

/// Does it, or refuses in words; rows, event, messages and jobs are one transaction.
pub async fn act(tx: &mut Tx, practice: &Practice, what: &Act) -> Result<Acted, Failure> {
    let organisation = practice.organisation.id;
    let item = work_item::load(tx.conn(), organisation, what.item).await?.ok_or(Failure::NotFound)?;
    if what.version.is_some_and(|seen| seen != item.version) {
        return Err(Failure::Stale);
    }
    let now = tx.now();
    let command = as_of_now(tx, practice, item.id, (&what.actor, &what.command)).await?;
    let context = Context { actor: &what.actor, now, calendar: &practice.calendar, teams: &practice.routing };
    if let Command::Triage { urgency, reason, .. } = &command
        && reason.trim().is_empty()
        && practice.advice_mode(now).0 == Mode::Advice
        && advice::of_item(tx.conn(), organisation, item.id)
            .await?
            .is_some_and(|k| k.mode == Mode::Advice && !k.advice.unsure && k.advice.urgency < *urgency)
    {
        return Err(Failure::Refused("This is less urgent than was advised. Say why.".into()));
    }
    let mut change = decide(&item, &command, &context)?;
    // An answer, or words that open a closed item, begin a new promise; any other change can only bring it nearer.
    let opened = !item.is_open() && change.verb != Verb::Undone && matches!(change.after.state, State::Open { .. });
    if opened
        && let State::Open { waiting: waiting @ WaitingFor::Practice, .. } = &mut change.after.state
        && let Some((booking, starts)) = booking::standing(tx.conn(), organisation, item.id, now).await?
    {
        // It was closed as booked and the appointment is still to come: it can be moved and cancelled again.
        *waiting = WaitingFor::Appointment { booking, starts };
    }
    let promised_by = match change.after.urgency {
        urgency if opened || change.verb == Verb::Answered => triage::promised_by(urgency, now),
        Some(urgency) => item.promised_by.min(triage::promised_by(Some(urgency), item.received_at.max(now))),
        None => item.promised_by,
    };
    if !work_item::update(tx.conn(), organisation, &item, &change.after, promised_by).await? {
        return Err(Failure::Stale);
    }
    if item.position.pathway.is_some() && change.after.pathway != item.position.pathway {
        work_item::move_service(tx.conn(), organisation, item.id, change.verb == Verb::Undone).await?;
    }
    let changed = change.after != item.position;
    let mut event = NewEvent::plain(what.actor.clone(), change.verb, &change.words).about(item.id, item.patient);
    if changed {
        event.before = Some(json(&item.position)?);
        event.after = Some(json(&change.after)?);
    }
    tx.record(organisation, event).await?;
    if change.verb == Verb::Triaged
        && let Some(urgency) = change.after.urgency
    {
        advice::decide(tx.conn(), organisation, item.id, urgency, now).await?;
    }
    let request = work_item::request(tx.conn(), organisation, item.id).await?.unwrap_or_default();
    let closes = matches!(change.after.state, State::Closed { .. });
    if closes && item.is_open() {
        rule_book::choose_for_second_reading(tx, practice, &item, &request, change.after.urgency).await?;
    } else if opened || change.verb == Verb::Undone {
        second_reading::unchoose(tx.conn(), organisation, item.id).await?;
    }
    // The patient hears when somebody speaks with them or something goes to them; what they end themselves needs no answer.
    use Outcome::{Advice, Cancelled, Duplicate, Emergency, Seen};
    let answered = matches!(change.after.state, State::Closed { outcome: Advice | Cancelled | Duplicate | Emergency | Seen, .. });
    if answered || change.verb == Verb::Called || change.effects.iter().any(|e| matches!(e, Effect::Message { .. })) {
        capacity::set_heard(tx.conn(), organisation, item.id, now).await?;
    }
    let words = change.words;
    for effect in change.effects {
        // What the patient reads is about the item as it is now; a slot is released from the item as it was.
        let seen = match effect {
            Effect::ReleaseSlot => item.clone(),
            _ => WorkItem { position: change.after.clone(), promised_by, ..item.clone() },
        };
        apply(tx, practice, &seen, &request, what, effect).await?;
    }
    Ok(Acted { version: item.version + 1, words })
}

/// Keeps what a patient writes by their link; in the mode advice, words that mean an emergency turn the item red at once.
pub async fn patient_writes(tx: &mut Tx, practice: &Practice, id: WorkItemId, text: &str) -> Result<Acted, Failure> {
    let writes = Act::new(Actor::Patient, id, None, Command::PatientWrites { text: text.to_owned() });
    let acted = act(tx, practice, &writes).await?;
    let organisation = practice.organisation.id;
    let item = work_item::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    if item.is_red() {
        return Ok(acted);
    }
    let said = work_item::request(tx.conn(), organisation, id).await?.unwrap_or_default();
    let known = known_of(tx, practice, item.patient).await?;
    let request = Request { words: text.to_owned(), person: said.person, ..Request::default() };
    let now = tx.now();
    let today = portico_nhs::uk_date(now);
    let asked = Asked { request: &request, kind: item.kind, today, repeat: true, sex: known.sex, facts: &known.facts, baby: known.baby };
    let Some((mode, read)) = super::intake::advised(practice, &asked, now) else { return Ok(acted) };
    let why = read.rules.first().map_or("what the patient wrote", |r| r.title.as_str()).to_owned();
    if mode == Mode::Advice && read.urgency == Urgency::Emergency {
        let sign = format!("{why} (triage advice on what the patient wrote, rule set {})", read.version);
        let acted = act(tx, practice, &Act::new(Actor::Patient, id, None, Command::TurnsRed { sign })).await?;
        keep_higher(tx, practice, &item, (mode, read), (&said.words, &asked.record())).await?;
        return Ok(acted);
    }
    // Somebody has triaged it for less than what was added supports: its history says so beside the words.
    if mode == Mode::Advice && item.position.urgency.is_some_and(|u| read.urgency < u) {
        let words = format!("{}: {why} (triage advice on what the patient wrote, rule set {})", read.urgency.label(), read.version);
        tx.record(organisation, NewEvent::plain(Actor::Patient, Verb::Advised, words).about(id, item.patient)).await?;
    }
    keep_higher(tx, practice, &item, (mode, read), (&said.words, &asked.record())).await?;
    Ok(acted)
}

/// Keeps what is advised on words that were added, when it is more urgent than what was advised before and nobody has decided.
async fn keep_higher(
    tx: &mut Tx,
    practice: &Practice,
    item: &WorkItem,
    (mode, mut read): (Mode, Advice),
    (words, record): (&str, &RecordRead),
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let kept = advice::of_item(tx.conn(), organisation, item.id).await?;
    if kept.is_some_and(|k| k.decided.is_some() || k.advice.urgency <= read.urgency) {
        return Ok(());
    }
    for rule in &mut read.rules {
        rule.why = format!("In what the patient added: {}", rule.why);
    }
    advice::put(tx.conn(), organisation, item.id, now, (mode, &super::drafts::found_in(read, words)), record).await?;
    Ok(())
}

/// Whether the person who is to be given an item is at work is looked up in this transaction: they may have just left.
async fn as_of_now(tx: &mut Tx, practice: &Practice, item: WorkItemId, (actor, command): (&Actor, &Command)) -> Result<Command, Failure> {
    if let Command::NoAnswer { text, .. } = command {
        tx.settle().await?;
        // Counted here, so that two people who ring do not both think that it was the first time.
        let attempt = event::calls_without_answer(tx.conn(), practice.organisation.id, item).await? + 1;
        return Ok(Command::NoAnswer { attempt, text: text.clone() });
    }
    let Command::Assign { team, person: Some((id, _)) } = command else { return Ok(command.clone()) };
    let at_work = is_at_work(tx, practice, *id, actor).await?;
    Ok(Command::Assign { team: *team, person: Some((*id, at_work)) })
}

/// Whether somebody may be given work by `actor`. Who is on leave and takes it themselves is at work.
async fn is_at_work(tx: &mut Tx, practice: &Practice, id: StaffId, actor: &Actor) -> Result<bool, Failure> {
    let (organisation, now) = (practice.organisation.id, tx.now());
    let present = staff::load(tx.conn(), organisation, id).await?.is_some_and(|s| s.presence == Presence::AtWork);
    let themself = matches!(actor, Actor::Staff { id: who, .. } if *who == id);
    Ok(present && (themself || !rota::on_leave(tx.conn(), organisation, now).await?.contains(&id)))
}

async fn apply(tx: &mut Tx, practice: &Practice, item: &WorkItem, request: &Request, what: &Act, effect: Effect) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let by = what.actor.name().to_owned();
    match effect {
        Effect::Message { purpose, text } => {
            let facts =
                Facts { text, who: if what.facts.who.is_empty() { by.clone() } else { what.facts.who.clone() }, ..what.facts.clone() };
            send(tx, practice, item, request, &by, purpose, facts).await?;
        }
        Effect::FromPatient { text } => written(tx, practice, item, &by, Direction::In, text).await?,
        Effect::Note { text } => written(tx, practice, item, &by, Direction::Internal, text).await?,
        Effect::Record { outcome, code, text } => {
            let entry = RecordEntry {
                id: tx.ids().next(),
                patient: item.patient,
                item: item.id,
                at: tx.now(),
                by,
                outcome,
                code,
                text,
                withdrawn: false,
            };
            record::insert(tx.conn(), organisation, &entry).await?;
        }
        Effect::WithdrawRecord => record::withdraw(tx.conn(), organisation, item.id).await?,
        Effect::ReleaseSlot => {
            if let State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } = item.position.state {
                let now = tx.now();
                booking::end(tx.conn(), organisation, booking, "cancelled", now).await?;
            }
        }
    }
    Ok(())
}

/// Keeps something that was written and goes nowhere: the patient's words, or a note.
async fn written(tx: &mut Tx, practice: &Practice, item: &WorkItem, by: &str, direction: Direction, body: String) -> Result<(), Failure> {
    let message = Message {
        id: tx.ids().next(),
        item: item.id,
        patient: item.patient,
        direction,
        channel: Channel::Link,
        delivery: Delivery::Posted,
        by: by.to_owned(),
        at: tx.now(),
        subject: String::new(),
        body,
        why_failed: None,
    };
    Ok(message::insert(tx.conn(), practice.organisation.id, &message, None, "").await?)
}

/// The request with what the patient's record knows where the request says nothing.
async fn with_known_contact(tx: &mut Tx, practice: &Practice, item: &WorkItem, request: &Request) -> Result<Request, Failure> {
    let mut request = request.clone();
    if let Some(id) = item.patient
        && let Some(known) = patient::load(tx.conn(), practice.organisation.id, id).await?
    {
        let person = &mut request.person;
        let said_how = person.phone.is_some() || person.email.is_some();
        if !said_how {
            person.phone = known.person.phone;
            person.email = known.person.email;
        }
        if person.address.is_empty() {
            person.address = known.person.address;
        }
        request.contact.large_print |= known.needs.large_print;
        request.contact.bsl |= known.needs.bsl;
        if request.contact.interpreter.is_none() {
            request.contact.interpreter = known.needs.interpreter;
        }
    }
    Ok(request)
}

/// Where a message goes, as it is stored.
pub(crate) fn written_address(request: &Request, address: Address) -> String {
    match address {
        Address::NhsApp(number) => number.digits(),
        Address::Sms(number) => number.as_str().to_owned(),
        // In one way of writing, so that an answer finds it.
        Address::Email(address) => address.to_lowercase(),
        Address::Letter(lines) => [request.person.name()].into_iter().chain(lines).collect::<Vec<_>>().join("\n"),
    }
}

/// Sends what failed by the next way that there is; says which. `None`: somebody must reach the patient.
pub(crate) async fn send_another_way(
    tx: &mut Tx,
    practice: &Practice,
    item: &WorkItem,
    failed: &Message,
) -> Result<Option<Channel>, Failure> {
    let organisation = practice.organisation.id;
    let request = work_item::request(tx.conn(), organisation, item.id).await?.unwrap_or_default();
    let request = with_known_contact(tx, practice, item, &request).await?;
    let rules = patient::contact_rules(tx.conn(), organisation, item.patient).await?;
    let (purpose, _) = message::purpose(tx.conn(), organisation, failed.id).await?;
    let cannot_wait = purpose.unwrap_or(Purpose::Reply).cannot_wait(item.position.urgency);
    let ways = chain(&request, &rules, cannot_wait);
    let Some((channel, address)) = contact::after(&ways, failed.channel).cloned() else { return Ok(None) };
    let now = tx.now();
    let again = Message { id: tx.ids().next(), channel, delivery: Delivery::Queued, at: now, why_failed: None, ..failed.clone() };
    message::insert(tx.conn(), organisation, &again, purpose.map(|p| p.code()), &written_address(&request, address)).await?;
    message::instead_of(tx.conn(), organisation, again.id, failed.id).await?;
    let goes = rules.goes_at(channel, purpose.unwrap_or(Purpose::Reply), item.position.urgency, now);
    tx.enqueue(organisation, jobs::that_sends(purpose.unwrap_or(Purpose::Reply), item.position.urgency), &again.id, goes)?;
    Ok(Some(channel))
}

/// Whether a text or an e-mail would reach the patient now, by what is agreed with them; what waits for the post or for an
/// hour of the day would come too late.
pub(crate) async fn is_reached_now(
    tx: &mut Tx,
    practice: &Practice,
    item: &WorkItem,
    request: &Request,
    purpose: Purpose,
) -> Result<bool, Failure> {
    let request = with_known_contact(tx, practice, item, request).await?;
    let rules = patient::contact_rules(tx.conn(), practice.organisation.id, item.patient).await?;
    let now = tx.now();
    let first = chain(&request, &rules, purpose.cannot_wait(item.position.urgency)).into_iter().next();
    Ok(first.is_some_and(|(channel, _)| {
        matches!(channel, Channel::Sms | Channel::Email | Channel::NhsApp)
            && rules.goes_at(channel, purpose, item.position.urgency, now) <= now
    }))
}

/// Writes a message to the patient and puts its sending into the outbox; one that has nowhere to go is work at once.
pub(crate) async fn send(
    tx: &mut Tx,
    practice: &Practice,
    item: &WorkItem,
    request: &Request,
    by: &str,
    purpose: Purpose,
    facts: Facts,
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let request = with_known_contact(tx, practice, item, request).await?;
    let rules = patient::contact_rules(tx.conn(), organisation, item.patient).await?;
    let way = chain(&request, &rules, purpose.cannot_wait(item.position.urgency)).into_iter().next();
    let (channel, sent_to) = way.map_or((Channel::Link, String::new()), |(channel, address)| (channel, written_address(&request, address)));
    let facts = Facts {
        practice: practice.organisation.name.clone(),
        practice_phone: practice.organisation.phone.clone(),
        patient_first_name: first_name(&request),
        reference: item.reference.to_string(),
        due: if facts.due.is_empty() { next_due(item, tx.now()) } else { facts.due.clone() },
        ..facts
    };
    let (subject, body) = practice.words.message(purpose, &facts).map_err(|e| Failure::Store(StoreError::Setup(e)))?;
    let message = Message {
        id: tx.ids().next(),
        item: item.id,
        patient: item.patient,
        direction: Direction::Out,
        channel,
        delivery: message::first_delivery(channel),
        by: by.to_owned(),
        at: tx.now(),
        subject,
        body,
        why_failed: None,
    };
    message::insert(tx.conn(), organisation, &message, Some(purpose.code()), &sent_to).await?;
    match channel {
        // The page that the patient is looking at says the same; nobody needs to ring.
        Channel::Link if purpose == Purpose::RequestReceived => {}
        Channel::Link => {
            let who = if request.contact.bsl {
                "Reach the patient with a sign language interpreter, do not ring".to_owned()
            } else if let Some(language) = &request.contact.interpreter {
                format!("Ring the patient with an interpreter ({language})")
            } else {
                "Ring the patient".to_owned()
            };
            deliver::alarm(tx, practice, item, &format!("{who}: there is no way to write to them that works and is allowed.")).await?
        }
        Channel::NhsApp | Channel::Sms | Channel::Email | Channel::Letter => {
            let now = tx.now();
            let goes = rules.goes_at(channel, purpose, item.position.urgency, now);
            tx.enqueue(organisation, jobs::that_sends(purpose, item.position.urgency), &message.id, goes)?;
        }
    }
    Ok(())
}

pub(crate) fn first_name(request: &Request) -> String {
    let given = request.asker.as_ref().map_or(request.person.given.as_str(), |a| a.name.as_str());
    let first = given.split_whitespace().next().unwrap_or_default();
    // A name is letters; anything else (a web address, say) is not sent in the practice's name.
    let is_name =
        !first.is_empty() && first.chars().count() <= 40 && first.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'));
    if is_name { first.to_owned() } else { "patient".to_owned() }
}

fn next_due(item: &WorkItem, now: jiff::Timestamp) -> String {
    match item.position.state {
        State::Open { next, waiting: WaitingFor::Patient { .. } } => when_words(next.due, now),
        State::Open { next, .. } => when_words(next.due.max(item.promised_by), now),
        State::Closed { .. } => String::new(),
    }
}

/// Undoes the last change of an item.
pub async fn undo(tx: &mut Tx, practice: &Practice, actor: &Actor, item: WorkItemId, version: i64) -> Result<Acted, Failure> {
    let organisation = practice.organisation.id;
    tx.settle().await?;
    let last = event::last_change(tx.conn(), organisation, item).await?;
    let Some((of, before)) = last.and_then(|e| e.before.map(|b| (e.verb, b))) else {
        return Err(Failure::Refused("There is nothing to undo.".into()));
    };
    let owner = match &before.state {
        State::Open { next, .. } => next.owner.person,
        State::Closed { .. } => None,
    };
    let owner_at_work = match owner {
        Some(id) => is_at_work(tx, practice, id, actor).await?,
        None => true,
    };
    let command = Command::Undo { of, before: Box::new(before), owner_at_work };
    act(tx, practice, &Act::new(actor.clone(), item, Some(version), command)).await
}

/// Staff say whose request it is.
pub async fn match_to_patient(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    version: i64,
    patient_id: PatientId,
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let mut item = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    if item.version != version {
        return Err(Failure::Stale);
    }
    let known = patient::load(tx.conn(), organisation, patient_id).await?.ok_or(Failure::NotFound)?;
    let key = patient::person_key(&known.person.given, &known.person.family, known.person.birth_date);
    // The history of who it was taken for says so too.
    if let Some(before) = item.patient.filter(|p| *p != patient_id) {
        let words = "Moved to another patient by hand: it was the wrong one. The private links that were sent no longer open it";
        private_link::revoke(tx.conn(), organisation, item.id).await?;
        self_book::revoke(tx.conn(), organisation, item.id).await?;
        tx.record(organisation, NewEvent::plain(actor.clone(), Verb::Merged, words).about(item.id, Some(before))).await?;
        item.earlier = None;
    }
    item.patient = Some(patient_id);
    item.person_name = known.person.name();
    item.birth_date = known.person.birth_date;
    if item.earlier.is_none() {
        let received = item.received_at;
        item.earlier = work_item::earlier(tx.conn(), organisation, item.id, item.patient, key.as_deref(), received).await?;
        item.position.earlier_read = item.earlier.is_none();
    }
    let request = work_item::request(tx.conn(), organisation, item.id).await?.unwrap_or_default();
    let new = work_item::NewItem { person_key: key, summary: super::intake::summary_of(&request), about: None };
    work_item::set_person(tx.conn(), organisation, &item, &new).await?;
    search::index(tx.conn(), organisation, search::Subject::Item(item.id), &search::tokens_of(&known.person)).await?;
    record::set_patient(tx.conn(), organisation, item.id, patient_id).await?;
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::Merged, "Matched to a patient by hand").about(item.id, Some(patient_id)))
        .await?;
    // Age, sex and what the record says may make the same words more urgent.
    heed(tx, practice, actor, (&item, &request), "with the record of the patient").await
}

/// The answers that a patient gives a colleague to the safety questions of the advice. Not sure counts as yes; an answer that is
/// changed is kept beside the new one, and a yes that is taken back still counts.
pub async fn answer_safety(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    id: WorkItemId,
    given: &[(String, YesNoUnsure)],
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let item = work_item::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    if !item.is_open() {
        return Err(Failure::Refused("This request is closed. Open it again before you ask more.".into()));
    }
    let mut request = work_item::request(tx.conn(), organisation, id).await?.unwrap_or_default();
    let questions = advice::of_item(tx.conn(), organisation, id).await?.map_or_else(Vec::new, |k| k.advice.questions);
    let mut words = Vec::new();
    for (concept, answer) in given {
        let Some(question) = questions.iter().find(|q| q.concept == *concept) else {
            return Err(Failure::Refused("The questions have changed meanwhile. Read them again.".into()));
        };
        request.answer_safety(concept, &question.text, *answer);
        words.push(format!("{} {}", question.text, answer.label()));
    }
    if words.is_empty() {
        return Err(Failure::Refused("Answer at least one question.".into()));
    }
    work_item::put_request(tx.conn(), organisation, id, &request).await?;
    let asked = NewEvent::plain(actor.clone(), Verb::SafetyAsked, words.join("; "));
    tx.record(organisation, asked.about(id, item.patient)).await?;
    heed(tx, practice, actor, (&item, &request), "with the answers to the safety questions").await
}

/// Reads a request again with what has become known, and in the mode advice turns it red when that makes it an emergency.
pub(crate) async fn heed(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    (item, request): (&WorkItem, &Request),
    with_what: &str,
) -> Result<(), Failure> {
    let read = super::drafts::read_again(tx, practice, item, (item.kind, request)).await?;
    let Some((Mode::Advice, read)) = read else { return Ok(()) };
    let why = read.rules.first().map_or("the words and the record", |r| r.title.as_str());
    if read.urgency == Urgency::Emergency && item.is_open() && !item.is_red() && !item.was_red {
        let sign = format!("{why} (triage advice {with_what}, rule set {})", read.version);
        act(tx, practice, &Act::new(actor.clone(), item.id, None, Command::TurnsRed { sign })).await?;
    } else if item.position.urgency.is_some_and(|u| read.urgency < u) {
        // Somebody has triaged it for less than what is known supports.
        let words = format!("{}: {why} (triage advice {with_what}, rule set {})", read.urgency.label(), read.version);
        tx.record(practice.organisation.id, NewEvent::plain(actor.clone(), Verb::Advised, words).about(item.id, item.patient)).await?;
    }
    Ok(())
}
