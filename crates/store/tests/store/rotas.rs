//! Five hundred random rotas and changes: what the preview says is what is done, byte for byte; undo puts it back.

use std::sync::Arc;

use jiff::{SignedDuration, ToSpan, civil::time};
use portico_domain::{
    booking::{Mode, SlotCategory, SlotKind},
    pathway::Pathway,
    request::{Door, Kind, Person, Request},
    rota::{
        Block, Template,
        what_if::{Diary, RotaChange, Treatment, after},
    },
    staff::{Actor, Role},
    triage::Urgency,
    work_item::Command,
};
use portico_nhs::{RoomId, RotaChangeId, SessionId, SlotId, StaffId, TemplateId, WorkItemId, uk_date};
use portico_store::{
    Failure, hash_of,
    queries::{booking, capacity, rota, work_item},
    work,
    work::{Act, Confirmed, Practice},
};
use portico_testkit::{World, databases};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// One slot as it is compared: its id, its time, its clinician, who is booked.
type Line = (SlotId, i64, i64, StaffId, Mode, Option<WorkItemId>);

fn lines(diary: &Diary) -> Vec<Line> {
    let mut all: Vec<Line> = diary
        .entries
        .iter()
        .map(|e| {
            let s = &e.slot;
            (s.id, s.starts.as_second(), s.ends.as_second(), s.clinician, s.kind.mode, e.taken.as_ref().map(|t| t.item))
        })
        .collect();
    all.sort_unstable();
    all
}

struct Scene<'w> {
    w: &'w World,
    practice: Arc<Practice>,
    helen: Actor,
    clinicians: Vec<StaffId>,
    rooms: Vec<RoomId>,
    random: StdRng,
}

