//! SIGKILL at random moments under load: what was acknowledged is there once, and nothing is there twice.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use portico_domain::work_item::{State, WaitingFor};
use portico_nhs::{SlotId, WorkItemId};
use portico_store::queries::{booking, work_item};
use portico_testkit::databases::{self, TestDatabase};
use tokio::{sync::watch, time::sleep};

use crate::{
    client::{Answer, Browser},
    practice::{Practice, Program, fresh_key, front_desk_form, pages, program_folder, reference_after, sign_in},
};

/// Kills in all, half of them on each engine; `PORTICO_KILL_ROUNDS` says another number.
const ROUNDS: usize = 100;
/// One in so many clients whose answer was lost does not send the form again.
const GIVES_UP: u64 = 10;

/// What the clients were told.
#[derive(Default)]
struct Told {
    /// References by the words of the request.
    requests: Mutex<BTreeMap<String, String>>,
    /// Words of requests whose clients gave up: there once or not at all.
    given_up: Mutex<Vec<String>>,
    /// Bookings that were answered as done.
    bookings: Mutex<Vec<(WorkItemId, SlotId)>>,
    answers_lost: AtomicUsize,
    slots_taken: AtomicUsize,
}

impl Told {
    fn acknowledged(&self) -> usize {
        self.requests.lock().expect("a map").len() + self.bookings.lock().expect("a list").len()
    }
}

/// A client who goes on through kills and restarts.
struct Client {
    name: String,
    browser: Browser,
    server: watch::Receiver<Option<SocketAddr>>,
    told: Arc<Told>,
    /// Slots, each of which two clients want.
    slots: Arc<Vec<SlotId>>,
    next_slot: Arc<AtomicUsize>,
    csrf: String,
}

