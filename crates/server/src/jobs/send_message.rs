//! Sends one message. Run twice, it sends once: a message that is not waiting is left alone, and a service that
//! may have taken an earlier try is asked first.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_domain::message::{Channel, Delivery, Direction, LINK_MARK, Purpose, handed_over_at, receipt_deadline};
use portico_interop::SendFailure;
use portico_nhs::MessageId;
use portico_store::{
    Failure, StoreError,
    queries::{invitation, message, patient, private_link, work_item},
    work,
    work::Practice,
};

use super::{JobError, Jobs, TRIES};
use crate::post::{Letter, Outlet};

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>, payload: &str, attempts: i64) -> Result<(), JobError> {
    let id: MessageId = serde_json::from_str(payload).map_err(|e| Failure::Store(StoreError::Corrupt(e.to_string())))?;
    let organisation = practice.organisation.id;
    let found = message::load(&mut jobs.store.reader().await?, organisation, id).await?;
    let Some(found) = found.filter(|f| f.message.delivery == Delivery::Queued) else { return Ok(()) };
    let m = &found.message;
    // What is agreed about reaching the patient may have changed since it was written.
    let rules = patient::contact_rules(&mut jobs.store.reader().await?, organisation, m.patient).await?;
    if m.direction != Direction::Out || rules.forbids(m.channel) {
        let (practice, why) = (practice.clone(), "this way of reaching the patient is not allowed any more");
        jobs.store.write(organisation, None, work!(tx, [practice] => work::undelivered(tx, &practice, id, why).await)).await?;
        return Ok(());
    }
    let now = jobs.store.now();
    // A retry may have come into the night: the hours hold when it goes, not only when it was written.
    let goes = {
        let mut conn = jobs.store.reader().await?;
        let (purpose, _) = message::purpose(&mut conn, organisation, id).await?;
        let urgency = work_item::load(&mut conn, organisation, m.item).await?.and_then(|i| i.position.urgency);
        rules.goes_at(m.channel, purpose.unwrap_or(Purpose::Reply), urgency, now)
    };
    if goes > now && attempts >= TRIES {
        let (practice, why) = (practice.clone(), "it could not be sent within the hours that are agreed with the patient");
        jobs.store.write(organisation, None, work!(tx, [practice] => work::undelivered(tx, &practice, id, why).await)).await?;
        return Ok(());
    }
    if goes > now {
        let seconds = u32::try_from(goes.duration_since(now).as_secs().max(1)).unwrap_or(3600);
        return Err(JobError::Later { why: "it is not the hour that is agreed with the patient".into(), after_seconds: Some(seconds) });
    }
    if m.channel == Channel::Letter && !practice.organisation.demonstration && wants_large_print(jobs, practice, m).await? {
        let practice = practice.clone();
        jobs.store.write(organisation, None, work!(tx, [practice] => work::goes_by_hand(tx, &practice, id).await)).await?;
        return Ok(());
    }
    let body = with_link(jobs, practice, m).await?;
    let now = jobs.store.now();
    let letter = Letter {
        reference: id.to_string(),
        channel: m.channel,
        to: found.sent_to.clone(),
        from: practice.organisation.ods_code.as_str().to_owned(),
        subject: m.subject.clone(),
        body,
        written_at: m.at,
    };
    let sent =
        if practice.organisation.demonstration { Ok(Outlet::Demonstration) } else { jobs.post.send(letter, attempts > 1, now).await };
    let practice = practice.clone();
    match sent {
        Ok(Outlet::Demonstration) => {
            jobs.store.write(organisation, None, work!(tx, [practice] => work::arrived(tx, &practice, id).await)).await?;
        }
        Ok(Outlet::WithReceipts(provider)) => {
            accepted(jobs, practice, id, (provider, message::Answers::ReceiptBy(receipt_deadline(m.channel, now)))).await?;
        }
        Ok(Outlet::WithoutReceipts(provider)) => {
            accepted(jobs, practice, id, (provider, message::Answers::HandedOverAt(handed_over_at(now)))).await?;
        }
        Err(SendFailure::TryLater { why, after_seconds }) if attempts < TRIES => return Err(JobError::Later { why, after_seconds }),
        Err(SendFailure::TryLater { why, .. } | SendFailure::GiveUp { why }) => {
            jobs.store.write(organisation, None, work!(tx, [practice, why] => work::undelivered(tx, &practice, id, &why).await)).await?;
        }
    }
    Ok(())
}

/// Whether the record or the request says so: letter services print in one size.
async fn wants_large_print(jobs: &Jobs, practice: &Practice, m: &portico_domain::message::Message) -> Result<bool, JobError> {
    let organisation = practice.organisation.id;
    let mut conn = jobs.store.reader().await?;
    let said = work_item::request(&mut conn, organisation, m.item).await?.is_some_and(|r| r.contact.large_print);
    let known = match m.patient {
        Some(patient) => patient::load(&mut conn, organisation, patient).await?.is_some_and(|p| p.needs.large_print),
        None => false,
    };
    Ok(said || known)
}

async fn accepted(
    jobs: &Jobs,
    practice: Arc<Practice>,
    id: MessageId,
    (provider, answers): (String, message::Answers),
) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    jobs.store
        .write(organisation, None, work!(tx, [practice, provider] => work::accepted(tx, &practice, id, &provider, answers).await))
        .await?;
    Ok(())
}

/// Fills in a fresh private link where the words have its mark; only its hash is stored.
async fn with_link(jobs: &Jobs, practice: &Arc<Practice>, m: &portico_domain::message::Message) -> Result<String, JobError> {
    if !m.body.contains(LINK_MARK) {
        return Ok(m.body.clone());
    }
    let (organisation, item, id, patient) = (practice.organisation.id, m.item, m.id, m.patient);
    let path: String = jobs
        .store
        .write(
            organisation,
            None,
            work!(tx, [] => {
                let token = tx.ids().secret().as_str().to_owned();
                let now = tx.now();
                let until = now + SignedDuration::from_hours(work::LINK_DAYS * 24);
                // In a message to many the link is the person's invitation, never the page of the whole message.
                if let (_, Some(batch)) = message::purpose(tx.conn(), organisation, id).await? {
                    let who = patient.ok_or_else(|| StoreError::Corrupt("a message to many to nobody".into()))?;
                    invitation::add_link(tx.conn(), organisation, &token, (batch, who), until).await?;
                    return Ok(format!("invited/{token}"));
                }
                private_link::insert(tx.conn(), organisation, &token, item, now, until).await?;
                Ok(format!("r/{token}"))
            }),
        )
        .await?;
    Ok(m.body.replace(LINK_MARK, &format!("{}/{path}", base_of(jobs, practice))))
}

/// What the organisation's links begin with: its own host with the server's scheme, else the one address of this server.
fn base_of(jobs: &Jobs, practice: &Practice) -> String {
    match &practice.organisation.host {
        Some(host) => format!("{}://{host}", jobs.public_url.split_once("://").map_or("https", |(scheme, _)| scheme)),
        None => jobs.public_url.clone(),
    }
}