impl Scene<'_> {
    fn template(&mut self) -> Template {
        let clinician = *self.clinicians.choose(&mut self.random).unwrap();
        let mut weekdays: Vec<i8> = (1..=7).filter(|_| self.random.random_bool(0.4)).collect();
        if weekdays.is_empty() {
            weekdays.push(3);
        }
        let mode = if self.random.random_bool(0.5) { Mode::Telephone } else { Mode::FaceToFace };
        let kind = SlotKind::new(Pathway::Gp, SlotCategory::ConsultationRoutine, mode);
        let block = |random: &mut StdRng, takes| Block {
            minutes: *[10, 15, 20].choose(random).unwrap(),
            count: random.random_range(1..4),
            takes,
            release_hours: None,
            release_on: None,
        };
        let blocks = vec![block(&mut self.random, Some(kind.clone())), block(&mut self.random, None), block(&mut self.random, Some(kind))];
        Template {
            name: "Clinic".into(),
            clinician,
            clinician_name: format!("Dr {clinician}"),
            room: self.random.random_bool(0.7).then(|| *self.rooms.choose(&mut self.random).unwrap()),
            site: "Main surgery".into(),
            weekdays,
            every_weeks: self.random.random_range(1..3),
            first_week: uk_date(self.w.store.now()),
            starts: time(self.random.random_range(8..16), *[0, 15, 30].choose(&mut self.random).unwrap(), 0, 0),
            blocks,
            on_bank_holidays: true,
        }
    }

    async fn changes(&self, change: &RotaChange, seen: Vec<u8>, treatment: Treatment) -> Result<RotaChangeId, Failure> {
        let confirmed = Confirmed { change: change.clone(), seen, treatment, reason: "Because".into() };
        let (practice, actor) = (self.practice.clone(), self.helen.clone());
        self.w
            .store
            .write(
                self.w.organisation,
                None,
                work!(tx, [practice, actor, confirmed] => work::change_rota(tx, &practice, &actor, &confirmed).await),
            )
            .await
    }

    /// The plan's text as somebody sees it now.
    async fn preview(&self, change: &RotaChange) -> (String, portico_domain::rota::what_if::Plan) {
        let mut conn = self.w.store.reader().await.unwrap();
        let (_, plan) = work::try_change(&mut conn, &self.practice, change, self.w.store.now()).await.unwrap();
        (work::plan_text(&plan).unwrap(), plan)
    }

    async fn whole_diary(&self) -> Diary {
        let now = self.w.store.now();
        let mut conn = self.w.store.reader().await.unwrap();
        let until = now + SignedDuration::from_hours(24 * 70);
        Diary { entries: rota::between(&mut conn, self.w.organisation, (now, until), now).await.unwrap(), ..Diary::default() }
    }

    /// People who ask, are triaged and booked, some of them closed as booked.
    async fn books(&mut self, count: usize) {
        let free = self.whole_diary().await;
        let now = self.w.store.now();
        let soon: Vec<SlotId> = free
            .entries
            .iter()
            .filter(|e| e.slot.starts < now + SignedDuration::from_hours(24 * 27) && e.slot.starts > now)
            .map(|e| e.slot.id)
            .collect();
        for n in 0..count {
            let Some(slot) = soon.choose(&mut self.random).copied() else { return };
            let urgency = if self.random.random_bool(0.2) { Urgency::Soon } else { Urgency::Routine };
            let (practice, closes) = (self.practice.clone(), self.random.random_bool(0.2));
            let by = Actor::System { job: "Test".into() };
            let booked: Result<(), Failure> = self
                .w
                .store
                .write(
                    self.w.organisation,
                    None,
                    work!(tx, [practice, by] => {
                        let person = Person { given: format!("P{n}"), family: "Test".into(), ..Person::default() };
                        let request = Request { person, words: "A rash".into(), ..Request::default() };
                        let intake = work::Intake::new(Kind::NewProblem, Door::Phone, request, by.clone());
                        let item = work::receive(tx, &practice, &intake).await?.item;
                        let triage = Command::Triage { urgency, pathway: Some(Pathway::Gp), reason: String::new() };
                        work::act(tx, &practice, &Act::new(by.clone(), item, None, triage)).await?;
                        work::act(tx, &practice, &Act::new(by.clone(), item, None, Command::ReadEarlier)).await?;
                        work::book(tx, &practice, &by, item, None, slot).await?;
                        if closes {
                            let close = Command::Close { outcome: portico_domain::record::Outcome::Booked, code: None, text: String::new() };
                            work::act(tx, &practice, &Act::new(by.clone(), item, None, close)).await?;
                        }
                        Ok(())
                    }),
                )
                .await;
            assert!(booked.is_ok() || matches!(booked, Err(Failure::Refused(_))), "{booked:?}");
        }
    }

    fn change(&mut self, diary: &Diary, templates: &[TemplateId]) -> RotaChange {
        let now = self.w.store.now();
        let from = now + SignedDuration::from_mins(self.random.random_range(0..8 * 24 * 60));
        let to = from + SignedDuration::from_mins(self.random.random_range(600..16 * 24 * 60));
        let session = |random: &mut StdRng| diary.entries.choose(random).map_or(SessionId(uuid::Uuid::nil()), |e| e.session);
        match self.random.random_range(0..7) {
            0 => RotaChange::Absence { clinician: *self.clinicians.choose(&mut self.random).unwrap(), from, to },
            1 => RotaChange::RoomClosed { room: *self.rooms.choose(&mut self.random).unwrap(), from, to },
            // A closure of days touches every session; hours are enough to meet every case.
            6 => RotaChange::PracticeClosed { from, to: to.min(from + SignedDuration::from_hours(30)) },
            2 => RotaChange::SessionCancelled { session: session(&mut self.random) },
            3 => {
                let session = session(&mut self.random);
                let first = diary.entries.iter().find(|e| e.session == session).map_or(now, |e| e.slot.starts);
                let (a, b) = (self.random.random_range(-10..30), self.random.random_range(30..90));
                RotaChange::SessionShortened {
                    session,
                    from: first + SignedDuration::from_mins(a),
                    to: first + SignedDuration::from_mins(b),
                }
            }
            4 => RotaChange::TemplateChanged { template: *templates.choose(&mut self.random).unwrap(), from: uk_date(from), to: None },
            _ => {
                let to = Some(Box::new(self.template()));
                RotaChange::TemplateChanged { template: *templates.choose(&mut self.random).unwrap(), from: uk_date(from), to }
            }
        }
    }

    async fn one(&mut self) -> usize {
        let mut templates = Vec::new();
        for _ in 0..self.random.random_range(2..4) {
            let id = TemplateId(uuid::Uuid::from_u128(self.random.random()));
            let new = RotaChange::TemplateChanged { template: id, from: uk_date(self.w.store.now()), to: Some(Box::new(self.template())) };
            let (text, _) = self.preview(&new).await;
            self.changes(&new, hash_of(&text), Treatment::Ask).await.expect("a template");
            templates.push(id);
        }
        let people = self.random.random_range(2..14);
        self.books(people).await;
        let whole = self.whole_diary().await;
        // Half of the time somebody is away already.
        let away = self.random.random_bool(0.5);
        let away = if away { Some(self.absence(&whole).await) } else { None };
        let before = self.whole_diary().await;
        let change = self.change(&before, &templates);
        let treatment = if self.random.random_bool(0.5) { Treatment::Move } else { Treatment::Ask };
        let (text, plan) = self.preview(&change).await;
        assert!(self.changes(&change, hash_of("another plan"), treatment).await.is_err(), "only what was seen is done");
        assert_eq!(lines(&self.whole_diary().await), lines(&before), "and nothing else was");
        let id = self.changes(&change, hash_of(&text), treatment).await.unwrap_or_else(|e| panic!("{change:?}: {e}"));
        let mut conn = self.w.store.reader().await.unwrap();
        let kept = rota::change(&mut conn, self.w.organisation, id).await.unwrap().unwrap();
        drop(conn);
        assert_eq!(kept.plan, text, "what was done is what was seen, byte for byte");
        let made = kept.outcome.made.clone();
        let expected = after(&before, &plan, treatment, |n| (made[n], SessionId(uuid::Uuid::nil())));
        assert_eq!(lines(&self.whole_diary().await), lines(&expected), "the diary is as the plan said");
        let back = self.undo(id).await.unwrap();
        assert_eq!(back, plan.affected.len(), "everybody has the old appointment again");
        assert_eq!(lines(&self.whole_diary().await), lines(&before), "undo puts it back");
        if let Some(away) = away {
            self.undo(away).await.unwrap();
            let slots = |d: &Diary| -> Vec<_> { lines(d).into_iter().map(|l| (l.0, l.1, l.2, l.3, l.4)).collect() };
            assert_eq!(slots(&self.whole_diary().await), slots(&whole), "and so does undoing the absence: no slot twice, none lost");
        }
        plan.affected.len()
    }

    /// Undoes a change; says how many have their appointment again.
    async fn undo(&self, id: RotaChangeId) -> Result<usize, Failure> {
        let (practice, actor) = (self.practice.clone(), self.helen.clone());
        self.w
            .store
            .write(self.w.organisation, None, work!(tx, [practice, actor] => work::undo_rota_change(tx, &practice, &actor, id).await))
            .await
    }

    /// A clinician or a room is away for some days.
    async fn absence(&mut self, diary: &Diary) -> RotaChangeId {
        let change = loop {
            let change = self.change(diary, &[TemplateId(uuid::Uuid::nil())]);
            if matches!(change, RotaChange::Absence { .. } | RotaChange::RoomClosed { .. } | RotaChange::PracticeClosed { .. }) {
                break change;
            }
        };
        let (text, _) = self.preview(&change).await;
        self.changes(&change, hash_of(&text), Treatment::Ask).await.expect("an absence")
    }
}

