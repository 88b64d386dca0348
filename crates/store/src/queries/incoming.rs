//! Texts and e-mails from patients: each is taken in once.

use jiff::Timestamp;
use portico_domain::{
    incoming::{Incoming, SentThere},
    message::Purpose,
};
use portico_nhs::{OrganisationId, PatientId, WorkItemId};

use crate::{Conn, StoreError, args};

statements! {
    INSERT = "INSERT INTO incoming (organisation_id, id, channel, sender, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organisation_id, id) DO NOTHING";
    WENT_TO = "UPDATE incoming SET item_id = $3 WHERE organisation_id = $1 AND id = $2";
    SINCE = "SELECT COUNT(*) AS n FROM incoming WHERE organisation_id = $1 AND sender = $2 AND at > $3";
    SENT_THERE = "SELECT m.id, m.item_id, COALESCE(w.patient_id, m.patient_id) AS patient_id, m.at, m.purpose FROM message m JOIN work_item w ON w.organisation_id = m.organisation_id AND w.id = m.item_id \
                  WHERE m.organisation_id = $1 AND m.sent_to = $2 AND m.direction = 'out' AND m.channel IN ('sms', 'email') ORDER BY m.at DESC LIMIT 50";
    WHOSE = "SELECT id FROM patient WHERE organisation_id = $1 AND phone = $2 UNION SELECT id FROM patient WHERE organisation_id = $1 AND email = $2 LIMIT 2";
    KNOWN = "SELECT id FROM incoming WHERE organisation_id = $1 AND id = $2";
}

/// Notes that something came; false when it had come before.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, i: &Incoming, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(INSERT, &args![organisation, &i.id, i.channel.code(), &i.from, now]).await? == 1)
}

/// Whether something was taken in before.
pub async fn is_known(conn: &mut Conn, organisation: OrganisationId, id: &str) -> Result<bool, StoreError> {
    Ok(conn.row(KNOWN, &args![organisation, id]).await?.is_some())
}

/// Notes which item it went to.
pub async fn went_to(conn: &mut Conn, organisation: OrganisationId, id: &str, item: WorkItemId) -> Result<(), StoreError> {
    conn.execute(WENT_TO, &args![organisation, id, item]).await.map(|_| ())
}

/// How many came from one address since a moment.
pub async fn since(conn: &mut Conn, organisation: OrganisationId, sender: &str, since: Timestamp) -> Result<i64, StoreError> {
    let row = conn.row(SINCE, &args![organisation, sender, since]).await?;
    row.map_or(Ok(0), |r| r.int("n"))
}

/// What was sent to an address, newest first.
pub async fn sent_there(conn: &mut Conn, organisation: OrganisationId, address: &str) -> Result<Vec<SentThere>, StoreError> {
    let rows = conn.rows(SENT_THERE, &args![organisation, address]).await?;
    rows.iter()
        .map(|r| {
            Ok(SentThere {
                message: r.id("id")?,
                item: r.id("item_id")?,
                patient: r.opt_id("patient_id")?,
                at: r.time("at")?,
                to_many: r.opt_parsed("purpose")? == Some(Purpose::Campaign),
            })
        })
        .collect()
}

/// Whether a number or an address is that of this patient and of nobody else.
pub async fn is_theirs_alone(conn: &mut Conn, organisation: OrganisationId, address: &str, patient: PatientId) -> Result<bool, StoreError> {
    let rows = conn.rows(WHOSE, &args![organisation, address]).await?;
    Ok(rows.len() == 1 && rows[0].id::<PatientId>("id")? == patient)
}
