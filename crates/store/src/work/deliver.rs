//! Delivery: what became of a message or a job; what fails becomes work.

use jiff::Timestamp;
use portico_domain::{
    event::Verb,
    message::{Channel, Delivery, Purpose},
    request::{Door, Kind, Request},
    staff::{Actor, Presence, Role},
    triage::Urgency,
    work_item::{Command, WorkItem},
};
use portico_nhs::{JobId, MessageId, TeamId};

use super::{
    Act, Assignee, Intake, Practice,
    act::{act, send_another_way},
    receive,
};
use crate::{
    Failure, NewEvent, Tx,
    queries::{capacity, job, message, rota, staff, work_item},
};

fn system(job: &str) -> Actor {
    Actor::System { job: job.into() }
}

/// The outside service has taken a message; its receipt must come in time, if the service gives receipts.
pub async fn accepted(
    tx: &mut Tx,
    practice: &Practice,
    id: MessageId,
    provider_id: &str,
    answers: message::Answers,
) -> Result<(), Failure> {
    message::sent(tx.conn(), practice.organisation.id, id, provider_id, answers).await?;
    Ok(())
}

/// A receipt says that it has arrived; a second receipt changes nothing, and one that comes late still counts.
pub async fn arrived(tx: &mut Tx, practice: &Practice, id: MessageId) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let before = message::load(tx.conn(), organisation, id).await?.map(|m| m.message.delivery);
    if message::delivered(tx.conn(), organisation, id).await?
        && let Some(found) = message::load(tx.conn(), organisation, id).await?
    {
        let late = if before == Some(Delivery::Failed) { ", though its receipt came late" } else { "" };
        let words = format!("{} delivered{late}", found.message.channel.label());
        let event =
            NewEvent::plain(system("Delivery receipts"), Verb::MessageDelivered, words).about(found.message.item, found.message.patient);
        tx.record(organisation, event).await?;
    }
    Ok(())
}

/// It will not arrive: it becomes a work item, once.
pub async fn undelivered(tx: &mut Tx, practice: &Practice, id: MessageId, why: &str) -> Result<(), Failure> {
    not_delivered(tx, practice, id, why, None).await
}

/// Nothing was heard of it in time: it becomes a work item like one that did not arrive; a late receipt still counts.
pub async fn unconfirmed(tx: &mut Tx, practice: &Practice, id: MessageId, why: &str) -> Result<(), Failure> {
    let now = tx.now();
    not_delivered(tx, practice, id, why, Some(now)).await
}

async fn not_delivered(tx: &mut Tx, practice: &Practice, id: MessageId, why: &str, silent: Option<Timestamp>) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    if !message::failed(tx.conn(), organisation, id, why, silent).await? {
        return Ok(());
    }
    let Some(found) = message::load(tx.conn(), organisation, id).await? else { return Err(Failure::NotFound) };
    let item = work_item::load(tx.conn(), organisation, found.message.item).await?.ok_or(Failure::NotFound)?;
    let words = format!("{} not delivered: {why}", found.message.channel.label());
    tx.record(organisation, NewEvent::plain(system("Delivery receipts"), Verb::MessageFailed, words).about(item.id, item.patient)).await?;
    let (purpose, batch) = message::purpose(tx.conn(), organisation, id).await?;
    if batch.is_some() {
        return super::batch::not_reached(tx, practice, &found.message).await;
    }
    let other = send_another_way(tx, practice, &item, &found.message).await?;
    // A letter takes days: what cannot wait for it is work as well, and an appointment does not wait for the post.
    let about_a_time = purpose.is_some_and(Purpose::is_about_a_time);
    let unhurried =
        matches!(item.position.urgency, Some(Urgency::Routine | Urgency::SelfCare | Urgency::Administrative)) || !item.is_open();
    let waits = unhurried && !about_a_time;
    match other {
        Some(Channel::Letter) if !waits => {}
        Some(channel) => {
            let words = format!("Goes by {} instead", channel.amid());
            tx.record(organisation, NewEvent::plain(system("Delivery receipts"), Verb::Replied, words).about(item.id, item.patient))
                .await?;
            return Ok(());
        }
        None => {}
    }
    capacity::not_heard(tx.conn(), organisation, item.id, found.message.at).await?;
    let also = if other.is_some() { " A letter goes to them, which takes days." } else { "" };
    let words = format!("{} to the patient was not delivered: {why}. Reach them another way.{also}", found.message.channel.label());
    // The letter that went instead: whoever was to reach them learns that it did not arrive either.
    if found.message.channel == Channel::Letter
        && !item.is_red()
        && message::stands_in(tx.conn(), organisation, id).await?
        && let Some(known) = work_item::undelivered_about(tx.conn(), organisation, item.id).await?
    {
        act(tx, practice, &Act::new(system("Delivery receipts"), known, None, Command::Note { text: words })).await?;
        return Ok(());
    }
    alarm(tx, practice, &item, &words).await
}

