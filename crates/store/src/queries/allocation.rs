//! Who waits for a slot, what their clinicians speak, whom they usually see.

use jiff::Timestamp;
use portico_domain::{
    allocation::{Offer, Wants, Way},
    booking::Slot,
    request::Contact,
};
use portico_nhs::{OrganisationId, PatientId, StaffId, WorkItemId};

use crate::{
    Conn, StoreError, args,
    queries::{booking, rota},
};

statements! {
    WAITING = concat!("SELECT w.id, w.reference, w.person_name, w.urgency, w.pathway, w.service, w.skill, w.received_at, w.birth_date, w.version, p.sex, p.contact_rules, p.needs, p.postcode, p.usual_clinician_id, \
               ", facts_column!(), ", \
               ", noted_column!(), " \
               FROM work_item w LEFT JOIN patient p ON p.organisation_id = w.organisation_id AND p.id = w.patient_id \
               WHERE w.organisation_id = $1 AND w.is_open = TRUE AND w.list_rank > 0 AND w.action IN ('book', 'chase', 'call_back') AND w.waiting_for = 'practice' \
               ORDER BY w.list_rank, w.due_at, w.id LIMIT $2");
    LANGUAGES = "SELECT staff_id, language FROM staff_language WHERE organisation_id = $1 ORDER BY staff_id, language LIMIT 5000";
    DROP_LANGUAGES = "DELETE FROM staff_language WHERE organisation_id = $1 AND staff_id = $2";
    ADD_LANGUAGE = "INSERT INTO staff_language (organisation_id, staff_id, language) VALUES ($1, $2, $3) ON CONFLICT (organisation_id, staff_id, language) DO NOTHING";
    SKILLS = "SELECT staff_id, skill FROM staff_skill WHERE organisation_id = $1 ORDER BY staff_id, skill LIMIT 5000";
    DROP_SKILLS = "DELETE FROM staff_skill WHERE organisation_id = $1 AND staff_id = $2";
    ADD_SKILL = "INSERT INTO staff_skill (organisation_id, staff_id, skill) VALUES ($1, $2, $3) ON CONFLICT (organisation_id, staff_id, skill) DO NOTHING";
    SET_USUAL = "UPDATE patient SET usual_clinician_id = $3 WHERE organisation_id = $1 AND id = $2";
    USUAL = "SELECT usual_clinician_id FROM patient WHERE organisation_id = $1 AND id = $2";
}

/// A request that waits for a slot, as people read it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What it wants.
    pub wants: Wants,
    /// What people quote.
    pub reference: String,
    /// The patient's name.
    pub person_name: String,
    /// Counts its changes.
    pub version: i64,
}

/// Open requests whose next move is to book, most urgent first; emergencies are booked by a person.
pub async fn waiting(conn: &mut Conn, organisation: OrganisationId, most: usize) -> Result<Vec<Waiting>, StoreError> {
    let rows = conn.rows(WAITING, &args![organisation, most as i64]).await?;
    let mut all = rows
        .iter()
        .map(|r| {
            let needs: Option<Contact> = r.opt_json("needs")?;
            let item: WorkItemId = r.id("id")?;
            Ok(Waiting {
                wants: Wants {
                    item,
                    need: booking::need(r)?,
                    received_at: r.time("received_at")?,
                    usual: r.opt_id("usual_clinician_id")?,
                    home: r.opt_parsed("postcode")?,
                    language: needs.and_then(|n| n.interpreter).map(|l| l.trim().to_lowercase()).filter(|l| !l.is_empty()),
                },
                reference: r.text("reference")?,
                person_name: r.text("person_name")?,
                version: r.int("version")?,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    booking::tell_able(conn, organisation, all.iter_mut().map(|w| &mut w.wants.need)).await?;
    Ok(all)
}

/// What each person speaks besides English.
pub async fn languages(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<(StaffId, String)>, StoreError> {
    conn.rows(LANGUAGES, &args![organisation]).await?.iter().map(|r| Ok((r.id("staff_id")?, r.text("language")?))).collect()
}

/// Sets what a person speaks besides English.
pub async fn set_languages(conn: &mut Conn, organisation: OrganisationId, who: StaffId, all: &[String]) -> Result<(), StoreError> {
    conn.execute(DROP_LANGUAGES, &args![organisation, who]).await?;
    for language in all {
        conn.execute(ADD_LANGUAGE, &args![organisation, who, language.to_lowercase()]).await?;
    }
    Ok(())
}

/// What each person can do besides what everybody on their pathway does.
pub async fn skills(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<(StaffId, String)>, StoreError> {
    conn.rows(SKILLS, &args![organisation]).await?.iter().map(|r| Ok((r.id("staff_id")?, r.text("skill")?))).collect()
}

/// Sets what a person can do besides what everybody on their pathway does.
pub async fn set_skills(conn: &mut Conn, organisation: OrganisationId, who: StaffId, all: &[String]) -> Result<(), StoreError> {
    conn.execute(DROP_SKILLS, &args![organisation, who]).await?;
    for skill in all {
        conn.execute(ADD_SKILL, &args![organisation, who, skill.to_lowercase()]).await?;
    }
    Ok(())
}

/// Sets whom a patient usually sees.
pub async fn set_usual(conn: &mut Conn, organisation: OrganisationId, patient: PatientId, who: Option<StaffId>) -> Result<(), StoreError> {
    conn.execute(SET_USUAL, &args![organisation, patient, who]).await.map(|_| ())
}

/// Whom a patient usually sees.
pub async fn usual(conn: &mut Conn, organisation: OrganisationId, patient: PatientId) -> Result<Option<StaffId>, StoreError> {
    conn.row(USUAL, &args![organisation, patient]).await?.map(|r| r.opt_id("usual_clinician_id")).transpose().map(Option::flatten)
}

/// Every free slot that begins in a stretch of time, with what its clinician speaks.
pub async fn offers(conn: &mut Conn, organisation: OrganisationId, (now, until): (Timestamp, Timestamp)) -> Result<Vec<Offer>, StoreError> {
    let spoken = languages(conn, organisation).await?;
    let entries = rota::between(conn, organisation, (now, until), now).await?;
    let slots: Vec<Slot> = entries.into_iter().filter(|e| e.taken.is_none() && !e.held).map(|e| e.slot).collect();
    let ways = Way::to_each(&slots);
    let spoken_by = |who: StaffId| spoken.iter().filter(|(by, _)| *by == who).map(|(_, l)| l.clone()).collect();
    Ok(slots.into_iter().zip(ways).map(|(slot, way)| Offer { languages: spoken_by(slot.clinician), way, slot }).collect())
}
