//! What has been done before a coil or an implant, request by request.

use jiff::Timestamp;
use portico_domain::procedure::Prerequisite;
use portico_nhs::{OrganisationId, WorkItemId};

use crate::{Conn, StoreError, args};

statements! {
    OF_ITEM = "SELECT code, noted_at, noted_by FROM prerequisite WHERE organisation_id = $1 AND item_id = $2 ORDER BY code";
    NOTE = "INSERT INTO prerequisite (organisation_id, item_id, code, noted_at, noted_by) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (organisation_id, item_id, code) DO UPDATE SET noted_at = excluded.noted_at, noted_by = excluded.noted_by";
    TAKE_BACK = "DELETE FROM prerequisite WHERE organisation_id = $1 AND item_id = $2 AND code = $3";
}

/// What was noted, when, by whom.
pub type Noted = (Prerequisite, Timestamp, String);

/// Everything that was noted of an item.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<Noted>, StoreError> {
    let rows = conn.rows(OF_ITEM, &args![organisation, item]).await?;
    rows.iter().map(|r| Ok((r.parsed("code")?, r.time("noted_at")?, r.text("noted_by")?))).collect()
}

/// Notes one, from now on.
pub async fn note(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    what: Prerequisite,
    (at, by): (Timestamp, &str),
) -> Result<(), StoreError> {
    conn.execute(NOTE, &args![organisation, item, what.code(), at, by]).await.map(|_| ())
}

/// Takes one back.
pub async fn take_back(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, what: Prerequisite) -> Result<(), StoreError> {
    conn.execute(TAKE_BACK, &args![organisation, item, what.code()]).await.map(|_| ())
}
