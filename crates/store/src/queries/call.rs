//! Who is to be rung, and what was tried.

use jiff::Timestamp;
use portico_domain::{contact::ContactRules, request::Request, triage::Urgency, work_item::NextAction};
use portico_nhs::{OrganisationId, PhoneNumber, WorkItemId};

use crate::{Conn, StoreError, args};

statements! {
    TO_RING = "SELECT w.id, w.reference, w.person_name, w.urgency, w.action, w.due_at, p.phone, p.contact_rules, r.details, \
               (SELECT COUNT(*) FROM event v WHERE v.organisation_id = w.organisation_id AND v.item_id = w.id AND v.verb = 'no_answer' AND v.seq > \
                COALESCE((SELECT MAX(e.seq) FROM event e WHERE e.organisation_id = w.organisation_id AND e.item_id = w.id AND e.verb IN ('called', 'answered', 'patient_added', 'asked')), 0)) AS attempts, \
               (SELECT MAX(v.at) FROM event v WHERE v.organisation_id = w.organisation_id AND v.item_id = w.id AND v.verb = 'no_answer') AS last_tried \
               FROM work_item w LEFT JOIN patient p ON p.organisation_id = w.organisation_id AND p.id = w.patient_id \
               LEFT JOIN request r ON r.organisation_id = w.organisation_id AND r.item_id = w.id \
               WHERE w.organisation_id = $1 AND w.is_open = TRUE AND w.action IN ('call_now', 'call_back') ORDER BY w.list_rank, w.due_at, w.id LIMIT 200";
}

/// Somebody who is to be rung.
#[derive(Debug, Clone)]
pub struct ToRing {
    /// The request.
    pub item: WorkItemId,
    /// What people quote.
    pub reference: String,
    /// The patient's name.
    pub person_name: String,
    /// How soon.
    pub urgency: Option<Urgency>,
    /// To be rung for the first time now, or again.
    pub action: NextAction,
    /// By when.
    pub due: Timestamp,
    /// The number that the record has, else the one that they gave.
    pub phone: Option<PhoneNumber>,
    /// What is agreed about reaching them.
    pub rules: ContactRules,
    /// Calls without an answer since they were last spoken with.
    pub attempts: u32,
    /// When the last of them was.
    pub last_tried: Option<Timestamp>,
}

/// Everybody who is to be rung: emergencies first, then by when it is due.
pub async fn to_ring(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<ToRing>, StoreError> {
    conn.rows(TO_RING, &args![organisation])
        .await?
        .iter()
        .map(|r| {
            let said: Option<Request> = r.opt_json("details")?;
            let given = said.and_then(|s| s.person.phone);
            Ok(ToRing {
                item: r.id("id")?,
                reference: r.text("reference")?,
                person_name: r.text("person_name")?,
                urgency: r.opt_parsed("urgency")?,
                action: r.parsed("action")?,
                due: r.time("due_at")?,
                phone: r.opt_parsed("phone")?.or(given),
                rules: r.opt_json("contact_rules")?.unwrap_or_default(),
                attempts: u32::try_from(r.int("attempts")?).unwrap_or(0),
                last_tried: r.opt_time("last_tried")?,
            })
        })
        .collect()
}
