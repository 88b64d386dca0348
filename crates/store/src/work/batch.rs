//! Messages to many: made, released by a second person, sent at a pace, stopped, and tried again where they failed.

use jiff::SignedDuration;
use portico_domain::{
    batch::{BatchState, Invites, NotForMany, PatientText, STOP_MINUTES, may_release, not_now},
    contact::{chain, reach},
    event::Verb,
    message::{Delivery, Direction, Facts, Message, Purpose},
    record::Outcome,
    request::{Door, Kind, Request},
    staff::Actor,
    work_item::{Command, NextAction},
};
use portico_nhs::{MessageId, OrganisationId, PatientId, StaffId};
use uuid::Uuid;

use super::{
    Act, Intake, Practice,
    act::{act, first_name, written_address},
    jobs, receive,
};
use crate::{
    Failure, NewEvent, StoreError, Tx,
    queries::{
        batch::{self, Batch},
        message, patient, work_item,
    },
};

impl From<NotForMany> for Failure {
    fn from(why: NotForMany) -> Self {
        Failure::Refused(why.to_string())
    }
}

/// What is made.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// What staff call it.
    pub name: String,
    /// What patients read.
    pub text: PatientText,
    /// Whether each household gets one.
    pub one_a_household: bool,
    /// Messages a minute at most.
    pub a_minute: i64,
    /// What its people may book by themselves.
    pub invites: Option<Invites>,
}

/// Begins a batch; its people follow. It is on the desk until it is done.
pub async fn make_batch(tx: &mut Tx, practice: &Practice, (actor, maker): (&Actor, StaffId), new: &NewBatch) -> Result<Uuid, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let request = Request { words: format!("Message to many: {}", new.name), ..Request::default() };
    let intake = Intake::new(Kind::Task, Door::Staff, request, actor.clone());
    let item = receive(tx, practice, &intake).await?.item;
    let id: Uuid = tx.ids().next();
    let made = Batch {
        id,
        item,
        name: new.name.clone(),
        body: new.text.as_str().to_owned(),
        one_a_household: new.one_a_household,
        state: BatchState::Making,
        made_by: actor.name().to_owned(),
        made_by_id: maker,
        made_at: now,
        released_by: None,
        goes_at: None,
        a_minute: new.a_minute.clamp(1, 3000),
        invites: new.invites,
    };
    batch::insert(tx.conn(), organisation, &made).await?;
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::BatchChanged, format!("Made: {}", new.name)).about(item, None)).await?;
    Ok(id)
}

/// Ends the making: it can be read and released now.
pub async fn finish_making(tx: &mut Tx, organisation: OrganisationId, id: Uuid) -> Result<(), Failure> {
    batch::set_state(tx.conn(), organisation, id, (BatchState::Making, BatchState::Draft)).await?;
    Ok(())
}

/// Releases a batch. Nothing goes for a quarter of an hour.
pub async fn release_batch(tx: &mut Tx, organisation: OrganisationId, (actor, who): (&Actor, StaffId), id: Uuid) -> Result<(), Failure> {
    let found = batch::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    let figures = batch::figures(tx.conn(), organisation, id).await?;
    may_release(found.state, found.made_by_id, who, usize::try_from(figures.goes_to).unwrap_or(0))?;
    let goes_at = tx.now() + SignedDuration::from_mins(STOP_MINUTES);
    if !batch::release(tx.conn(), organisation, id, actor.name(), goes_at).await? {
        return Err(Failure::Stale);
    }
    let words = format!("Released to {} people: {}", figures.goes_to, found.name);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::BatchChanged, words).about(found.item, None)).await?;
    Ok(())
}

/// Stops a batch: what has not gone does not go.
pub async fn stop_batch(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, id: Uuid) -> Result<(), Failure> {
    let found = batch::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    let mut stopped = false;
    for from in [BatchState::Making, BatchState::Draft, BatchState::Released] {
        stopped |= batch::set_state(tx.conn(), organisation, id, (from, BatchState::Stopped)).await?;
    }
    let withdrawn = batch::withdraw(tx.conn(), organisation, id).await?;
    if !stopped && withdrawn == 0 {
        return Err(NotForMany::WrongState(found.state, "stopped").into());
    }
    let words = format!("Stopped: {}; {withdrawn} on their way were withdrawn", found.name);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::BatchChanged, words).about(found.item, None)).await?;
    Ok(())
}

