//! The promises as properties: whatever is done, in whatever order, at whatever time.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_domain::{
    message::Facts,
    pathway::Pathway,
    record::Outcome,
    request::{Door, Kind, Person, Request},
    staff::{Actor, Presence, Role},
    triage::Urgency,
    work_item::Command,
};
use portico_nhs::{SlotId, StaffId, WorkItemId};
use portico_store::{
    Failure,
    queries::{booking, work_item},
    work,
    work::Practice,
};
use portico_testkit::{
    World,
    databases::{TestDatabase, postgres, sqlite},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRng, TestRunner},
};

/// Mostly the one that has slots, so that sequences do book.
const PATHWAYS: [Pathway; 6] = [Pathway::Gp, Pathway::Gp, Pathway::DutyGp, Pathway::Gp, Pathway::Admin, Pathway::Emergency];

/// One thing that somebody does, or time that passes. Numbers pick among what there is.
#[derive(Debug, Clone)]
enum Step {
    Receive { red: bool, who: usize },
    Triage { item: usize, urgency: usize, pathway: usize, staff: usize },
    ConfirmLower { item: usize, staff: usize },
    Assign { item: usize, to: usize },
    Ask { item: usize },
    Reply { item: usize },
    PatientWrites { item: usize },
    PatientCancels { item: usize },
    Hold { item: usize, slot: usize },
    Book { item: usize, slot: usize },
    CancelBooking { item: usize },
    Close { item: usize, outcome: usize, staff: usize },
    ReadEarlier { item: usize },
    Undo { item: usize, staff: usize },
    Presence { who: usize, presence: usize },
    TimePasses { minutes: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0..64usize;
    prop_oneof![
        4 => (prop::bool::weighted(0.2), 0..6usize).prop_map(|(red, who)| Step::Receive { red, who }),
        4 => (n.clone(), n.clone(), n.clone(), n.clone()).prop_map(|(item, urgency, pathway, staff)| Step::Triage { item, urgency, pathway, staff }),
        1 => (n.clone(), n.clone()).prop_map(|(item, staff)| Step::ConfirmLower { item, staff }),
        3 => (n.clone(), n.clone()).prop_map(|(item, to)| Step::Assign { item, to }),
        2 => n.clone().prop_map(|item| Step::Ask { item }),
        1 => n.clone().prop_map(|item| Step::Reply { item }),
        2 => n.clone().prop_map(|item| Step::PatientWrites { item }),
        1 => n.clone().prop_map(|item| Step::PatientCancels { item }),
        1 => (n.clone(), n.clone()).prop_map(|(item, slot)| Step::Hold { item, slot }),
        4 => (n.clone(), n.clone()).prop_map(|(item, slot)| Step::Book { item, slot }),
        1 => n.clone().prop_map(|item| Step::CancelBooking { item }),
        3 => (n.clone(), n.clone(), n.clone()).prop_map(|(item, outcome, staff)| Step::Close { item, outcome, staff }),
        1 => n.clone().prop_map(|item| Step::ReadEarlier { item }),
        2 => (n.clone(), n.clone()).prop_map(|(item, staff)| Step::Undo { item, staff }),
        2 => (n.clone(), n).prop_map(|(who, presence)| Step::Presence { who, presence }),
        2 => (1..900i64).prop_map(|minutes| Step::TimePasses { minutes }),
    ]
}

/// What a sequence works on.
struct Scene<'w> {
    w: &'w World,
    practice: Arc<Practice>,
    staff: Vec<(StaffId, Actor)>,
    items: Vec<WorkItemId>,
    slots: Vec<SlotId>,
}

fn pick<T: Clone>(from: &[T], n: usize) -> Option<T> {
    (!from.is_empty()).then(|| from[n % from.len()].clone())
}

