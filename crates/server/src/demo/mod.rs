//! The demonstration practice: 1,000 made-up patients, 14 staff, a week of slots, and a morning's requests.
//!
//! Numbers are from the ranges kept for tests: NHS numbers that begin 999, telephones that Ofcom keeps for drama, example.com.

mod names;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Time};
use portico_domain::{
    advice::{self, Signature},
    booking::{Mode, SlotCategory, SlotKind},
    pathway::Pathway,
    request::{AnswerBy, Asker, Contact, Door, ForWhom, Kind, Person, Request, YesNoUnsure},
    rota::{
        Block, Template,
        what_if::{RotaChange, Treatment},
    },
    staff::{Actor, Role},
};
use portico_nhs::{NhsNumber, OdsCode, OrganisationId, RoomId, TemplateId, uk_date};
use portico_store::{
    Failure, Ids, Store, hash_of,
    queries::{
        patient::{self, Patient},
        rota,
        staff::Staff,
    },
    work,
    work::{Confirmed, Practice},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde::Deserialize;

use crate::set_up::{self, NewPerson};

/// The password of every demonstration account; the practice is made up and says so on every page.
pub const PASSWORD: &str = "demonstration";
/// Patients in the practice.
const PATIENTS: u64 = 1000;
/// Where it is.
const SITE: &str = "Elm Tree Surgery";
/// Patients written in one transaction.
const CHUNK: usize = 200;

/// Who works there: name, address, role, team.
pub const STAFF: [(&str, &str, Role, &str); 14] = [
    ("Sam Taylor", "sam@example.com", Role::Coordinator, "Triage"),
    ("Lee Morgan", "lee@example.com", Role::Coordinator, "Triage"),
    ("Dr Amara Osei", "osei@example.com", Role::SafetyLead, "Duty desk"),
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
    let lead = staff.iter().find(|s| s.role == Role::SafetyLead).ok_or_else(|| anyhow::anyhow!("nobody to sign"))?;
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

/// Mornings and afternoons of every clinician on every working day, as session templates make them eight weeks ahead.
async fn sessions(store: &Store, practice: &Practice, staff: &[Staff]) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let today = uk_date(store.now());
    let Some(manager) = staff.iter().find(|s| s.role == Role::Manager) else { return Ok(()) };
    let by = Actor::Staff { id: manager.id, role: manager.role, name: manager.name.clone() };
    let clinicians: Vec<&Staff> = staff.iter().filter(|s| s.role.is_clinician()).collect();
    for (n, person) in clinicians.into_iter().enumerate() {
        let name = format!("Room {}", n + 1);
        let site = format!("{SITE}, {name}");
        let room: RoomId = store
            .write(
                organisation,
                None,
                work!(tx, [name] => {
                    let room = rota::Room { id: tx.ids().next(), site: SITE.into(), name };
                    rota::add_room(tx.conn(), organisation, &room).await?;
                    Ok(room.id)
                }),
            )
            .await?;
        for (part, starts, minutes) in [("mornings", Time::constant(8, 30, 0, 0), 210), ("afternoons", Time::constant(13, 30, 0, 0), 240)] {
            let template = Template {
                name: format!("{}, {part}", person.name),
                clinician: person.id,
                clinician_name: person.name.clone(),
                room: Some(room),
                site: site.clone(),
                weekdays: vec![1, 2, 3, 4, 5],
                every_weeks: 1,
                first_week: today,
                starts,
                blocks: blocks(&person.name, minutes),
                on_bank_holidays: false,
            };
            let id: TemplateId = Ids::new(store.clock()).next();
            let change = RotaChange::TemplateChanged { template: id, from: today, to: Some(Box::new(template)) };
            put_in_force(store, practice, &by, change).await?;
        }
    }
    Ok(())
}

/// Tries a change and carries it out, as the rota's pages do. Nobody is booked yet, so what is seen is what there is a
/// moment later, unless a slot begins just then: it is tried again.
async fn put_in_force(store: &Store, practice: &Practice, by: &Actor, change: RotaChange) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    for again in [true, false] {
        let (_, plan) = work::try_change(&mut store.reader().await?, practice, &change, store.now()).await?;
        let seen = hash_of(&work::plan_text(&plan)?);
        let confirmed = Confirmed { change: change.clone(), seen, treatment: Treatment::Ask, reason: "The practice's rota".into() };
        let (practice, by) = (practice.clone(), by.clone());
        let done = store
            .write(organisation, None, work!(tx, [practice, by, confirmed] => work::change_rota(tx, &practice, &by, &confirmed).await))
            .await;
        match done {
            Err(Failure::Refused(_)) if again => {}
            done => return done.map(|_| ()),
        }
    }
    Ok(())
}

/// What follows in a clinician's session; half of the GPs' slots are kept for the day, all of the duty GP's.
fn blocks(name: &str, minutes: i64) -> Vec<Block> {
    let (pathway, category, mode, each, same_day_only) = clinic(name);
    let count = u16::try_from(minutes / each).unwrap_or(1);
    let block = |count: u16, same_day_only: bool| Block {
        minutes: u16::try_from(each).unwrap_or(15),
        count,
        takes: Some(SlotKind { same_day_only, ..SlotKind::new(pathway, category, mode) }),
        release_hours: None,
        release_on: None,
    };
    match pathway {
        Pathway::Gp => {
            let quarter = count / 4;
            vec![block(quarter, false), block(quarter, true), block(quarter, false), block(count - 3 * quarter, true)]
        }
        _ => vec![block(count, same_day_only)],
    }
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
        patient: Some(who.id),
        received_at: Some(now - SignedDuration::from_mins(line.minutes_ago)),
        red: line.emergency,
        ..work::Intake::new(code_of::<Kind>(&line.kind).unwrap_or(Kind::SomethingElse), door, request, actor)
    }
}
