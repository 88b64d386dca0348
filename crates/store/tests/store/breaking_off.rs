//! A piece of work that panics takes nothing with it.

use portico_domain::{event::Verb, staff::Actor};
use portico_store::{Failure, NewEvent, work};
use portico_testkit::{World, databases::both};

#[tokio::test]
async fn a_unit_that_breaks_off_is_not_kept_and_those_beside_and_behind_it_are() {
    for db in both() {
        let w = World::new().on(db).start().await;
        let organisation = w.organisation;
        let noted = |words: &'static str| NewEvent::plain(Actor::System { job: "test".into() }, Verb::Noted, words);
        let before = w.store.verify_audit(organisation).await.unwrap().events;
        let breaks = |tx: &mut portico_store::Tx| -> Result<(), Failure> { panic!("at {}", tx.now()) };
        let event = noted("broken off");
        let broken = w.store.write(
            organisation,
            None,
            work!(tx, [event] => {
                tx.record(organisation, event).await?;
                breaks(tx)
            }),
        );
        let event = noted("beside it");
        let beside = w.store.write(organisation, None, work!(tx, [event] => Ok(tx.record(organisation, event).await.map(|_| ())?)));
        let (broken, beside) = tokio::join!(broken, beside);
        assert!(matches!(broken, Err(Failure::Store(_))), "{broken:?}");
        beside.unwrap();
        let event = noted("behind it");
        w.store.write(organisation, None, work!(tx, [event] => Ok(tx.record(organisation, event).await.map(|_| ())?))).await.unwrap();
        let after = w.store.verify_audit(organisation).await.unwrap();
        assert_eq!((after.events - before, after.broken), (2, None), "two of the three are in the log, and the log is whole");
    }
}
