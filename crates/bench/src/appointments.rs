//! How quickly slots that fit are found, and the best allocation is.

use std::time::Instant;

use jiff::SignedDuration;
use portico_domain::{
    allocation::{Offer, Wants, Way, allocate},
    booking::{Mode, Need, Slot, SlotCategory, SlotKind},
    pathway::Pathway,
    triage::Urgency,
};
use portico_nhs::{Calendar, SlotId, StaffId, WorkItemId};
use portico_store::{Ids, queries::booking};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{
    Place, practice,
    report::{Report, Times},
};

const CLINICIANS: u128 = 40;
const DAYS: i64 = 28;
/// Ten-minute slots of a clinician's day.
const A_DAY: i64 = 30;
const SEARCHES: usize = 1000;
const REQUESTS: u128 = 250;
const SLOTS: u128 = 300;

fn slot(id: SlotId, clinician: u128, starts: jiff::Timestamp, kind: SlotKind) -> Slot {
    Slot {
        id,
        clinician: StaffId(Uuid::from_u128(clinician)),
        clinician_name: format!("Dr {clinician}"),
        site: "Main surgery".into(),
        starts,
        ends: starts + SignedDuration::from_mins(10),
        release_at: None,
        kind,
    }
}

/// The next 20 slots that fit, over 28 days of 40 clinicians of one pathway: the worst case, for all must be looked at in order.
pub async fn search(report: &mut Report, place: &Place) -> anyhow::Result<()> {
    let practice = practice::make(&place.url).await?;
    let (organisation, ids) = (practice.organisation, Ids::new(practice.store.clock()));
    let first = practice.store.now();
    for clinician in 0..CLINICIANS {
        let mut sessions = Vec::new();
        for day in 0..DAYS {
            let begins = first + SignedDuration::from_mins(day * 24 * 60 + 60);
            // Some are for women, some for the same day, some for children: what is looked through and left out.
            let kind = |n: i64| SlotKind {
                same_day_only: n % 3 == 0,
                ages: if n % 5 == 0 { (0, 15) } else { (0, 120) },
                ..SlotKind::new(Pathway::Gp, SlotCategory::ConsultationRoutine, Mode::FaceToFace)
            };
            let slots: Vec<Slot> =
                (0..A_DAY).map(|n| slot(ids.next(), clinician, begins + SignedDuration::from_mins(10 * n), kind(n))).collect();
            sessions.push((ids.next(), slots));
        }
        practice
            .store
            .write(
                organisation,
                None,
                portico_store::work!(tx, [sessions] => {
                    for (id, slots) in &sessions {
                        booking::insert_session(tx.conn(), organisation, *id, booking::Origin::default(), slots).await?;
                    }
                    Ok(())
                }),
            )
            .await?;
    }
    practice.store.analyse().await?;
    let need = Need {
        pathway: Some(Pathway::Gp),
        urgency: Some(Urgency::Routine),
        birth_date: Some(jiff::civil::Date::constant(1984, 3, 15)),
        ..Need::default()
    };
    let (calendar, now) = (Calendar::default(), practice.store.now());
    let mut times = Vec::new();
    for _ in 0..SEARCHES {
        let began = Instant::now();
        let found = booking::fitting(&mut practice.store.reader().await?, organisation, &need, (now, &calendar), (now, 20)).await?;
        times.push(began.elapsed());
        anyhow::ensure!(found.len() == 20, "{} found", found.len());
    }
    let times = Times::of(times);
    report.goal(
        format!(
            "{}: the next 20 slots that fit, over {DAYS} days of {CLINICIANS} clinicians ({} slots)",
            place.engine,
            CLINICIANS as i64 * DAYS * A_DAY
        ),
        format!("p50 {:.2} ms, p99 {:.2} ms", times.ms(0.5), times.ms(0.99)),
        "p99 ≤ 5 ms",
        times.ms(0.99) <= 5.0,
    );
    practice.store.close().await;
    Ok(())
}

/// The best allocation of 300 slots to 250 requests.
pub fn allocation(report: &mut Report) {
    let mut random = StdRng::seed_from_u64(250);
    let now: jiff::Timestamp = "2026-01-05T08:00:00Z".parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let pathways = [Pathway::Gp, Pathway::Nurse, Pathway::DutyGp, Pathway::Pharmacist];
    let urgencies = [Urgency::SameDay, Urgency::Soon, Urgency::Routine, Urgency::Routine];
    let mut times = Vec::new();
    let mut served = 0;
    for _ in 0..50 {
        let wants: Vec<Wants> = (0..REQUESTS)
            .map(|n| Wants {
                item: WorkItemId(Uuid::from_u128(n)),
                need: Need {
                    pathway: Some(pathways[random.random_range(0..4)]),
                    urgency: Some(urgencies[random.random_range(0..4)]),
                    ..Need::default()
                },
                received_at: now,
                usual: random.random_bool(0.3).then(|| StaffId(Uuid::from_u128(random.random_range(0..12)))),
                language: None,
                home: None,
            })
            .collect();
        let offers: Vec<Offer> = (0..SLOTS)
            .map(|n| {
                let kind = SlotKind {
                    same_day_only: random.random_bool(0.3),
                    ..SlotKind::new(pathways[random.random_range(0..4)], SlotCategory::ConsultationRoutine, Mode::FaceToFace)
                };
                let starts = now + SignedDuration::from_mins(random.random_range(10..600));
                Offer { slot: slot(SlotId(Uuid::from_u128(1000 + n)), n % 12, starts, kind), languages: Vec::new(), way: Way::Unknown }
            })
            .collect();
        let began = Instant::now();
        let best = allocate(&wants, &offers, now, &Calendar::default());
        times.push(began.elapsed());
        served += best.pairs.len();
    }
    let times = Times::of(times);
    report.goal(
        format!("the best allocation of {SLOTS} slots to {REQUESTS} requests"),
        format!("p50 {:.1} ms, p99 {:.1} ms, {:.0} served on average", times.ms(0.5), times.ms(0.99), served as f64 / 50.0),
        "≤ 20 ms, optimal",
        times.ms(0.99) <= 20.0,
    );
}
