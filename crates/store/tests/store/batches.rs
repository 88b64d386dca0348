//! A message to many that is made by mistake: eight thousand people on the list, and nobody releases it.

use jiff::{SignedDuration, civil::Date};
use portico_domain::{
    batch::PatientText,
    request::{Contact, Person},
    staff::{Actor, Role},
};
use portico_store::{
    queries::{
        batch,
        patient::{self, Patient},
    },
    work,
    work::NewBatch,
};
use portico_testkit::{World, databases};

const PEOPLE: usize = 8000;

async fn mistake(w: World, people: usize) {
    let organisation = w.organisation;
    for first in (0..people).step_by(1000) {
        w.store
            .write(
                organisation,
                None,
                work!(tx, [] => {
                    for n in first..people.min(first + 1000) {
                        let person = Person {
                            given: format!("P{n}"),
                            family: "Test".into(),
                            birth_date: Some(Date::constant(1950, 1, 1)),
                            phone: "07700 900123".parse().ok(),
                            ..Person::default()
                        };
                        let p = Patient { id: tx.ids().next(), person, sex: "female".into(), needs: Contact::default() };
                        patient::insert(tx.conn(), organisation, &p).await?;
                    }
                    Ok(())
                }),
            )
            .await
            .unwrap();
    }
    let practice = w.store.practice(organisation).await.unwrap();
    let sam = (Actor::Staff { id: w.staff_id("Sam"), role: Role::Coordinator, name: "Sam".into() }, w.staff_id("Sam"));
    let lee = (Actor::Staff { id: w.staff_id("Lee"), role: Role::Coordinator, name: "Lee".into() }, w.staff_id("Lee"));
    let text = PatientText::new("Lee, please check whether these are the right people before we send anything.").unwrap();
    let new = NewBatch { name: "Mistake".into(), text, one_a_household: false, a_minute: 3000, invites: None };
    let (p, by) = (practice.clone(), sam.clone());
    let id =
        w.store.write(organisation, None, work!(tx, [p, by, new] => work::make_batch(tx, &p, (&by.0, by.1), &new).await)).await.unwrap();
    let all = batch::everybody(&mut w.store.reader().await.unwrap(), organisation).await.unwrap();
    for (n, some) in all.chunks(1000).enumerate() {
        let some: Vec<batch::Person> = some.iter().filter_map(|l| Some((l.candidate.patient?, None, l.way))).collect();
        w.store
            .write(
                organisation,
                None,
                work!(tx, [some] => {
                    for (k, person) in some.iter().enumerate() {
                        batch::add_person(tx.conn(), organisation, (id, (n * 1000 + k) as i64), person).await?;
                    }
                    Ok(())
                }),
            )
            .await
            .unwrap();
    }
    w.store.write(organisation, None, work!(tx, [] => work::finish_making(tx, organisation, id).await)).await.unwrap();
    let sent = async || {
        for _ in 0..20 {
            w.clock.forward(SignedDuration::from_mins(10));
            w.jobs.once().await.unwrap();
        }
        let figures = batch::figures(&mut w.store.reader().await.unwrap(), organisation, id).await.unwrap();
        assert_eq!(figures.goes_to, people as i64);
        figures.messages.iter().map(|(.., n)| n).sum::<i64>()
    };
    assert_eq!(sent().await, 0, "nobody has released it");
    let releases = async |by: &(Actor, portico_nhs::StaffId)| {
        let by = by.clone();
        w.store.write(organisation, None, work!(tx, [by] => work::release_batch(tx, organisation, (&by.0, by.1), id).await)).await
    };
    assert!(releases(&sam).await.unwrap_err().to_string().contains("A colleague must release it."));
    assert_eq!(sent().await, 0);
    // Lee releases it, sees what it says, and stops it in time.
    releases(&lee).await.unwrap();
    w.clock.forward(SignedDuration::from_mins(14));
    w.jobs.once().await.unwrap();
    let by = lee.0.clone();
    w.store.write(organisation, None, work!(tx, [by] => work::stop_batch(tx, organisation, &by, id).await)).await.unwrap();
    assert_eq!(sent().await, 0, "stopped without a trace");
    let by = lee.0.clone();
    let again = w.store.write(organisation, None, work!(tx, [by] => work::try_batch_again(tx, organisation, &by, id).await)).await;
    assert!(again.unwrap_err().to_string().contains("stopped"), "what was stopped is not tried again");
    assert_eq!(sent().await, 0, "and stays stopped");
}

#[tokio::test]
async fn eight_thousand_people_on_a_list_get_nothing_before_it_is_released() {
    let [sqlite, postgres] = databases::both();
    mistake(World::new().on(sqlite).at("2026-01-05 09:00").coordinator("Sam").coordinator("Lee").start().await, PEOPLE).await;
    mistake(World::new().on(postgres).at("2026-01-05 09:00").coordinator("Sam").coordinator("Lee").start().await, 800).await;
}