impl Scene<'_> {
    async fn act(&self, actor: Actor, item: Option<WorkItemId>, command: Command) -> Result<(), Failure> {
        let Some(item) = item else { return Ok(()) };
        let practice = self.practice.clone();
        let what = work::Act { actor, item, version: None, command, facts: Facts::default() };
        self.w
            .store
            .write(self.w.organisation, None, work!(tx, [practice, what] => work::act(tx, &practice, &what).await))
            .await
            .map(|_| ())
    }

    fn somebody(&self, n: usize) -> Actor {
        self.staff[n % self.staff.len()].1.clone()
    }

    async fn take(&mut self, step: &Step) -> Result<(), Failure> {
        let (organisation, practice) = (self.w.organisation, self.practice.clone());
        let item = |n: &usize| pick(&self.items, *n);
        let coordinator = self.somebody(0);
        match step {
            Step::Receive { red, who } => {
                let person = Person {
                    given: format!("Person{who}"),
                    family: "Osei".into(),
                    birth_date: Some(jiff::civil::date(1984, 3, 15)),
                    phone: "07700 900123".parse().ok(),
                    ..Person::default()
                };
                let request = Request { person, words: "Something".into(), ..Request::default() };
                let intake =
                    work::Intake { red: *red, confirm: true, ..work::Intake::new(Kind::NewProblem, Door::Phone, request, coordinator) };
                let received = self
                    .w
                    .store
                    .write(organisation, None, work!(tx, [practice, intake] => work::receive(tx, &practice, &intake).await))
                    .await?;
                self.items.push(received.item);
                Ok(())
            }
            Step::Triage { item: n, urgency, pathway, staff } => {
                let command = Command::Triage {
                    urgency: Urgency::ALL[urgency % Urgency::ALL.len()],
                    pathway: pick(&PATHWAYS, *pathway),
                    reason: "Spoke to them".into(),
                };
                self.act(self.somebody(*staff), item(n), command).await
            }
            Step::ConfirmLower { item: n, staff } => self.act(self.somebody(*staff), item(n), Command::ConfirmLower).await,
            Step::Assign { item: n, to } => {
                let (id, _) = self.staff[to % self.staff.len()];
                let person =
                    portico_store::queries::staff::load(&mut self.w.store.reader().await?, organisation, id).await?.expect("a person");
                self.act(
                    coordinator,
                    item(n),
                    Command::Assign { team: person.team, person: Some((id, person.presence == Presence::AtWork)) },
                )
                .await
            }
            Step::Ask { item: n } => self.act(coordinator, item(n), Command::Ask { text: "More?".into() }).await,
            Step::Reply { item: n } => self.act(coordinator, item(n), Command::Reply { text: "Rest.".into() }).await,
            Step::PatientWrites { item: n } => self.act(Actor::Patient, item(n), Command::PatientWrites { text: "Here".into() }).await,
            Step::PatientCancels { item: n } => self.act(Actor::Patient, item(n), Command::PatientCancels).await,
            Step::ReadEarlier { item: n } => self.act(coordinator, item(n), Command::ReadEarlier).await,
            Step::Close { item: n, outcome, staff } => {
                let command = Command::Close { outcome: Outcome::ALL[outcome % Outcome::ALL.len()], code: None, text: String::new() };
                self.act(self.somebody(*staff), item(n), command).await
            }
            Step::Hold { item: n, slot } => {
                let (Some(item), Some(slot)) = (item(n), pick(&self.slots, *slot)) else { return Ok(()) };
                self.w
                    .store
                    .write(
                        organisation,
                        None,
                        work!(tx, [practice, coordinator] => work::hold(tx, &practice, &coordinator, item, slot).await),
                    )
                    .await
                    .map(|_| ())
            }
            Step::Book { item: n, slot } => {
                let (Some(item), Some(slot)) = (item(n), pick(&self.slots, *slot)) else { return Ok(()) };
                self.w
                    .store
                    .write(
                        organisation,
                        None,
                        work!(tx, [practice, coordinator] => work::book(tx, &practice, &coordinator, item, None, slot).await),
                    )
                    .await
                    .map(|_| ())
            }
            Step::CancelBooking { item: n } => {
                let Some(item) = item(n) else { return Ok(()) };
                self.w
                    .store
                    .write(
                        organisation,
                        None,
                        work!(tx, [practice, coordinator] => work::cancel_booking(tx, &practice, &coordinator, item, None, "ill").await),
                    )
                    .await
                    .map(|_| ())
            }
            Step::Undo { item: n, staff } => {
                let Some(id) = item(n) else { return Ok(()) };
                let Some(found) = work_item::load(&mut self.w.store.reader().await?, organisation, id).await? else { return Ok(()) };
                let (actor, version) = (self.somebody(*staff), found.version);
                self.w
                    .store
                    .write(organisation, None, work!(tx, [practice, actor] => work::undo(tx, &practice, &actor, id, version).await))
                    .await
                    .map(|_| ())
            }
            Step::Presence { who, presence } => {
                // Somebody comes back as often as somebody goes, and nobody leaves for good, or the story ends early.
                let (id, presence) = (self.staff[who % self.staff.len()].0, [Presence::AtWork, Presence::Away][presence % 2]);
                self.w
                    .store
                    .write(
                        organisation,
                        None,
                        work!(tx, [practice, coordinator] => work::set_presence(tx, &practice, &coordinator, id, presence).await),
                    )
                    .await
                    .map(|_| ())
            }
            Step::TimePasses { minutes } => {
                self.w.clock.forward(SignedDuration::from_mins(*minutes));
                self.w.jobs.once().await.expect("background work");
                Ok(())
            }
        }
    }
}

