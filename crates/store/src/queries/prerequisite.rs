//! What has been done before a coil or an implant, request by request.

use portico_domain::procedure::{Noted, Prerequisite};
use portico_nhs::{OrganisationId, WorkItemId};

use crate::{Conn, StoreError, args};

statements! {
    OF_ITEM = "SELECT code, noted_at, until_at, noted_by FROM prerequisite WHERE organisation_id = $1 AND item_id = $2 ORDER BY code";
    NOTE = "INSERT INTO prerequisite (organisation_id, item_id, code, noted_at, until_at, noted_by) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (organisation_id, item_id, code) DO UPDATE SET noted_at = excluded.noted_at, until_at = excluded.until_at, noted_by = excluded.noted_by";
    TAKE_BACK = "DELETE FROM prerequisite WHERE organisation_id = $1 AND item_id = $2 AND code = $3";
}

/// Everything that was noted of an item, with who noted it.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<(Noted, String)>, StoreError> {
    let rows = conn.rows(OF_ITEM, &args![organisation, item]).await?;
    rows.iter()
        .map(|r| {
            let noted = Noted { what: r.parsed("code")?, at: r.time("noted_at")?, until: r.opt_time("until_at")? };
            Ok((noted, r.text("noted_by")?))
        })
        .collect()
}

/// Notes one.
pub async fn note(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, noted: &Noted, by: &str) -> Result<(), StoreError> {
    conn.execute(NOTE, &args![organisation, item, noted.what.code(), noted.at, noted.until, by]).await.map(|_| ())
}

/// Takes one back.
pub async fn take_back(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, what: Prerequisite) -> Result<(), StoreError> {
    conn.execute(TAKE_BACK, &args![organisation, item, what.code()]).await.map(|_| ())
}
