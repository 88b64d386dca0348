//! 64 clients, 40 slots: whoever is quicker has it, everybody else is told.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_domain::{booking::Need, pathway::Pathway, staff::Actor};
use portico_nhs::{SlotId, WorkItemId};
use portico_server::SystemClock;
use portico_store::{Failure, Store, queries::booking, work};
use portico_testkit::databases;
use tokio::sync::Barrier;

use crate::practice::Practice;

const CLIENTS: usize = 64;
const SLOTS: usize = 40;
const RUNS: usize = 50;

/// How one client fared: whether they won a slot, and how often they were told that one is taken.
struct Fared {
    won: bool,
    told: usize,
}

/// Books the slot that they chose from the page they have open; when it is taken, opens the page again and chooses another.
async fn books(store: Store, practice: Arc<work::Practice>, actor: Actor, item: WorkItemId, mut slot: SlotId) -> Fared {
    let organisation = practice.organisation.id;
    let mut fared = Fared { won: false, told: 0 };
    loop {
        let (needed, by) = (practice.clone(), actor.clone());
        let booked = store
            .write(organisation, None, portico_store::work!(tx, [needed, by] => work::book(tx, &needed, &by, item, Some(2), slot).await))
            .await;
        match booked {
            Ok(_) => fared.won = true,
            Err(Failure::Refused(sentence)) => {
                assert_eq!(sentence, "Somebody has just taken that slot. Choose another one.");
                fared.told += 1;
            }
            Err(other) => panic!("a client was not told in words: {other}"),
        }
        let mut conn = store.reader().await.expect("a reader");
        let need = Need::default();
        let until = store.now() + SignedDuration::from_hours(24 * 28);
        let free =
            booking::free(&mut conn, organisation, (Pathway::Gp, &need), (store.now(), store.now(), until), 60).await.expect("free slots");
        if fared.won || free.is_empty() {
            return fared;
        }
        slot = free[rand::random::<u64>() as usize % free.len()].id;
    }
}

/// One run; the items of those who lost wait for the next.
async fn run(practice: &Practice, stores: &[Store; 2], waiting: Vec<WorkItemId>) -> Vec<WorkItemId> {
    let slots = practice.add_slots(SLOTS as i64).await;
    let mut items = practice.triaged_items(CLIENTS - waiting.len()).await;
    items.extend(waiting);
    let together = Arc::new(Barrier::new(CLIENTS));
    let clients: Vec<_> = items
        .into_iter()
        .enumerate()
        .map(|(n, item)| {
            // Half of the clients come by another server on the same database; three or four want the same slot first.
            let (store, slot, together) = (stores[n % 2].clone(), slots[n % (SLOTS / 2)], together.clone());
            let (actor, organisation) = (practice.sam(), practice.organisation);
            tokio::spawn(async move {
                let practice = store.practice(organisation).await.expect("the practice");
                together.wait().await;
                (item, books(store, practice, actor, item, slot).await)
            })
        })
        .collect();
    let mut fared = Vec::new();
    for client in clients {
        fared.push(client.await.expect("a client"));
    }
    let kind = practice.database.kind;
    assert_eq!(fared.iter().filter(|(_, f)| f.won).count(), SLOTS, "{kind}: every slot has one winner");
    assert!(fared.iter().all(|(_, f)| f.won || f.told > 0), "{kind}: every loser was told");
    fared.into_iter().filter(|(_, f)| !f.won).map(|(item, _)| item).collect()
}

async fn races(practice: Practice) {
    let other = portico_server::open_store(&practice.database.url, Arc::new(SystemClock)).await.expect("another server");
    let stores = [practice.store.clone(), other];
    let began = std::time::Instant::now();
    let mut waiting = Vec::new();
    for n in 1..=RUNS {
        waiting = run(&practice, &stores, waiting).await;
        let mut conn = practice.store.reader().await.expect("a reader");
        assert_eq!(booking::booked_twice(&mut conn, practice.organisation).await.expect("a count"), 0);
        assert_eq!(booking::booked(&mut conn, practice.organisation).await.expect("a count"), (n * SLOTS) as i64);
    }
    eprintln!("{}: {RUNS} runs of {CLIENTS} clients and {SLOTS} slots in {:.1} s", practice.database.kind, began.elapsed().as_secs_f64());
    practice.nothing_is_lost().await;
    for store in stores {
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_never_double_book_forty_slots() {
    let [sqlite, postgres] = databases::both();
    tokio::join!(races(Practice::now_on(sqlite).await), races(Practice::now_on(postgres).await));
}
