//! The promise to patients follows how fast the practice answers, and is kept or missed in the open.

use jiff::SignedDuration;
use portico_domain::{
    message::Facts,
    request::{Door, Kind, Person, Request},
    staff::{Actor, Role},
    work_item::Command,
};
use portico_nhs::Clock;
use portico_store::{
    queries::{capacity, work_item},
    work,
    work::Act,
};
use portico_testkit::{World, databases::both};

async fn asks(w: &World, words: &str) -> portico_domain::work_item::WorkItem {
    let practice = w.store.practice(w.organisation).await.unwrap();
    let person = Person { given: "Ada".into(), family: words.into(), ..Person::default() };
    let intake =
        work::Intake::new(Kind::NewProblem, Door::Online, Request { person, words: words.into(), ..Request::default() }, Actor::Patient);
    let received =
        w.store.write(w.organisation, None, work!(tx, [practice, intake] => work::receive(tx, &practice, &intake).await)).await.unwrap();
    work_item::load(&mut w.store.reader().await.unwrap(), w.organisation, received.item).await.unwrap().unwrap()
}

async fn replies(w: &World, item: portico_nhs::WorkItemId) {
    let practice = w.store.practice(w.organisation).await.unwrap();
    let sam = Actor::Staff { id: w.staff_id("Sam"), role: Role::Coordinator, name: "Sam".into() };
    let what = Act { actor: sam, item, version: None, command: Command::Reply { text: "We ring you.".into() }, facts: Facts::default() };
    w.store.write(w.organisation, None, work!(tx, [practice, what] => work::act(tx, &practice, &what).await)).await.unwrap();
}

#[tokio::test]
async fn a_practice_that_answers_quickly_promises_sooner_than_the_contract_and_a_longer_queue_promises_later() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 08:00").coordinator("Sam").start().await;
        let contract = asks(&w, "first").await;
        assert_eq!(contract.promised_by.to_string(), "2026-01-06T18:30:00Z", "nothing is known yet: the contract's time");
        replies(&w, contract.id).await;
        // Two days on which everybody hears after a quarter of an hour.
        for day in ["2026-01-05", "2026-01-06"] {
            for n in 0..20 {
                w.clock.set(&format!("{day} 09:00"));
                w.clock.forward(SignedDuration::from_mins(20 * n));
                let item = asks(&w, &format!("{day} {n}")).await;
                w.clock.forward(SignedDuration::from_mins(15));
                replies(&w, item.id).await;
            }
        }
        w.clock.set("2026-01-12 10:00");
        let soon = asks(&w, "quick").await;
        assert!(soon.promised_by < contract.promised_by.max(w.clock.now()) + SignedDuration::from_hours(4), "{}", soon.promised_by);
        assert!(soon.promised_by >= w.clock.now() + SignedDuration::from_mins(30), "at least half an hour");
        for n in 0..10 {
            asks(&w, &format!("waits {n}")).await;
        }
        w.clock.forward(SignedDuration::from_mins(1));
        let later = asks(&w, "behind").await;
        assert!(later.promised_by > soon.promised_by, "ten wait before");
        let mut conn = w.store.reader().await.unwrap();
        let weeks = capacity::promises(&mut conn, w.organisation, w.clock.now() - SignedDuration::from_hours(24 * 30), w.clock.now())
            .await
            .unwrap();
        let all: (u32, u32) = weeks.values().fold((0, 0), |a, k| (a.0 + k.made, a.1 + k.kept));
        assert_eq!(all, (41, 41), "every promise that fell due was kept");
    }
}
