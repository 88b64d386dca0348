//! Patients: finding the right one, and never the wrong one on a single identifier.

use std::collections::HashSet;

use jiff::{Timestamp, civil::Date};
use portico_domain::{
    contact::ContactRules,
    record::{BabyDates, RecordFact},
    request::{Contact, Person},
};
use portico_nhs::{NhsNumber, OrganisationId, PatientId, PhoneNumber, Postcode};

use crate::{Conn, Row, StoreError, args, queries::search};

statements! {
    INSERT = "INSERT INTO patient (organisation_id, id, nhs_number, given, family, birth_date, sex, postcode, address, phone, email, needs, person_key) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    LOAD = "SELECT id, nhs_number, given, family, birth_date, sex, postcode, address, phone, email, needs FROM patient WHERE organisation_id = $1 AND id = $2";
    BY_NHS_NUMBER = "SELECT id, nhs_number, given, family, birth_date, sex, postcode, address, phone, email, needs FROM patient \
                     WHERE organisation_id = $1 AND nhs_number = $2 AND birth_date = $3";
    BY_PERSON = "SELECT id, nhs_number, given, family, birth_date, sex, postcode, address, phone, email, needs FROM patient \
                 WHERE organisation_id = $1 AND person_key = $2 LIMIT 10";
    RULES = "SELECT contact_rules, nhs_number, nhs_app_at FROM patient WHERE organisation_id = $1 AND id = $2";
    APP_ACCOUNTS = "SELECT nhs_number FROM patient WHERE organisation_id = $1 AND nhs_app_at IS NOT NULL AND nhs_number IS NOT NULL";
    SET_APP = "UPDATE patient SET nhs_app_at = $3 WHERE organisation_id = $1 AND nhs_number = $2";
    SET_RULES = "UPDATE patient SET contact_rules = $3 WHERE organisation_id = $1 AND id = $2";
    BABY = "SELECT baby_due, baby_born FROM patient WHERE organisation_id = $1 AND id = $2";
    SET_BABY = "UPDATE patient SET baby_due = $3, baby_born = $4 WHERE organisation_id = $1 AND id = $2";
    FACTS = "SELECT fact FROM patient_fact WHERE organisation_id = $1 AND patient_id = $2 ORDER BY fact";
    DROP_FACTS = "DELETE FROM patient_fact WHERE organisation_id = $1 AND patient_id = $2";
    ADD_FACT = "INSERT INTO patient_fact (organisation_id, patient_id, fact) VALUES ($1, $2, $3) ON CONFLICT (organisation_id, patient_id, fact) DO NOTHING";
    PAGE = "SELECT id, nhs_number, given, family, birth_date, sex, postcode, address, phone, email, needs FROM patient \
            WHERE organisation_id = $1 ORDER BY id LIMIT $2";
}

/// A person the organisation looks after.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Their id.
    pub id: PatientId,
    /// Who they are.
    pub person: Person,
    /// female, male, other or unknown.
    pub sex: String,
    /// Standing contact needs.
    pub needs: Contact,
}

impl Patient {
    /// `f` or `m`, when the record says one of them.
    pub fn sex_letter(&self) -> Option<char> {
        match self.sex.as_str() {
            "female" => Some('f'),
            "male" => Some('m'),
            _ => None,
        }
    }
}

/// A name, date of birth and nothing else, folded so that spelling by case, accent and punctuation is one.
pub fn person_key(given: &str, family: &str, birth_date: Option<Date>) -> Option<String> {
    let (given, family) = (search::fold(given), search::fold(family));
    let birth_date = birth_date?;
    (!given.is_empty() && !family.is_empty()).then(|| format!("{family}|{given}|{birth_date}"))
}

pub(crate) fn read(row: &Row) -> Result<Patient, StoreError> {
    let person = Person {
        given: row.text("given")?,
        family: row.text("family")?,
        birth_date: row.opt_date("birth_date")?,
        postcode: row.opt_parsed::<Postcode>("postcode")?,
        nhs_number: row.opt_parsed::<NhsNumber>("nhs_number")?,
        phone: row.opt_parsed::<PhoneNumber>("phone")?,
        email: row.opt_text("email")?,
        address: row.text("address")?.lines().map(str::to_owned).collect(),
    };
    Ok(Patient { id: row.id("id")?, person, sex: row.text("sex")?, needs: row.json("needs")? })
}

/// Adds a patient with the words that find them.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, p: &Patient) -> Result<(), StoreError> {
    let needs = serde_json::to_string(&p.needs).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let key = person_key(&p.person.given, &p.person.family, p.person.birth_date);
    let values = args![
        organisation,
        p.id,
        p.person.nhs_number.map(NhsNumber::digits),
        &p.person.given,
        &p.person.family,
        p.person.birth_date,
        &p.sex,
        p.person.postcode.as_ref().map(Postcode::as_str),
        p.person.address.join("\n"),
        p.person.phone.as_ref().map(PhoneNumber::as_str),
        p.person.email.as_deref(),
        needs,
        key.unwrap_or_default()
    ];
    conn.execute(INSERT, &values).await?;
    search::index(conn, organisation, search::Subject::Patient(p.id), &search::tokens_of(&p.person)).await
}

/// One patient.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: PatientId) -> Result<Option<Patient>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|row| read(&row)).transpose()
}

/// The first patients, for the demonstration and tests.
pub async fn page(conn: &mut Conn, organisation: OrganisationId, most: i64) -> Result<Vec<Patient>, StoreError> {
    conn.rows(PAGE, &args![organisation, most]).await?.iter().map(read).collect()
}

