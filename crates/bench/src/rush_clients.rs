//! A rush on few slots: thousands of people with a private pass, hundreds at once, over HTTP. Shared by the benchmark and
//! by the test that kills the program in the middle.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use portico_domain::{
    booking::{Mode, Slot, SlotCategory, SlotKind},
    pathway::Pathway,
    request::{Door, Kind, Person, Request},
    staff::Actor,
    triage::Urgency,
    work_item::Command,
};
use portico_nhs::{OrganisationId, SlotId, StaffId, WorkItemId};
use portico_store::{
    Ids, Store,
    queries::{booking, self_book},
    work,
};
use tokio::sync::watch;

use crate::client::Browser;

/// Slots from tomorrow on, ten minutes each.
pub async fn add_slots(store: &Store, organisation: OrganisationId, doctor: (StaffId, &str), count: i64) -> Vec<SlotId> {
    let ids = Ids::new(store.clock());
    let first = store.now() + jiff::SignedDuration::from_hours(24);
    let slots: Vec<Slot> = (0..count)
        .map(|n| {
            let starts = first + jiff::SignedDuration::from_mins(10 * n);
            Slot {
                id: ids.next(),
                clinician: doctor.0,
                clinician_name: doctor.1.to_owned(),
                site: "Main surgery".into(),
                starts,
                ends: starts + jiff::SignedDuration::from_mins(10),
                release_at: None,
                kind: SlotKind::new(Pathway::Gp, SlotCategory::ConsultationRoutine, Mode::FaceToFace),
            }
        })
        .collect();
    let (made, session) = (slots.iter().map(|s| s.id).collect(), ids.next());
    store
        .write(
            organisation,
            None,
            portico_store::work!(tx, [slots] => Ok(booking::insert_session(tx.conn(), organisation, session, booking::Origin::default(), &slots).await?)),
        )
        .await
        .expect("slots");
    made
}

/// People who were triaged and invited to choose, each with a pass.
pub async fn invite(store: &Store, organisation: OrganisationId, count: usize) -> Vec<(WorkItemId, String)> {
    let practice = store.practice(organisation).await.expect("the practice");
    let mut invited = Vec::new();
    for first in (0..count).step_by(500) {
        let practice = practice.clone();
        let some: Vec<(WorkItemId, String)> = store
            .write(
                organisation,
                None,
                portico_store::work!(tx, [practice] => {
                    let mut made = Vec::new();
                    let by = Actor::System { job: "Rush".into() };
                    for n in first..count.min(first + 500) {
                        let person = Person { given: format!("Ada{n}"), family: "Osei".into(), ..Person::default() };
                        let intake = work::Intake::new(Kind::NewProblem, Door::Online, Request { person, words: "A cough".into(), ..Request::default() }, Actor::Patient);
                        let item = work::receive(tx, &practice, &intake).await?.item;
                        let triage = Command::Triage { urgency: Urgency::Routine, pathway: Some(Pathway::Gp), reason: String::new() };
                        work::act(tx, &practice, &work::Act::new(by.clone(), item, None, triage)).await?;
                        work::act(tx, &practice, &work::Act::new(by.clone(), item, None, Command::InviteToBook { tells: true })).await?;
                        let pass = tx.ids().secret().as_str().to_owned();
                        let until = tx.now() + jiff::SignedDuration::from_hours(2);
                        self_book::add_pass(tx.conn(), organisation, &pass, item, until).await?;
                        made.push((item, pass));
                    }
                    Ok(made)
                }),
            )
            .await
            .expect("people");
        invited.extend(some);
    }
    invited
}

/// What the people were told.
#[derive(Default)]
pub struct Told {
    /// Bookings that were answered as done.
    pub booked: Mutex<BTreeMap<WorkItemId, SlotId>>,
    /// People who were told that nothing is free.
    pub none_left: AtomicUsize,
    /// How often somebody was told that a slot is taken.
    pub taken: AtomicUsize,
    /// Answers that did not come.
    pub lost: AtomicUsize,
    /// How long each claim took to be answered.
    pub times: Mutex<Vec<Duration>>,
    /// Whether the first half is through.
    pub half: AtomicBool,
}

/// Everybody wants a slot at once; `clients` of them at a time. Where the server is may change meanwhile.
pub async fn rush(
    server: &watch::Receiver<Option<SocketAddr>>,
    people: Vec<(WorkItemId, String)>,
    slots: &[SlotId],
    clients: usize,
) -> Arc<Told> {
    let told = Arc::new(Told::default());
    let (people, next, slots) = (Arc::new(people), Arc::new(AtomicUsize::new(0)), Arc::new(slots.to_vec()));
    let running: Vec<_> = (0..clients)
        .map(|_| {
            let (people, next, slots, told) = (people.clone(), next.clone(), slots.clone(), told.clone());
            let mut server = server.clone();
            tokio::spawn(async move {
                let first = server.wait_for(Option::is_some).await.expect("a server").expect("an address");
                let mut browser = Browser::new(first);
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some((item, pass)) = people.get(n) else { return };
                    if n * 2 >= people.len() {
                        told.half.store(true, Ordering::Relaxed);
                    }
                    // The page that everybody has open shows every slot; each wants another one first.
                    let mut wanted = slots[(n * 7919) % slots.len()].to_string();
                    loop {
                        let held = send(&mut browser, &mut server, &told, &format!("/choose/{pass}/hold"), &wanted).await;
                        if held.0 == 303 {
                            let booked = send(&mut browser, &mut server, &told, &format!("/choose/{pass}/book"), &wanted).await;
                            assert_eq!(booked.0, 303, "who holds a slot gets it: {}", booked.1);
                            let slot = wanted.parse().expect("an id");
                            told.booked.lock().expect("a map").insert(*item, slot);
                            break;
                        }
                        assert_eq!(held.0, 422, "{}", held.1);
                        assert!(held.1.contains("Somebody has just taken that slot"), "a loser is told in words: {}", held.1);
                        told.taken.fetch_add(1, Ordering::Relaxed);
                        let left: Vec<&str> =
                            held.1.split("name=\"slot-id\" value=\"").skip(1).filter_map(|p| p.split('"').next()).collect();
                        match left.get(n % left.len().max(1)) {
                            Some(other) => wanted = (*other).to_owned(),
                            None => {
                                assert!(held.1.contains("No appointment is free at the moment"), "{}", held.1);
                                told.none_left.fetch_add(1, Ordering::Relaxed);
                                break;
                            }
                        }
                    }
                }
            })
        })
        .collect();
    for one in running {
        one.await.expect("a client");
    }
    told
}

/// Sends a claim, again with the same key after every lost answer.
async fn send(
    browser: &mut Browser,
    server: &mut watch::Receiver<Option<SocketAddr>>,
    told: &Told,
    path: &str,
    slot: &str,
) -> (u16, String) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let key = format!("key-of-a-rush-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    loop {
        let Some(address) = *server.wait_for(Option::is_some).await.expect("a server") else { continue };
        browser.move_to(address);
        let began = Instant::now();
        match browser.post(path, &[("_key", &key), ("slot-id", slot)]).await {
            Ok(answer) if answer.status == 503 => tokio::time::sleep(Duration::from_millis(20)).await,
            Ok(answer) => {
                told.times.lock().expect("a list").push(began.elapsed());
                return (answer.status, answer.text());
            }
            Err(_) => {
                told.lost.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}