async fn many(w: World, times: usize, seed: u64) {
    let organisation = w.organisation;
    let rooms: Vec<RoomId> = w
        .store
        .write(
            organisation,
            None,
            work!(tx, [] => {
                let mut ids = Vec::new();
                for name in ["Room 1", "Room 2"] {
                    let room = rota::Room { id: tx.ids().next(), site: "Main surgery".into(), name: name.into() };
                    rota::add_room(tx.conn(), organisation, &room).await?;
                    ids.push(room.id);
                }
                Ok(ids)
            }),
        )
        .await
        .unwrap();
    let mut scene = Scene {
        practice: w.store.practice(organisation).await.unwrap(),
        helen: Actor::Staff { id: w.staff_id("Helen"), role: Role::Manager, name: "Helen".into() },
        clinicians: ["Osei", "Nair", "Hughes"].map(|c| w.staff_id(c)).to_vec(),
        rooms,
        random: StdRng::seed_from_u64(seed),
        w: &w,
    };
    let mut affected = 0;
    for n in 0..times {
        // Each begins where nothing is left of the one before.
        let day = jiff::civil::date(2026, 1, 5).checked_add((80 * n as i64).days()).unwrap();
        w.clock.set(&format!("{day} 07:00"));
        affected += scene.one().await;
    }
    assert!(affected * 2 > times, "changes do touch people: {affected} in {times}");
    let mut conn = w.store.reader().await.unwrap();
    assert_eq!(booking::booked_twice(&mut conn, organisation).await.unwrap(), 0);
    assert_eq!(work_item::without_next_move(&mut conn, organisation).await.unwrap(), 0);
}

async fn world(on: databases::TestDatabase) -> World {
    World::new().on(on).manager("Helen").clinician("Osei").clinician("Nair").clinician("Hughes").start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_of_a_rota_change_is_what_is_done_and_undo_restores() {
    let [sqlite, postgres] = databases::both();
    tokio::join!(async { many(world(sqlite).await, 500, 1).await }, async { many(world(postgres).await, 100, 2).await });
}

/// A practice of one clinician and one room, early on a Monday.
async fn scene(w: &World) -> Scene<'_> {
    let organisation = w.organisation;
    w.clock.set("2026-01-05 07:00");
    let room = RoomId(uuid::Uuid::from_u128(7));
    w.store.write(organisation, None, work!(tx, [] => rota::add_room(tx.conn(), organisation, &rota::Room { id: room, site: "Main surgery".into(), name: "Room 1".into() }).await.map_err(Failure::from))).await.unwrap();
    Scene {
        practice: w.store.practice(organisation).await.unwrap(),
        helen: Actor::Staff { id: w.staff_id("Helen"), role: Role::Manager, name: "Helen".into() },
        clinicians: vec![w.staff_id("Osei")],
        rooms: vec![room],
        random: StdRng::seed_from_u64(3),
        w,
    }
}