/// The one patient that this person surely is: NHS number and date of birth agree and the name does not contradict,
/// or first name, last name, date of birth and postcode agree. One identifier alone never matches.
pub async fn match_person(conn: &mut Conn, organisation: OrganisationId, person: &Person) -> Result<Option<Patient>, StoreError> {
    if let (Some(number), Some(birth_date)) = (person.nhs_number, person.birth_date) {
        let found = conn.row(BY_NHS_NUMBER, &args![organisation, number.digits(), birth_date]).await?.map(|row| read(&row)).transpose()?;
        return Ok(found.filter(|p| search::fold(&p.person.family) == search::fold(&person.family)));
    }
    let Some(key) = person_key(&person.given, &person.family, person.birth_date) else { return Ok(None) };
    let candidates: Vec<Patient> = conn.rows(BY_PERSON, &args![organisation, key]).await?.iter().map(read).collect::<Result<_, _>>()?;
    let mut same_postcode = candidates.into_iter().filter(|p| person.postcode.is_some() && p.person.postcode == person.postcode);
    let first = same_postcode.next();
    // Two people who agree in everything are told apart by a person, not by us.
    Ok(first.filter(|_| same_postcode.next().is_none()))
}

/// People with the same name and date of birth, for staff to choose from.
pub async fn candidates(conn: &mut Conn, organisation: OrganisationId, person: &Person) -> Result<Vec<Patient>, StoreError> {
    let Some(key) = person_key(&person.given, &person.family, person.birth_date) else { return Ok(Vec::new()) };
    conn.rows(BY_PERSON, &args![organisation, key]).await?.iter().map(read).collect()
}

/// What is agreed about reaching a patient; nothing special for somebody who is not matched.
pub async fn contact_rules(conn: &mut Conn, organisation: OrganisationId, patient: Option<PatientId>) -> Result<ContactRules, StoreError> {
    let Some(patient) = patient else { return Ok(ContactRules::default()) };
    let row = conn.row(RULES, &args![organisation, patient]).await?;
    row.map_or(Ok(ContactRules::default()), |r| read_rules(&r))
}

/// What is agreed, with whether they have the NHS App.
pub(crate) fn read_rules(row: &Row) -> Result<ContactRules, StoreError> {
    let agreed: ContactRules = row.opt_json("contact_rules")?.unwrap_or_default();
    let app = match row.opt_time("nhs_app_at")? {
        Some(_) => row.opt_parsed::<NhsNumber>("nhs_number")?,
        None => None,
    };
    Ok(ContactRules { app, ..agreed })
}

/// Notes who has the NHS App; says for how many patients that changed.
pub async fn set_app_accounts(
    conn: &mut Conn,
    organisation: OrganisationId,
    accounts: &[NhsNumber],
    now: Timestamp,
) -> Result<u64, StoreError> {
    let has: HashSet<String> = accounts.iter().map(|n| n.digits()).collect();
    let noted: HashSet<String> =
        conn.rows(APP_ACCOUNTS, &args![organisation]).await?.iter().map(|r| r.text("nhs_number")).collect::<Result<_, _>>()?;
    let mut changed = 0;
    for (numbers, since) in [(noted.difference(&has), None), (has.difference(&noted), Some(now))] {
        for number in numbers {
            changed += conn.execute(SET_APP, &args![organisation, number, since]).await?;
        }
    }
    Ok(changed)
}

/// Agrees how a patient is reached, from this commit on: messages that wait go by it too.
pub async fn set_contact_rules(
    conn: &mut Conn,
    organisation: OrganisationId,
    patient: PatientId,
    rules: &ContactRules,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(rules).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    conn.execute(SET_RULES, &args![organisation, patient, text]).await.map(|_| ())
}

/// When a patient's baby is due or was born.
pub async fn baby(conn: &mut Conn, organisation: OrganisationId, patient: PatientId) -> Result<BabyDates, StoreError> {
    conn.row(BABY, &args![organisation, patient]).await?.map_or(Ok(BabyDates::default()), |row| read_baby(&row))
}

/// The dates of a row that has their columns.
pub(crate) fn read_baby(row: &Row) -> Result<BabyDates, StoreError> {
    Ok(BabyDates { due: row.opt_date("baby_due")?, born: row.opt_date("baby_born")? })
}

/// Notes when a patient's baby is due or was born, in place of what was noted before.
pub async fn set_baby(conn: &mut Conn, organisation: OrganisationId, patient: PatientId, baby: BabyDates) -> Result<(), StoreError> {
    conn.execute(SET_BABY, &args![organisation, patient, baby.due, baby.born]).await.map(|_| ())
}

/// What the main record says of a patient.
pub async fn facts(conn: &mut Conn, organisation: OrganisationId, patient: PatientId) -> Result<Vec<RecordFact>, StoreError> {
    conn.rows(FACTS, &args![organisation, patient]).await?.iter().map(|row| row.parsed("fact")).collect()
}

/// Notes what the main record says, in place of what was noted before.
pub async fn set_facts(conn: &mut Conn, organisation: OrganisationId, patient: PatientId, facts: &[RecordFact]) -> Result<(), StoreError> {
    conn.execute(DROP_FACTS, &args![organisation, patient]).await?;
    for fact in facts {
        conn.execute(ADD_FACT, &args![organisation, patient, fact.code()]).await?;
    }
    Ok(())
}
