//! The demonstration practice: 1,000 made-up patients, 14 staff, a week of slots, and a morning's requests.
//!
//! Numbers are from the ranges kept for tests: NHS numbers that begin 999, telephones that Ofcom keeps for drama, example.com.

mod names;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use portico_domain::{
    advice::{self, Signature},
    booking::{Mode, Slot, SlotCategory, SlotKind},
    pathway::Pathway,
    request::{AnswerBy, Asker, Contact, Door, ForWhom, Kind, Person, Request, YesNoUnsure},
    staff::{Actor, Role},
};
use portico_nhs::{Calendar, NhsNumber, OdsCode, OrganisationId, london, uk_date};
use portico_store::{
    Failure, Ids, Store,
    queries::{
        booking,
        patient::{self, Patient},
        staff::Staff,
    },
    work,
    work::Practice,
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde::Deserialize;

use crate::set_up::{self, NewPerson};

/// The password of every demonstration account; the practice is made up and says so on every page.
pub const PASSWORD: &str = "demonstration";
/// Patients in the practice.
const PATIENTS: u64 = 1000;
/// Patients written in one transaction.
const CHUNK: usize = 200;

/// Who works there: name, address, role, team.
pub const STAFF: [(&str, &str, Role, &str); 14] = [
    ("Sam Taylor", "sam@example.com", Role::Coordinator, "Triage"),
    ("Lee Morgan", "lee@example.com", Role::Coordinator, "Triage"),
    ("Dr Amara Osei", "osei@example.com", Role::Clinician, "Duty desk"),
    ("Dr Priya Nair", "nair@example.com", Role::Clinician, "GPs"),
    ("Dr Tom Hughes", "hughes@example.com", Role::Clinician, "GPs"),
    ("Grace Bello", "bello@example.com", Role::Clinician, "Nursing"),
    ("Kasia Nowak", "nowak@example.com", Role::Clinician, "Nursing"),
    ("Imran Shah", "shah@example.com", Role::Clinician, "Pharmacy"),
    ("Beth Evans", "evans@example.com", Role::Clinician, "Wider team"),
    ("Jo Walker", "jo@example.com", Role::Reception, "Reception"),
    ("Nadia Rahman", "nadia@example.com", Role::Reception, "Reception"),
    ("Chris Green", "green@example.com", Role::Coordinator, "Admin"),
    ("Helen Price", "manager@example.com", Role::Manager, "Admin"),
    ("Alex Reid", "auditor@example.com", Role::Auditor, "Admin"),
];

/// Everything that was made.
pub struct Made {
    /// The practice.
    pub organisation: OrganisationId,
    /// Its people.
    pub staff: Vec<Staff>,
}

/// The demonstration runs in advice, signed by its made-up safety lead, and says that it is a demonstration.
async fn sign(store: &Store, organisation: OrganisationId, staff: &[Staff], mode: advice::Mode) -> anyhow::Result<()> {
    let lead = staff.iter().find(|s| s.role == Role::Clinician).ok_or_else(|| anyhow::anyhow!("nobody to sign"))?;
    let now = store.now();
    let signature = Signature {
        mode,
        version: store.practice(organisation).await?.adviser.version().to_owned(),
        name: format!("{} (made up)", lead.name),
        registration: "GMC 0000000".into(),
        evaluation: "A demonstration with made-up patients: no evaluation was read.".into(),
        signed_at: now,
        expires_at: now + SignedDuration::from_hours(24 * 365),
    };
    let actor = Actor::Staff { id: lead.id, role: lead.role, name: lead.name.clone() };
    store
        .write(
            organisation,
            None,
            portico_store::work!(tx, [actor, signature] => work::sign_rules(tx, organisation, &actor, &signature).await),
        )
        .await?;
    store.forget_practices();
    Ok(())
}

/// Makes the practice on an empty database.
pub async fn make(store: &Store, advice: advice::Mode) -> anyhow::Result<Made> {
    let ods: OdsCode = "Y99999".parse()?;
    let (organisation, teams) = set_up::organisation(store, "Elm Tree Surgery", ods, "0113 496 0100", None, true).await?;
    let password_hash = portico_web::hash_password(PASSWORD).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let people: Vec<NewPerson> = STAFF
        .iter()
        .map(|(name, email, role, team)| NewPerson {
            name: (*name).into(),
            email: (*email).into(),
            role: *role,
            team,
            password_hash: password_hash.clone(),
        })
        .collect();
    let staff = set_up::people(store, organisation, &teams, &people).await?;
    sign(store, organisation, &staff, advice).await?;
    let mut random = StdRng::seed_from_u64(20_261_120);
    let patients = patients(store, &mut random);
    for chunk in patients.chunks(CHUNK) {
        let chunk = chunk.to_vec();
        store
            .write(
                organisation,
                None,
                work!(tx, [chunk] => { for p in &chunk { patient::insert(tx.conn(), organisation, p).await?; } Ok(()) }),
            )
            .await?;
    }
    let practice = store.practice(organisation).await?;
    sessions(store, &practice, &staff).await?;
    requests(store, &practice, &patients, &mut random).await?;
    store.analyse().await?;
    Ok(Made { organisation, staff })
}

fn patients(store: &Store, random: &mut StdRng) -> Vec<Patient> {
    let ids = Ids::new(store.clock());
    let today = uk_date(store.now());
    let mut numbers = (999_000_001u64..).filter_map(NhsNumber::from_first_nine);
    (0..PATIENTS)
        .map(|n| {
            let female = random.random_bool(0.51);
            let given = if female { names::WOMEN } else { names::MEN }.choose(random).copied().unwrap_or("Sam");
            let family = names::FAMILIES.choose(random).copied().unwrap_or("Smith");
            // A young and an old hump, about as practices have them.
            let age_days = if n % 5 == 0 { random.random_range(0..18 * 365) } else { random.random_range(18 * 365..95 * 365) };
            let birth_date = today.checked_sub((age_days as i64).days()).unwrap_or(today);
            let house = random.random_range(1..140);
            let street = names::STREETS.choose(random).copied().unwrap_or("High Street");
            let postcode = format!("LS{} {}{}{}", random.random_range(1..9), random.random_range(1..9), letter(random), letter(random));
            let phone = format!("07700 900{:03}", n % 1000);
            let needs = Contact {
                interpreter: random.random_bool(0.03).then(|| names::LANGUAGES.choose(random).copied().unwrap_or("Polish").to_owned()),
                large_print: random.random_bool(0.02),
                bsl: random.random_bool(0.004),
                ..Contact::default()
            };
            let person = Person {
                given: given.into(),
                family: family.into(),
                birth_date: Some(birth_date),
                postcode: postcode.parse().ok(),
                nhs_number: numbers.next(),
                phone: phone.parse().ok(),
                email: random
                    .random_bool(0.6)
                    .then(|| format!("{}.{}{n}@example.com", given.to_lowercase(), family.to_lowercase().replace(['\'', ' '], ""))),
                address: vec![format!("{house} {street}"), "Leeds".into(), postcode],
            };
            Patient { id: ids.next(), person, sex: if female { "female" } else { "male" }.into(), needs }
        })
        .collect()
}

fn letter(random: &mut StdRng) -> char {
    // Letters that stand in the inward part of real postcodes.
    *b"ABDEFGHJLNPQRSTUWXYZ".choose(random).unwrap_or(&b'A') as char
}

/// What a clinician's day offers: (pathway, category, mode, minutes a slot, kept for the same day).
fn clinic(name: &str) -> (Pathway, SlotCategory, Mode, i64, bool) {
    match name {
        "Dr Amara Osei" => (Pathway::DutyGp, SlotCategory::ConsultationAcute, Mode::Telephone, 10, true),
        "Dr Priya Nair" | "Dr Tom Hughes" => (Pathway::Gp, SlotCategory::ConsultationRoutine, Mode::FaceToFace, 15, false),
        "Grace Bello" => (Pathway::Nurse, SlotCategory::PlannedClinic, Mode::FaceToFace, 15, false),
        "Kasia Nowak" => (Pathway::Hca, SlotCategory::PlannedClinic, Mode::FaceToFace, 15, false),
        "Imran Shah" => (Pathway::Pharmacist, SlotCategory::MedicationReview, Mode::Telephone, 15, false),
        _ => (Pathway::MentalHealth, SlotCategory::ConsultationRoutine, Mode::FaceToFace, 20, false),
    }
}

/// A week of working days, mornings and afternoons, for every clinician.
async fn sessions(store: &Store, practice: &Practice, staff: &[Staff]) -> Result<(), Failure> {
    let ids = Ids::new(store.clock());
    let organisation = practice.organisation.id;
    let mut day = uk_date(store.now());
    let mut days = Vec::new();
    while days.len() < 7 {
        if Calendar::is_working_day(day) {
            days.push(day);
        }
        day = day.tomorrow().unwrap_or(day);
    }
    for day in days {
        let mut made = Vec::new();
        for person in staff.iter().filter(|s| s.role == Role::Clinician) {
            for (from, to) in [((8, 30), (12, 0)), ((13, 30), (17, 30))] {
                let slots = slots_of(&ids, person, day, from, to);
                if !slots.is_empty() {
                    made.push((ids.next(), slots));
                }
            }
        }
        store.write(organisation, None, work!(tx, [made] => { for (id, slots) in &made { booking::insert_session(tx.conn(), organisation, *id, booking::Origin::default(), slots).await?; } Ok(()) })).await?;
    }
    Ok(())
}

fn slots_of(ids: &Ids, person: &Staff, day: Date, from: (i8, i8), to: (i8, i8)) -> Vec<Slot> {
    let (pathway, category, mode, minutes, same_day_only) = clinic(&person.name);
    let at = |(hour, minute): (i8, i8)| day.at(hour, minute, 0, 0).to_zoned(london()).map(|z| z.timestamp());
    let (Ok(mut starts), Ok(end)) = (at(from), at(to)) else { return Vec::new() };
    let length = SignedDuration::from_mins(minutes);
    let mut slots = Vec::new();
    while starts + length <= end {
        slots.push(Slot {
            id: ids.next(),
            clinician: person.id,
            clinician_name: person.name.clone(),
            site: "Elm Tree Surgery, room 4".into(),
            starts,
            ends: starts + length,
            release_at: None,
            // Half of the GPs' slots are kept for the day; the duty GP's all are.
            kind: SlotKind {
                same_day_only: same_day_only || (pathway == Pathway::Gp && slots.len() % 2 == 1),
                ..SlotKind::new(pathway, category, mode)
            },
        });
        starts += length;
    }
    slots
}

/// One line of the morning's requests.
#[derive(Debug, Deserialize)]
struct Morning {
    request: Vec<Line>,
}

#[derive(Debug, Clone, Deserialize)]
struct Line {
    channel: String,
    for_whom: String,
    kind: String,
    text: String,
    duration: String,
    tried: String,
    worse: String,
    wish: String,
    contact: String,
    best_time: String,
    age_min: u8,
    age_max: u8,
    sex: String,
    emergency: bool,
    #[serde(default)]
    emergency_answer: Option<String>,
    needs: Vec<String>,
    minutes_ago: i64,
}

fn code_of<T: std::str::FromStr>(words: &str) -> Option<T> {
    words.replace([' ', '-'], "_").to_lowercase().parse().ok()
}

async fn requests(store: &Store, practice: &Arc<Practice>, patients: &[Patient], random: &mut StdRng) -> anyhow::Result<()> {
    let morning: Morning = toml::from_str(include_str!("requests.toml"))?;
    let now = store.now();
    let mut lines = morning.request;
    lines.sort_by_key(|l| -l.minutes_ago);
    for line in lines {
        let today = uk_date(now);
        let fits = |p: &&Patient| {
            let age = p.person.birth_date.and_then(|b| portico_domain::booking::age_on(b, today)).unwrap_or(0);
            (line.age_min..=line.age_max).contains(&age) && (line.sex == "any" || line.sex == p.sex)
        };
        let fitting: Vec<&Patient> = patients.iter().filter(fits).collect();
        let Some(who) = fitting.choose(random).copied().or_else(|| patients.first()) else { continue };
        let intake = intake_of(&line, who, now);
        let organisation = practice.organisation.id;
        let practice = practice.clone();
        store.write(organisation, None, work!(tx, [practice, intake] => work::receive(tx, &practice, &intake).await)).await?;
    }
    Ok(())
}

fn intake_of(line: &Line, who: &Patient, now: Timestamp) -> work::Intake {
    let for_whom = match line.for_whom.as_str() {
        "child" => ForWhom::Child,
        "cared for" => ForWhom::CaredFor,
        _ => ForWhom::Myself,
    };
    let need = |n: &str| line.needs.iter().any(|x| x == n);
    let contact = Contact {
        answer_by: code_of::<AnswerBy>(&line.contact).unwrap_or(AnswerBy::Phone),
        best_time: line.best_time.clone(),
        leave_message: !need("no voicemail"),
        interpreter: if need("interpreter") {
            who.needs.interpreter.clone().or(Some("Romanian".into()))
        } else {
            who.needs.interpreter.clone()
        },
        large_print: need("large print") || who.needs.large_print,
        bsl: need("bsl") || who.needs.bsl,
    };
    let asker = (for_whom != ForWhom::Myself).then(|| Asker {
        name: format!("Robin {}", who.person.family),
        relationship: if for_whom == ForWhom::Child { "parent".into() } else { "carer".into() },
    });
    let request = Request {
        for_whom,
        person: who.person.clone(),
        asker,
        words: line.text.clone(),
        duration: line.duration.clone(),
        tried: line.tried.clone(),
        worse: code_of::<YesNoUnsure>(&line.worse),
        wish: line.wish.clone(),
        contact,
        safety: Vec::new(),
        emergency_signs: line.emergency_answer.clone().filter(|_| line.emergency).into_iter().collect(),
    };
    let door = code_of::<Door>(&line.channel).unwrap_or(Door::Online);
    let actor = if door == Door::Online { Actor::Patient } else { Actor::System { job: "Reception (demonstration)".into() } };
    work::Intake {
        kind: code_of::<Kind>(&line.kind).unwrap_or(Kind::SomethingElse),
        door,
        request,
        actor,
        patient: Some(who.id),
        received_at: Some(now - SignedDuration::from_mins(line.minutes_ago)),
        about: None,
        red: line.emergency,
        link: None,
        confirm: false,
    }
}
