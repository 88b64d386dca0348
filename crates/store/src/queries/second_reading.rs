//! Second readings: closed requests that a second clinician reads without seeing what the first decided.

use jiff::Timestamp;
use portico_domain::{
    second_reading::{Group, SHARE},
    triage::Urgency,
};
use portico_nhs::{OrganisationId, StaffId, WorkItemId};

use crate::{Conn, StoreError, args};

statements! {
    CHOOSE = "INSERT INTO second_reading (organisation_id, item_id, chosen_at, first_urgency, age_band, sex, language, door) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organisation_id, item_id) DO NOTHING";
    UNCHOOSE = "DELETE FROM second_reading WHERE organisation_id = $1 AND item_id = $2 AND read_at IS NULL";
    WAITING = "SELECT s.item_id, s.chosen_at FROM second_reading s WHERE s.organisation_id = $1 AND s.read_at IS NULL \
               AND NOT EXISTS (SELECT 1 FROM event e WHERE e.organisation_id = s.organisation_id AND e.item_id = s.item_id \
               AND e.verb IN ('triaged', 'closed', 'replied') AND e.actor LIKE $2) ORDER BY s.chosen_at LIMIT 50";
    READ = "UPDATE second_reading SET reader_id = $3, urgency = $4, note = $5, read_at = $6 WHERE organisation_id = $1 AND item_id = $2 AND read_at IS NULL";
    RESULTS = "SELECT first_urgency, urgency, age_band, sex, language, door, read_at FROM second_reading \
               WHERE organisation_id = $1 AND read_at >= $2 ORDER BY read_at DESC LIMIT 20000";
    SHARE_OF = "SELECT second_reading_share FROM triage_setting WHERE organisation_id = $1";
    SET_SHARE = "INSERT INTO triage_setting (organisation_id, second_reading_share) VALUES ($1, $2) \
                 ON CONFLICT (organisation_id) DO UPDATE SET second_reading_share = excluded.second_reading_share";
}

/// A request that waits to be read again.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The item.
    pub item: WorkItemId,
    /// Since when.
    pub since: Timestamp,
}

/// One request that was read twice.
#[derive(Debug, Clone)]
pub struct ReadTwice {
    /// As it was closed.
    pub first: Urgency,
    /// As the second reader would have set it.
    pub second: Urgency,
    /// Whose it was.
    pub group: Group,
    /// When it was read again.
    pub at: Timestamp,
}

/// Chooses a request to be read again.
pub async fn choose(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    at: Timestamp,
    first: Urgency,
    g: &Group,
) -> Result<(), StoreError> {
    let values = args![organisation, item, at, first.code(), &g.age_band, &g.sex, &g.language, &g.door];
    conn.execute(CHOOSE, &values).await.map(|_| ())
}

/// Takes a choice back, when its item is open again and nobody has read it.
pub async fn unchoose(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<(), StoreError> {
    conn.execute(UNCHOOSE, &args![organisation, item]).await.map(|_| ())
}

/// What waits, oldest first, for somebody who had no part in it.
pub async fn waiting(conn: &mut Conn, organisation: OrganisationId, reader: StaffId) -> Result<Vec<Waiting>, StoreError> {
    // History keeps who acted as JSON, with the id in its hyphenated form.
    let own = format!("%{}%", reader.0.hyphenated());
    let rows = conn.rows(WAITING, &args![organisation, own]).await?;
    rows.iter().map(|row| Ok(Waiting { item: row.id("item_id")?, since: row.time("chosen_at")? })).collect()
}

/// Keeps a second reading; says whether it was the first to do so.
pub async fn read(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    reader: StaffId,
    (urgency, note): (Urgency, &str),
    at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(conn.execute(READ, &args![organisation, item, reader, urgency.code(), note, at]).await? > 0)
}

/// Everything that was read twice since then, newest first.
pub async fn results(conn: &mut Conn, organisation: OrganisationId, since: Timestamp) -> Result<Vec<ReadTwice>, StoreError> {
    let rows = conn.rows(RESULTS, &args![organisation, since]).await?;
    rows.iter()
        .map(|row| {
            let group =
                Group { age_band: row.text("age_band")?, sex: row.text("sex")?, language: row.text("language")?, door: row.text("door")? };
            Ok(ReadTwice { first: row.parsed("first_urgency")?, second: row.parsed("urgency")?, group, at: row.time("read_at")? })
        })
        .collect()
}

/// How many of 10,000 closed requests are read again.
pub async fn share(conn: &mut Conn, organisation: OrganisationId) -> Result<u32, StoreError> {
    let row = conn.row(SHARE_OF, &args![organisation]).await?;
    Ok(row.map(|r| r.int("second_reading_share")).transpose()?.and_then(|s| u32::try_from(s).ok()).unwrap_or(SHARE))
}

/// Sets it.
pub async fn set_share(conn: &mut Conn, organisation: OrganisationId, share: u32) -> Result<(), StoreError> {
    conn.execute(SET_SHARE, &args![organisation, i64::from(share)]).await.map(|_| ())
}
