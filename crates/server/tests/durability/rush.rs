//! A rush: 5,000 people want 63 slots, 256 at once, and the program is killed in the middle.

use std::{sync::atomic::Ordering, time::Instant};

use portico_domain::work_item::{State, WaitingFor};
use portico_store::queries::{booking, work_item};
use portico_testkit::databases::{self, TestDatabase};
use tokio::sync::watch;

use crate::{
    practice::{Practice, Program, program_folder},
    rush_clients as clients,
};

const PEOPLE: usize = 5000;
const SLOTS: i64 = 63;
const AT_ONCE: usize = 256;

async fn rushes(database: TestDatabase) {
    let practice = Practice::now_on(database).await;
    let slots = practice.add_slots(SLOTS).await;
    let people = clients::invite(&practice.store, practice.organisation, PEOPLE).await;
    practice.store.close().await;
    let (url, folder, kind) = (practice.database.url.clone(), program_folder(), practice.database.kind);
    let first = Program::start(&url, &folder).await;
    let (where_it_is, server) = watch::channel(Some(first.address));
    let began = Instant::now();
    let killer = async {
        // In the thick of it: while the slots are being taken.
        tokio::time::sleep(std::time::Duration::from_millis(80)).await;
        first.kill_nine().await;
        where_it_is.send_replace(None);
        let again = Program::start(&url, &folder).await;
        where_it_is.send_replace(Some(again.address));
        again
    };
    let (told, again) = tokio::join!(clients::rush(&server, people, &slots, AT_ONCE), killer);
    let long = began.elapsed().as_secs_f64();
    again.kill_nine().await;
    let store = portico_server::open_store(&url, practice.store.clock()).await.expect("the store opens");
    let practice = Practice { store, ..practice };
    practice.nothing_is_lost().await;
    let mut conn = practice.store.reader().await.expect("a reader");
    let booked = told.booked.lock().expect("a map").clone();
    assert_eq!(booking::booked(&mut conn, practice.organisation).await.expect("a count"), SLOTS, "{kind}: no surplus booking");
    assert_eq!(booked.len(), SLOTS as usize, "{kind}: every slot was acknowledged to one person");
    for (item, slot) in &booked {
        let found = work_item::load(&mut conn, practice.organisation, *item).await.expect("a load").expect("the item");
        let State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } = found.position.state else {
            panic!("{kind}: somebody was told of a booking and has none")
        };
        let has = booking::slot_of(&mut conn, practice.organisation, booking).await.expect("a slot").expect("the slot");
        assert_eq!(has.id, *slot, "{kind}: an acknowledged booking is lost");
    }
    let none_left = told.none_left.load(Ordering::Relaxed);
    assert_eq!(none_left + booked.len(), PEOPLE, "{kind}: everybody was told");
    let claims = told.times.lock().expect("a list").len();
    eprintln!(
        "{kind}: {claims} claims in {long:.1} s, {:.0}/s, {} answers lost, {} told that a slot is taken, {none_left} told that none is left",
        claims as f64 / long,
        told.lost.load(Ordering::Relaxed),
        told.taken.load(Ordering::Relaxed),
    );
    assert!(told.lost.load(Ordering::Relaxed) > 0, "{kind}: the kill met claims on their way");
    drop(conn);
    practice.store.close().await;
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_people_and_sixty_three_slots_with_a_kill_in_the_middle() {
    let [sqlite, postgres] = databases::both();
    rushes(sqlite).await;
    rushes(postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_comes_at_once_is_let_in_at_once() {
    // As many as the system lets wait; nobody is taken yet, so that all of them do.
    let allowed = std::fs::read_to_string("/proc/sys/net/core/somaxconn").ok().and_then(|n| n.trim().parse().ok()).unwrap_or(128usize);
    let listener = portico_server::listen("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let crowd = (0..allowed.min(500)).map(|_| async move {
        let connecting = tokio::net::TcpStream::connect(address);
        tokio::time::timeout(std::time::Duration::from_millis(900), connecting).await
    });
    for one in futures_util::future::join_all(crowd).await {
        one.expect("nobody tries again after a second").expect("a connection");
    }
}