async fn keeps_its_promises(db: TestDatabase, sequences: u32) {
    let w = World::new().on(db).at("2026-01-05 08:30").coordinator("Sam").coordinator("Lee").clinician("Osei").start().await;
    let practice = w.store.practice(w.organisation).await.unwrap();
    let staff = [("Sam", Role::Coordinator), ("Lee", Role::Coordinator), ("Osei", Role::Clinician)]
        .map(|(name, role)| (w.staff_id(name), Actor::Staff { id: w.staff_id(name), role, name: name.into() }))
        .to_vec();
    // The same sequences at every run; a failure is printed with its steps.
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha));
    let sequence = prop::collection::vec(step(), 6..16);
    for n in 0..sequences {
        let mut steps = sequence.new_tree(&mut runner).unwrap().current();
        // Two requests to work on; the first can be booked at once.
        let begin = [
            Step::Receive { red: n % 7 == 0, who: n as usize },
            Step::Receive { red: false, who: n as usize % 6 },
            Step::Triage { item: 0, urgency: 3, pathway: 0, staff: 2 },
        ];
        steps.splice(0..0, begin);
        let slots = w.fresh_slots(Pathway::Gp, 4).await;
        let mut scene = Scene { w: &w, practice: practice.clone(), staff: staff.clone(), items: Vec::new(), slots };
        for (at, step) in steps.iter().enumerate() {
            match scene.take(step).await {
                Ok(()) | Err(Failure::Refused(_) | Failure::NotFound | Failure::Stale) => {}
                Err(error) => panic!("sequence {n}, step {at} ({step:?}): {error}\n{steps:#?}"),
            }
            let mut conn = w.store.reader().await.unwrap();
            let ledger = work_item::ledger(&mut conn, w.organisation).await.unwrap();
            assert_eq!(ledger.received, ledger.open + ledger.closed, "sequence {n}, step {at}\n{steps:#?}");
            assert_eq!(work_item::without_next_move(&mut conn, w.organisation).await.unwrap(), 0, "sequence {n}, step {at}\n{steps:#?}");
            assert_eq!(booking::booked_twice(&mut conn, w.organisation).await.unwrap(), 0, "sequence {n}, step {at}\n{steps:#?}");
        }
    }
    assert!(
        booking::booked(&mut w.store.reader().await.unwrap(), w.organisation).await.unwrap() > i64::from(sequences) / 50,
        "the sequences do book"
    );
    w.nothing_is_lost().await;
}

#[tokio::test]
async fn received_equals_open_plus_closed() {
    keeps_its_promises(sqlite(), 1000).await;
}

#[tokio::test]
async fn every_open_item_has_a_next_move() {
    keeps_its_promises(postgres(), 200).await;
}