/// A letter that must be in large print does not go by a service that prints in one size: somebody prints and posts it.
pub async fn goes_by_hand(tx: &mut Tx, practice: &Practice, id: MessageId) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    if !message::failed(tx.conn(), organisation, id, "it must be in large print, which the letter service has not", None).await? {
        return Ok(());
    }
    let Some(found) = message::load(tx.conn(), organisation, id).await? else { return Err(Failure::NotFound) };
    if message::purpose(tx.conn(), organisation, id).await?.1.is_some() {
        return super::batch::not_reached(tx, practice, &found.message).await;
    }
    let item = work_item::load(tx.conn(), organisation, found.message.item).await?.ok_or(Failure::NotFound)?;
    let words =
        "A letter to the patient must be in large print. Open the request, print the letter (it is in large print by itself) and post it.";
    alarm(tx, practice, &item, words).await
}

/// Makes a work item that says a patient has not been reached.
pub(crate) async fn alarm(tx: &mut Tx, practice: &Practice, item: &WorkItem, why: &str) -> Result<(), Failure> {
    let said = work_item::request(tx.conn(), practice.organisation.id, item.id).await?.unwrap_or_default();
    let words = format!("{why} About {}.", item.reference);
    let request = Request {
        words,
        emergency_signs: Vec::new(),
        duration: String::new(),
        tried: String::new(),
        worse: None,
        wish: String::new(),
        ..said
    };
    raise(tx, practice, Kind::Undelivered, request, Some(item)).await
}

/// Takes a step of the escalation: it is on the desk of a team at once, and in the log.
pub async fn escalate(tx: &mut Tx, practice: &Practice, actor: &Actor, team: TeamId, title: &str, words: &str) -> Result<(), Failure> {
    put_on_desk(tx, practice, actor, (team, None), title, words).await
}

/// Puts something on the desk of the practice manager who is at work; of the team that triages when none is.
pub async fn tell_manager(tx: &mut Tx, practice: &Practice, actor: &Actor, title: &str, words: &str) -> Result<(), Failure> {
    let (organisation, now) = (practice.organisation.id, tx.now());
    let on_leave = rota::on_leave(tx.conn(), organisation, now).await?;
    let is_there = |s: &staff::Staff| s.role == Role::Manager && s.presence == Presence::AtWork && !on_leave.contains(&s.id);
    let manager = staff::list(tx.conn(), organisation).await?.into_iter().find(is_there);
    let to = manager.map_or((practice.routing.triage, None), |m| (m.team, Some((m.id, true))));
    put_on_desk(tx, practice, actor, to, title, words).await
}

async fn put_on_desk(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    (team, person): (TeamId, Assignee),
    title: &str,
    words: &str,
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let request = Request { words: words.to_owned(), ..Request::default() };
    let intake = Intake::new(Kind::Task, Door::Staff, request, actor.clone());
    let received = Box::pin(receive(tx, practice, &intake)).await?;
    act(tx, practice, &Act::new(actor.clone(), received.item, None, Command::Assign { team, person })).await?;
    let event = NewEvent::plain(actor.clone(), Verb::RotaChanged, format!("Escalation: {title}")).about(received.item, None);
    tx.record(organisation, event).await?;
    Ok(())
}

async fn raise(tx: &mut Tx, practice: &Practice, kind: Kind, request: Request, about: Option<&WorkItem>) -> Result<(), Failure> {
    let intake = Intake {
        patient: about.and_then(|i| i.patient),
        about: about.map(|i| i.id),
        red: about.is_some_and(WorkItem::is_red),
        ..Intake::new(kind, Door::Staff, request, system("Portico"))
    };
    Box::pin(receive(tx, practice, &intake)).await?;
    Ok(())
}

/// Gives a job up after its last try; it becomes a work item that a person looks at.
pub async fn give_up_job(tx: &mut Tx, practice: &Practice, id: JobId, kind: &str, why: &str) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    job::dead(tx.conn(), organisation, id, why).await?;
    tx.record(organisation, NewEvent::plain(system(kind), Verb::JobFailed, format!("Given up: {why}"))).await?;
    let request = Request { words: format!("Background work “{kind}” failed and was given up: {why}"), ..Request::default() };
    raise(tx, practice, Kind::FailedJob, request, None).await
}