/// A template is changed, days are made ahead from it, and the change is undone: the days are as the version before makes
/// them; an earlier version is not taken from under a later one.
async fn made_again(w: World) {
    let organisation = w.organisation;
    let mut scene = scene(&w).await;
    let template = TemplateId(uuid::Uuid::from_u128(9));
    let old = Template { weekdays: vec![1, 2, 3, 4, 5], every_weeks: 1, starts: time(9, 0, 0, 0), ..scene.template() };
    let new = Template { starts: time(14, 0, 0, 0), ..old.clone() };
    let today = uk_date(w.store.now());
    let change = async |scene: &Scene<'_>, to: &Template| {
        let change = RotaChange::TemplateChanged { template, from: today, to: Some(Box::new(to.clone())) };
        let (text, _) = scene.preview(&change).await;
        scene.changes(&change, hash_of(&text), Treatment::Ask).await.unwrap()
    };
    let first = change(&scene, &old).await;
    let second = change(&scene, &new).await;
    let refused = scene.undo(first).await;
    assert!(matches!(&refused, Err(Failure::Refused(why)) if why.contains("later change first")), "{refused:?}");
    w.clock.set("2026-01-12 07:00");
    assert!(
        w.store.write(organisation, None, work!(tx, [] => work::make_ahead(tx, organisation).await)).await.unwrap() > 0,
        "a week more is made, from the new version"
    );
    scene.undo(second).await.unwrap();
    let diary = scene.whole_diary().await;
    let nine = |e: &portico_domain::rota::what_if::Entry| e.slot.starts.to_zoned(portico_nhs::london()).hour() < 14;
    assert!(diary.entries.iter().all(nine), "every slot is in the morning again");
    let last = diary.entries.iter().map(|e| uk_date(e.slot.starts)).max().unwrap();
    assert!(last > today.checked_add(56.days()).unwrap(), "and the days that were made since are there: {last}");
    let days: std::collections::BTreeSet<_> = diary.entries.iter().map(|e| uk_date(e.slot.starts)).collect();
    assert_eq!(diary.entries.len(), days.len() * old.slots(), "each slot once");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_were_made_since_are_made_again_when_a_template_is_taken_back() {
    let [sqlite, postgres] = databases::both();
    tokio::join!(async { made_again(world(sqlite).await).await }, async { made_again(world(postgres).await).await });
}

/// A part of a session falls into an absence, then the session is cancelled: when whoever was away is there after all, it
/// stays cancelled.
async fn stays_cancelled(w: World) {
    let mut scene = scene(&w).await;
    let template = Template { weekdays: vec![1, 2, 3, 4, 5], every_weeks: 1, starts: time(9, 0, 0, 0), ..scene.template() };
    let today = uk_date(w.store.now());
    let change = async |scene: &Scene<'_>, change: RotaChange| {
        let (text, _) = scene.preview(&change).await;
        scene.changes(&change, hash_of(&text), Treatment::Ask).await.unwrap()
    };
    let to = Some(Box::new(template));
    change(&scene, RotaChange::TemplateChanged { template: TemplateId(uuid::Uuid::from_u128(9)), from: today, to }).await;
    let first = scene.whole_diary().await.entries.remove(0);
    let (clinician, from, to) = (first.slot.clinician, first.slot.starts, first.slot.ends);
    let staffing = async |at| {
        let mut conn = w.store.reader().await.unwrap();
        capacity::staffing(&mut conn, w.organisation, at).await.unwrap()
    };
    let all = staffing(from).await;
    let away = change(&scene, RotaChange::Absence { clinician, from, to }).await;
    assert!(staffing(from).await < all, "whoever is on leave answers nobody, and what is promised says so");
    assert_eq!(staffing(to).await, all, "and is back afterwards");
    let cancelled = change(&scene, RotaChange::SessionCancelled { session: first.session }).await;
    let there = async |scene: &Scene<'_>| scene.whole_diary().await.entries.iter().filter(|e| e.session == first.session).count();
    assert_eq!(there(&scene).await, 0);
    scene.undo(away).await.unwrap();
    assert_eq!(there(&scene).await, 0, "the session is cancelled still");
    scene.undo(cancelled).await.unwrap();
    assert!(there(&scene).await > 1, "and comes back as a whole with the cancelling undone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_session_does_not_come_back_with_whoever_was_away() {
    let [sqlite, postgres] = databases::both();
    tokio::join!(async { stays_cancelled(world(sqlite).await).await }, async { stays_cancelled(world(postgres).await).await });
}
