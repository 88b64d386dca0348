//! Photos and documents that patients and the practice send each other.

use jiff::Timestamp;
use portico_domain::message::{Direction, FileState};
use portico_nhs::{AttachmentId, OrganisationId, WorkItemId};

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO attachment (organisation_id, id, item_id, direction, by_name, at, name, media_type, width, height, size, state, content) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    OF_ITEM = "SELECT id, direction, by_name, at, name, media_type, width, height, size, state FROM attachment \
               WHERE organisation_id = $1 AND item_id = $2 ORDER BY at, name, id LIMIT 100";
    COUNT_FROM = "SELECT COUNT(*) AS n FROM attachment WHERE organisation_id = $1 AND item_id = $2 AND direction = $3";
    CONTENT = "SELECT id, direction, by_name, at, name, media_type, width, height, size, state, content FROM attachment \
               WHERE organisation_id = $1 AND item_id = $2 AND id = $3";
    UNCHECKED = "SELECT id, item_id FROM attachment WHERE organisation_id = $1 AND state = 'unchecked' ORDER BY at LIMIT 20";
    CHECKED = "UPDATE attachment SET state = 'kept' WHERE organisation_id = $1 AND id = $2 AND state = 'unchecked'";
    REMOVE = "UPDATE attachment SET state = 'removed', content = NULL WHERE organisation_id = $1 AND id = $2 AND state <> 'removed'";
}

/// A file, without what is in it.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// From or to the patient.
    pub direction: Direction,
    /// Who sent it, as shown.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Its name.
    pub name: String,
    /// `image/jpeg` or `application/pdf`.
    pub media_type: String,
    /// Width and height in pixels; nought for a document.
    pub pixels: (i64, i64),
    /// Bytes.
    pub size: i64,
    /// Whether it may be opened.
    pub state: FileState,
}

impl Attachment {
    /// Whether it is a picture that a page may show.
    pub fn is_photo(&self) -> bool {
        self.media_type.starts_with("image/")
    }
}

fn read(row: &Row) -> Result<Attachment, StoreError> {
    Ok(Attachment {
        id: row.id("id")?,
        direction: row.parsed("direction")?,
        by: row.text("by_name")?,
        at: row.time("at")?,
        name: row.text("name")?,
        media_type: row.text("media_type")?,
        pixels: (row.int("width")?, row.int("height")?),
        size: row.int("size")?,
        state: row.parsed("state")?,
    })
}

/// Keeps a file.
pub async fn insert(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    a: &Attachment,
    content: &[u8],
) -> Result<(), StoreError> {
    let values = args![
        organisation,
        a.id,
        item,
        a.direction.code(),
        &a.by,
        a.at,
        &a.name,
        &a.media_type,
        a.pixels.0,
        a.pixels.1,
        a.size,
        a.state.code(),
        content.to_vec()
    ];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// The files of an item, oldest first.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<Attachment>, StoreError> {
    conn.rows(OF_ITEM, &args![organisation, item]).await?.iter().map(read).collect()
}

/// How many of an item went one way.
pub async fn count(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, way: Direction) -> Result<i64, StoreError> {
    conn.row(COUNT_FROM, &args![organisation, item, way.code()]).await?.map_or(Ok(0), |row| row.int("n"))
}

/// One file of an item with what is in it; `None` for the content of one that was removed.
pub async fn load(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    id: AttachmentId,
) -> Result<Option<(Attachment, Option<Vec<u8>>)>, StoreError> {
    let Some(row) = conn.row(CONTENT, &args![organisation, item, id]).await? else { return Ok(None) };
    let file = read(&row)?;
    let content = if file.state == FileState::Removed { None } else { Some(row.bytes("content")?) };
    Ok(Some((file, content)))
}

/// Files that the virus scanner has not looked at yet, oldest first, with their items.
pub async fn unchecked(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<(AttachmentId, WorkItemId)>, StoreError> {
    conn.rows(UNCHECKED, &args![organisation]).await?.iter().map(|r| Ok((r.id("id")?, r.id("item_id")?))).collect()
}

/// The scanner found nothing.
pub async fn checked(conn: &mut Conn, organisation: OrganisationId, id: AttachmentId) -> Result<(), StoreError> {
    conn.execute(CHECKED, &args![organisation, id]).await.map(|_| ())
}

/// Forgets what is in a file; that it was sent stays known. False when it was removed before.
pub async fn remove(conn: &mut Conn, organisation: OrganisationId, id: AttachmentId) -> Result<bool, StoreError> {
    Ok(conn.execute(REMOVE, &args![organisation, id]).await? == 1)
}
