//! Messages to and from patients, and notes to colleagues.

use jiff::Timestamp;
use portico_domain::message::{Channel, Delivery, Direction, Message, Purpose};
use portico_nhs::{MessageId, OrganisationId, WorkItemId};

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO message (organisation_id, id, item_id, patient_id, direction, channel, delivery, purpose, sent_to, by_name, at, subject, body) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    OF_ITEM = "SELECT id, item_id, patient_id, direction, channel, delivery, by_name, at, subject, body, why_failed FROM message \
               WHERE organisation_id = $1 AND item_id = $2 ORDER BY at, id LIMIT 500";
    LOAD = "SELECT id, item_id, patient_id, direction, channel, delivery, by_name, at, subject, body, why_failed, sent_to, provider_id FROM message WHERE organisation_id = $1 AND id = $2";
    BY_PROVIDER = "SELECT id FROM message WHERE organisation_id = $1 AND provider_id = $2";
    SENT = "UPDATE message SET delivery = 'sent', provider_id = $3, deadline = $4, handed_over_at = $5 WHERE organisation_id = $1 AND id = $2 AND delivery IN ('queued', 'withdrawn')";
    DELIVERED = "UPDATE message SET delivery = 'delivered', deadline = NULL, handed_over_at = NULL, why_failed = NULL WHERE organisation_id = $1 AND id = $2 \
                 AND (delivery IN ('queued', 'sent', 'withdrawn', 'handed_over') OR delivery = 'failed' AND silent_at IS NOT NULL)";
    FAILED = "UPDATE message SET delivery = 'failed', deadline = NULL, handed_over_at = NULL, why_failed = $3, silent_at = $4 WHERE organisation_id = $1 AND id = $2 \
              AND delivery IN ('queued', 'sent', 'handed_over')";
    HANDED_OVER = "UPDATE message SET delivery = 'handed_over', handed_over_at = NULL WHERE organisation_id = $1 AND delivery = 'sent' AND handed_over_at < $2";
    ANY_HANDED_OVER = "SELECT id FROM message WHERE organisation_id = $1 AND delivery = 'sent' AND handed_over_at < $2 LIMIT 1";
    STANDS_IN = "SELECT id FROM message WHERE organisation_id = $1 AND id = $2 AND instead_of IS NOT NULL";
    INSTEAD_OF = "UPDATE message SET instead_of = $3 WHERE organisation_id = $1 AND id = $2";
    PURPOSE = "SELECT purpose, batch_id FROM message WHERE organisation_id = $1 AND id = $2";
    PAST_DEADLINE = "SELECT id FROM message WHERE organisation_id = $1 AND delivery = 'sent' AND deadline < $2 ORDER BY CASE WHEN batch_id IS NULL THEN 0 ELSE 1 END, deadline LIMIT 200";
}

/// A message as the sending job needs it.
#[derive(Debug, Clone)]
pub struct ToSend {
    /// The message.
    pub message: Message,
    /// Where it goes.
    pub sent_to: String,
    /// The outside service's id, once accepted.
    pub provider_id: Option<String>,
}

fn read(row: &Row) -> Result<Message, StoreError> {
    Ok(Message {
        id: row.id("id")?,
        item: row.id("item_id")?,
        patient: row.opt_id("patient_id")?,
        direction: row.parsed("direction")?,
        channel: row.parsed("channel")?,
        delivery: row.parsed("delivery")?,
        by: row.text("by_name")?,
        at: row.time("at")?,
        subject: row.text("subject")?,
        body: row.text("body")?,
        why_failed: row.opt_text("why_failed")?,
    })
}

/// Adds a message.
pub async fn insert(
    conn: &mut Conn,
    organisation: OrganisationId,
    m: &Message,
    purpose: Option<&str>,
    sent_to: &str,
) -> Result<(), StoreError> {
    let values = args![
        organisation,
        m.id,
        m.item,
        m.patient,
        m.direction.code(),
        m.channel.code(),
        m.delivery.code(),
        purpose,
        sent_to,
        &m.by,
        m.at,
        &m.subject,
        &m.body
    ];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// An item's thread, oldest first.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<Message>, StoreError> {
    conn.rows(OF_ITEM, &args![organisation, item]).await?.iter().map(read).collect()
}