impl Client {
    /// Sends a form, again with the same key after every lost answer; `None` when this client gives up.
    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        loop {
            let address = (*self.server.wait_for(Option::is_some).await.expect("the test goes on"))?;
            self.browser.move_to(address);
            match self.browser.post(path, fields).await {
                Ok(answer) if answer.status == 503 => sleep(Duration::from_millis(20)).await,
                Ok(answer) => return Some(answer),
                Err(_) => {
                    self.told.answers_lost.fetch_add(1, Ordering::Relaxed);
                    if rand::random::<u64>().is_multiple_of(GIVES_UP) {
                        return None;
                    }
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    /// Opens a page until it comes.
    async fn open(&mut self, path: &str) -> String {
        loop {
            let address = (*self.server.wait_for(Option::is_some).await.expect("the test goes on")).expect("an address");
            self.browser.move_to(address);
            match self.browser.get(path).await {
                Ok(answer) if answer.status == 200 => return answer.text(),
                Ok(answer) if answer.status != 503 => panic!("{path} answered {}: {}", answer.status, answer.text()),
                _ => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn gives_up(&self, words: &str) {
        self.told.given_up.lock().expect("a list").push(words.to_owned());
    }

    fn is_told(&self, words: &str, reference: String) {
        let before = self.told.requests.lock().expect("a map").insert(words.to_owned(), reference);
        assert_eq!(before, None, "one form has one answer");
    }

    /// The patient's journey, every page of it.
    async fn asks_online(&mut self, n: usize) {
        let words = format!("{} {n}", self.name);
        self.browser.cookies.clear();
        for (page, mut fields) in pages("Ada", &words) {
            let key = fresh_key();
            fields.push(("_key", &key));
            let Some(answer) = self.send(&format!("/ask/{page}"), &fields).await else { return self.gives_up(&words) };
            assert_eq!(answer.status, 303, "{page}: {}", answer.text());
            if page == "check" {
                assert_eq!(answer.location(), "/ask/done");
            }
        }
        let done = self.open("/ask/done").await;
        let reference = reference_after(&done, "Your reference is").expect("a reference");
        self.is_told(&words, reference);
    }

    /// A request at the front desk.
    async fn enters(&mut self, words: &str) -> Option<String> {
        let (csrf, key) = (self.csrf.clone(), fresh_key());
        let Some(answer) = self.send("/front-desk", &front_desk_form(&csrf, &key, "Ada", words)).await else {
            self.gives_up(words);
            return None;
        };
        assert_eq!(answer.status, 303, "{}", answer.text());
        let reference = answer.location().strip_prefix("/front-desk?done=").expect("a reference").to_owned();
        self.is_told(words, reference.clone());
        Some(reference)
    }

    /// A request at the front desk that is triaged and booked.
    async fn books(&mut self, n: usize) {
        let Some(reference) = self.enters(&format!("{} {n}", self.name)).await else { return };
        let found = self.open(&format!("/desk?q={reference}")).await;
        let id = found.split_once("href=\"/items/").and_then(|(_, after)| after.split('"').next()).expect("the item is on the desk");
        let item: WorkItemId = id.parse().expect("an id");
        let (csrf, key) = (self.csrf.clone(), fresh_key());
        let triage = [("_csrf", csrf.as_str()), ("_key", &key), ("_version", "1"), ("urgency", "routine"), ("pathway", "gp")];
        let Some(answer) = self.send(&format!("/items/{item}/triage"), &triage).await else { return };
        assert_eq!(answer.status, 303, "{}", answer.text());
        loop {
            let at = self.next_slot.fetch_add(1, Ordering::Relaxed) / 2;
            let Some(slot) = self.slots.get(at).copied() else { return };
            let (key, wanted) = (fresh_key(), slot.to_string());
            let form = [("_csrf", csrf.as_str()), ("_key", &key), ("_version", "2"), ("slot-id", &wanted)];
            let Some(answer) = self.send(&format!("/items/{item}/booking"), &form).await else { return };
            if answer.status == 303 {
                return self.told.bookings.lock().expect("a list").push((item, slot));
            }
            assert_eq!(answer.status, 422, "{}", answer.text());
            assert!(answer.text().contains("Somebody has just taken that slot"), "{}", answer.text());
            self.told.slots_taken.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[derive(Clone, Copy)]
enum Does {
    AsksOnline,
    Enters,
    Books,
}

async fn go_on(mut client: Client, does: Does, stop: Arc<AtomicBool>) {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        match does {
            Does::AsksOnline => client.asks_online(n).await,
            Does::Enters => {
                let words = format!("{} {n}", client.name);
                client.enters(&words).await;
            }
            Does::Books => client.books(n).await,
        }
    }
}

async fn survives(database: TestDatabase, rounds: usize) {
    let practice = Practice::now_on(database).await;
    let slots = Arc::new(practice.add_slots(4000).await);
    // The program has the database to itself.
    practice.store.close().await;
    let (url, folder, told) = (practice.database.url.clone(), program_folder(), Arc::new(Told::default()));
    let mut program = Program::start(&url, &folder).await;
    let mut signed_in = Browser::new(program.address);
    let csrf = sign_in(&mut signed_in).await;
    let (where_it_is, server) = watch::channel(Some(program.address));
    let (stop, next_slot) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = [(Does::AsksOnline, "online", 4), (Does::Enters, "desk", 4), (Does::Books, "book", 4)]
        .into_iter()
        .flat_map(|(does, name, count)| (0..count).map(move |n| (does, format!("{name}{n}"))))
        .map(|(does, name)| {
            let mut browser = Browser::new(program.address);
            browser.cookies.clone_from(&signed_in.cookies);
            let (server, told, slots, next_slot, csrf) = (server.clone(), told.clone(), slots.clone(), next_slot.clone(), csrf.clone());
            let client = Client { name, browser, server, told, slots, next_slot, csrf };
            tokio::spawn(go_on(client, does, stop.clone()))
        })
        .collect();
    for _ in 0..rounds {
        // However slow the machine is, every kill meets a program that is doing work.
        let before = told.acknowledged();
        sleep(Duration::from_millis(100)).await;
        while told.acknowledged() < before + 3 {
            sleep(Duration::from_millis(5)).await;
        }
        sleep(Duration::from_millis(rand::random::<u64>() % 300)).await;
        program.kill_nine().await;
        where_it_is.send_replace(None);
        program = Program::start(&url, &folder).await;
        where_it_is.send_replace(Some(program.address));
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        tokio::time::timeout(Duration::from_secs(60), client).await.expect("every form is answered in the end").expect("a client");
    }
    program.kill_nine().await;
    let store = portico_server::open_store(&url, practice.store.clock()).await.expect("the store opens");
    let practice = Practice { store, ..practice };
    check(&practice, &told, rounds).await;
    practice.store.close().await;
    let _ = std::fs::remove_dir_all(folder);
}

async fn check(practice: &Practice, told: &Told, rounds: usize) {
    let kind = practice.database.kind;
    practice.nothing_is_lost().await;
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let items = practice.open_items().await;
    for line in &items {
        there.entry(line.summary.clone()).or_default().push(line.reference.to_string());
    }
    let (requests, given_up, bookings) = (
        told.requests.lock().expect("a map").clone(),
        told.given_up.lock().expect("a list").clone(),
        told.bookings.lock().expect("a list").clone(),
    );
    for (words, reference) in requests.iter() {
        assert_eq!(there.get(words), Some(&vec![reference.clone()]), "{kind}: {words} was acknowledged as {reference}");
    }
    for words in given_up.iter() {
        assert!(there.get(words).is_none_or(|found| found.len() == 1), "{kind}: {words} is there {:?}", there.get(words));
    }
    let known = there.keys().filter(|words| requests.contains_key(*words) || given_up.contains(words)).count();
    assert_eq!(known, there.len(), "{kind}: nothing is there that nobody sent");
    let mut conn = practice.store.reader().await.expect("a reader");
    for (item, slot) in bookings.iter() {
        let found = work_item::load(&mut conn, practice.organisation, *item).await.expect("a load").expect("the item");
        let State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } = found.position.state else {
            panic!("{kind}: {} was told of a booking and has none", found.reference)
        };
        let booked = booking::slot_of(&mut conn, practice.organisation, booking).await.expect("a slot").expect("the slot");
        assert_eq!(booked.id, *slot, "{kind}: {} has the slot that it was told", found.reference);
    }
    let appointments = items.iter().filter(|l| l.waiting_for == "appointment").count();
    assert_eq!(
        booking::booked(&mut conn, practice.organisation).await.expect("a count"),
        appointments as i64,
        "{kind}: bookings are of items"
    );
    eprintln!(
        "{kind}: {rounds} kills, {} answers lost, {} requests and {} bookings acknowledged, {} clients gave up, {} were told that a slot is taken, {} items",
        told.answers_lost.load(Ordering::Relaxed),
        requests.len(),
        bookings.len(),
        given_up.len(),
        told.slots_taken.load(Ordering::Relaxed),
        items.len()
    );
    assert!(told.answers_lost.load(Ordering::Relaxed) >= rounds, "{kind}: the kills met work in progress");
    assert!(requests.len() + bookings.len() >= 3 * rounds && !bookings.is_empty(), "{kind}: the rounds did work");
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_work_survives_kill_nine() {
    let rounds = std::env::var("PORTICO_KILL_ROUNDS").ok().and_then(|r| r.parse().ok()).unwrap_or(ROUNDS);
    let [sqlite, postgres] = databases::both();
    tokio::join!(survives(sqlite, rounds / 2), survives(postgres, rounds - rounds / 2));
}