/// Tries those again whose message failed; nobody else gets it a second time. What was stopped stays stopped.
pub async fn try_batch_again(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, id: Uuid) -> Result<u64, Failure> {
    let found = batch::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    let now = tx.now();
    let again = batch::again(tx.conn(), organisation, id, now).await?;
    let people = again.ok_or(NotForMany::WrongState(found.state, "tried again"))?;
    let words = format!("Tried again for {people} people: {}", found.name);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::BatchChanged, words).about(found.item, None)).await?;
    Ok(people)
}

/// Puts the next messages of a batch into the outbox; says how many. What is agreed about each person is looked at now.
pub async fn send_batch(tx: &mut Tx, practice: &Practice, id: Uuid, most: i64) -> Result<usize, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let found = batch::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    if found.state != BatchState::Released || found.goes_at.is_none_or(|at| at > now) {
        return Ok(0);
    }
    let people = batch::next(tx.conn(), organisation, id, most).await?;
    if people.is_empty() {
        batch::set_state(tx.conn(), organisation, id, (BatchState::Released, BatchState::Done)).await?;
        return Ok(0);
    }
    let count = people.len();
    for who in people {
        send_one(tx, practice, &found, who).await?;
    }
    Ok(count)
}

async fn send_one(tx: &mut Tx, practice: &Practice, of: &Batch, who: PatientId) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let Some(known) = patient::load(tx.conn(), organisation, who).await? else { return Ok(()) };
    let rules = patient::contact_rules(tx.conn(), organisation, Some(who)).await?;
    let request = Request { person: known.person, contact: known.needs, ..Request::default() };
    if let Some(why) = not_now(&rules, reach(&request, &rules, false)) {
        return Ok(batch::leave_out(tx.conn(), organisation, of.id, who, why).await?);
    }
    // Tried again, it goes another way when there is one.
    let ways = chain(&request, &rules, false);
    let tried = batch::tried(tx.conn(), organisation, of.id, who).await?;
    let untried = ways.iter().find(|(channel, _)| !tried.contains(channel));
    let Some((channel, address)) = untried.or(ways.first()).cloned() else { return Ok(()) };
    let facts = Facts {
        practice: practice.organisation.name.clone(),
        practice_phone: practice.organisation.phone.clone(),
        patient_first_name: first_name(&request),
        text: of.text(),
        ..Facts::default()
    };
    let (subject, body) = practice.words.message(Purpose::Campaign, &facts).map_err(|e| Failure::Store(StoreError::Setup(e)))?;
    let now = tx.now();
    let id: MessageId = tx.ids().next();
    let sent = Message {
        id,
        item: of.item,
        patient: Some(who),
        direction: Direction::Out,
        channel,
        delivery: Delivery::Queued,
        by: of.made_by.clone(),
        at: now,
        subject,
        body,
        why_failed: None,
    };
    message::insert(tx.conn(), organisation, &sent, Some(Purpose::Campaign.code()), &written_address(&request, address)).await?;
    batch::on_its_way(tx.conn(), organisation, of.id, who, id).await?;
    let goes = rules.goes_at(channel, Purpose::Campaign, None, now);
    tx.enqueue(organisation, jobs::SEND_TO_MANY, &id, goes)?;
    Ok(())
}

/// Everything of a batch has arrived: its item is closed, with the figures.
pub async fn close_batch(tx: &mut Tx, practice: &Practice, id: Uuid) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let found = batch::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    let figures = batch::figures(tx.conn(), organisation, id).await?;
    let system = Actor::System { job: "Messages to many".into() };
    let text = format!("Sent to {} people: {}. Nothing is outstanding.", figures.goes_to, found.name);
    let command = Command::Close { outcome: Outcome::AdminDone, code: None, text };
    act(tx, practice, &Act::new(system, found.item, None, command)).await?;
    Ok(())
}

/// Somebody of a batch was not reached: its item says so until somebody has looked at the results.
pub(crate) async fn not_reached(tx: &mut Tx, practice: &Practice, failed: &Message) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let item = work_item::load(tx.conn(), organisation, failed.item).await?.ok_or(Failure::NotFound)?;
    let system = Actor::System { job: "Messages to many".into() };
    let seen = item.next().is_some_and(|n| n.action != NextAction::Resend);
    if !item.is_open() || seen {
        let command = Command::NotReached;
        act(tx, practice, &Act::new(system, item.id, None, command)).await?;
    }
    Ok(())
}
