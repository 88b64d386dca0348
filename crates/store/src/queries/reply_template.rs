//! The practice's own templates of replies.

use jiff::{Timestamp, civil::Date};
use portico_domain::approval::Approval;
use portico_nhs::OrganisationId;
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO reply_template (organisation_id, id, family, version, title, body, state, made_by, made_at, approved_by, review_on) \
              VALUES ($1, $2, $3, (SELECT COALESCE(MAX(version), 0) + 1 FROM reply_template WHERE organisation_id = $1 AND family = $3), $4, $5, 'draft', $6, $7, NULL, NULL)";
    LIST = "SELECT id, family, version, title, body, state, made_by, made_at, approved_by, review_on FROM reply_template \
            WHERE organisation_id = $1 ORDER BY title, version DESC LIMIT 500";
    CHOOSABLE = "SELECT id, title FROM reply_template WHERE organisation_id = $1 AND state = 'approved' AND review_on >= $2 ORDER BY title LIMIT 200";
    LOAD = "SELECT id, family, version, title, body, state, made_by, made_at, approved_by, review_on FROM reply_template WHERE organisation_id = $1 AND id = $2";
    APPROVE = "UPDATE reply_template SET state = 'approved', approved_by = $3, review_on = $4 WHERE organisation_id = $1 AND id = $2 AND state <> 'retired'";
    RETIRE = "UPDATE reply_template SET state = 'retired' WHERE organisation_id = $1 AND id = $2 AND state <> 'retired'";
    RETIRE_OLDER = "UPDATE reply_template SET state = 'retired' WHERE organisation_id = $1 AND family = $2 AND id <> $3 AND state = 'approved'";
}

/// A version of a template.
#[derive(Debug, Clone)]
pub struct ReplyTemplate {
    /// Its id.
    pub id: Uuid,
    /// The same through its versions.
    pub family: Uuid,
    /// Its version, from 1.
    pub version: i64,
    /// As staff choose it.
    pub title: String,
    /// The words.
    pub body: String,
    /// Where it stands.
    pub state: Approval,
    /// Who wrote it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Until when the approval holds.
    pub review_on: Option<Date>,
}

fn read(row: &Row) -> Result<ReplyTemplate, StoreError> {
    Ok(ReplyTemplate {
        id: row.id("id")?,
        family: row.id("family")?,
        version: row.int("version")?,
        title: row.text("title")?,
        body: row.text("body")?,
        state: row.parsed("state")?,
        made_by: row.text("made_by")?,
        made_at: row.time("made_at")?,
        approved_by: row.opt_text("approved_by")?,
        review_on: row.opt_date("review_on")?,
    })
}

/// Keeps a draft; its version is one more than the last of its family.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, t: &ReplyTemplate) -> Result<(), StoreError> {
    conn.execute(INSERT, &args![organisation, t.id, t.family, &t.title, &t.body, &t.made_by, t.made_at]).await.map(|_| ())
}

/// All of them, by title, the latest version first.
pub async fn list(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<ReplyTemplate>, StoreError> {
    conn.rows(LIST, &args![organisation]).await?.iter().map(read).collect()
}

/// The id and title of those that may be used on a day, by title.
pub async fn choosable(conn: &mut Conn, organisation: OrganisationId, on: Date) -> Result<Vec<(Uuid, String)>, StoreError> {
    conn.rows(CHOOSABLE, &args![organisation, on]).await?.iter().map(|r| Ok((r.id("id")?, r.text("title")?))).collect()
}

/// One of them.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<Option<ReplyTemplate>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|r| read(&r)).transpose()
}

/// Lets it be used until a day; the versions before it are no longer used. False when it is retired.
pub async fn approve(conn: &mut Conn, organisation: OrganisationId, t: &ReplyTemplate, by: &str, until: Date) -> Result<bool, StoreError> {
    let done = conn.execute(APPROVE, &args![organisation, t.id, by, until]).await? == 1;
    if done {
        conn.execute(RETIRE_OLDER, &args![organisation, t.family, t.id]).await?;
    }
    Ok(done)
}

/// Takes it out of use.
pub async fn retire(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<bool, StoreError> {
    Ok(conn.execute(RETIRE, &args![organisation, id]).await? == 1)
}