/// One message with its address.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: MessageId) -> Result<Option<ToSend>, StoreError> {
    let row = conn.row(LOAD, &args![organisation, id]).await?;
    row.map(|row| Ok(ToSend { message: read(&row)?, sent_to: row.text("sent_to")?, provider_id: row.opt_text("provider_id")? })).transpose()
}

/// The message that an outside service knows by its own id.
pub async fn by_provider(conn: &mut Conn, organisation: OrganisationId, provider_id: &str) -> Result<Option<MessageId>, StoreError> {
    conn.row(BY_PROVIDER, &args![organisation, provider_id]).await?.map(|row| row.id("id")).transpose()
}

/// By when something comes back of a message that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// A receipt must come by then.
    ReceiptBy(Timestamp),
    /// No receipts are given: it counts as handed over then, unless it has come back.
    HandedOverAt(Timestamp),
}

/// The outside service has taken it, though it may have been withdrawn a moment before: what went, went.
pub async fn sent(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: MessageId,
    provider_id: &str,
    answers: Answers,
) -> Result<bool, StoreError> {
    let (deadline, handed_over) = match answers {
        Answers::ReceiptBy(at) => (Some(at), None),
        Answers::HandedOverAt(at) => (None, Some(at)),
    };
    Ok(conn.execute(SENT, &args![organisation, id, provider_id, deadline, handed_over]).await? == 1)
}

/// It has arrived; false when its state was already final. That no receipt had come in time is not final.
pub async fn delivered(conn: &mut Conn, organisation: OrganisationId, id: MessageId) -> Result<bool, StoreError> {
    Ok(conn.execute(DELIVERED, &args![organisation, id]).await? == 1)
}

/// It will not arrive; false when its state was already final. `silent` says when, if it is only that no receipt came.
pub async fn failed(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: MessageId,
    why: &str,
    silent: Option<Timestamp>,
) -> Result<bool, StoreError> {
    Ok(conn.execute(FAILED, &args![organisation, id, why, silent]).await? == 1)
}

/// Whether something counts as handed over by now.
pub async fn any_handed_over(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.row(ANY_HANDED_OVER, &args![organisation, now]).await?.is_some())
}

/// Marks what counts as handed over by now; says how many.
pub async fn hand_over(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<u64, StoreError> {
    conn.execute(HANDED_OVER, &args![organisation, now]).await
}

/// Whether a message goes in place of one that failed.
pub async fn stands_in(conn: &mut Conn, organisation: OrganisationId, id: MessageId) -> Result<bool, StoreError> {
    Ok(conn.row(STANDS_IN, &args![organisation, id]).await?.is_some())
}

/// Notes that a message goes instead of one that failed.
pub async fn instead_of(conn: &mut Conn, organisation: OrganisationId, id: MessageId, failed: MessageId) -> Result<(), StoreError> {
    conn.execute(INSTEAD_OF, &args![organisation, id, failed]).await.map(|_| ())
}

/// Why a message was sent, and the batch that it is part of.
pub async fn purpose(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: MessageId,
) -> Result<(Option<Purpose>, Option<uuid::Uuid>), StoreError> {
    let row = conn.row(PURPOSE, &args![organisation, id]).await?.ok_or_else(|| StoreError::Corrupt("no message".into()))?;
    Ok((row.opt_parsed("purpose")?, row.opt_id("batch_id")?))
}

/// Messages whose receipt has not come in time.
pub async fn past_deadline(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<Vec<MessageId>, StoreError> {
    conn.rows(PAST_DEADLINE, &args![organisation, now]).await?.iter().map(|row| row.id("id")).collect()
}

/// How a stored message stands, by the address it has.
pub fn first_delivery(channel: Channel) -> Delivery {
    match channel {
        Channel::Link => Delivery::Posted,
        Channel::NhsApp | Channel::Sms | Channel::Email | Channel::Letter => Delivery::Queued,
    }
}

/// Whether a message was written to the patient.
pub fn is_outward(m: &Message) -> bool {
    m.direction == Direction::Out
}
