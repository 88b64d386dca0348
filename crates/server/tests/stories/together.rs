//! Several appointments that belong together.

use portico_domain::{pathway::Pathway, work_item::NextAction};
use portico_store::queries::{booking, message};
use portico_testkit::{Seen, World, databases::both};

/// Presses the first "Book" of a page of ways.
async fn books_the_first_way(w: &World, page: &Seen, to: &str) -> Seen {
    let way = page.html.split("<form method=\"post\"").nth(1).and_then(|f| f.split("</form>").next()).expect("a way to book");
    let fields = way.split("<input type=\"hidden\" ").skip(1).filter_map(|input| {
        let name = input.split("name=\"").nth(1)?.split('"').next()?;
        let value = input.split("value=\"").nth(1)?.split('"').next()?;
        (!name.starts_with("_c") && name != "_key").then_some((name, value))
    });
    w.staff("Sam").sends_from(page, to, &fields.collect::<Vec<_>>()).await
}

async fn booked(w: &World) -> i64 {
    booking::booked(&mut w.store.reader().await.unwrap(), w.organisation).await.unwrap()
}

#[tokio::test]
async fn a_series_is_booked_at_once_or_not_at_all_and_told_in_one_message() {
    for db in both() {
        let w = World::new()
            .on(db)
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .slots(Pathway::Nurse, &["2026-01-06 10:00", "2026-01-07 10:00", "2026-01-13 10:00", "2026-01-14 10:00", "2026-01-21 10:00"])
            .start()
            .await;
        w.patient("Ada").asks_online("My dressing has to be changed every week").await;
        let first = w.item_of("Ada").await.id;
        let page = format!("/items/{first}/together");
        w.staff("Sam").opens(&page).await.sees("Several that belong together");
        w.staff("Sam").triages("Ada", "routine", "nurse", "").await;
        w.staff("Sam").opens(&format!("{page}?what=series&times=50&days=7")).await.sees("2 to 12");
        w.staff("Sam").opens(&format!("{page}?what=series&times=4&days=7")).await.sees("not enough free slots");
        // The sixth has a week after it, and no third: only the seventh leads to the end.
        let ways = w.staff("Sam").opens(&format!("{page}?what=series&times=3&days=7")).await.sees("7 January").does_not_see("6 January");

        // Somebody is quicker with the last of them: nothing is booked.
        w.patient("Ben").asks_online("A blood test").await;
        w.staff("Sam").triages("Ben", "routine", "nurse", "").await;
        let theirs = format!("/items/{}/booking", w.item_of("Ben").await.id);
        let taken = w.staff("Sam").opens(&theirs).await;
        let last = taken.links("").len();
        assert!(last > 0);
        let slots: Vec<String> =
            taken.html.split("name=\"slot-id\" value=\"").skip(1).map(|s| s.split('"').next().unwrap().to_owned()).collect();
        w.staff("Sam").sends_from(&taken, &theirs, &[("slot-id", slots.last().unwrap())]).await.is_done();
        books_the_first_way(&w, &ways, &page).await.is_refused("just taken");
        assert_eq!(booked(&w).await, 1, "all of them, or none");

        let ways = w.staff("Sam").opens(&format!("{page}?what=series&times=2&days=7")).await.sees("6 January");
        books_the_first_way(&w, &ways, &page).await.is_done();
        assert_eq!(booked(&w).await, 3);
        w.staff("Sam").opens(&format!("/items/{first}")).await.sees("6 January 2026 at 10am; Tuesday 13 January 2026 at 10am");
        let further = w.item_of("Ada").await;
        assert_eq!((further.next().map(|n| n.action), further.id == first), (Some(NextAction::See), false), "each has an item of its own");
        let thread = message::of_item(&mut w.store.reader().await.unwrap(), w.organisation, further.id).await.unwrap();
        assert!(thread.is_empty(), "one message tells of all");
        w.staff("Sam").opens_item_of("Ada").await.sees("Booked together with");

        // Who loses one of them is offered only what still belongs with the other.
        let osei = w.staff_id("Osei").to_string();
        let away = [("what", "away"), ("clinician", osei.as_str()), ("from-day", "2026-01-06"), ("to-day", "2026-01-06")];
        let tried =
            w.staff("Sam").sends("/rota", "/rota/try", &away).await.sees("Belongs with the appointment Tuesday 13 January 2026 at 10am");
        tried.sees("Proposed: Wednesday 7 January 2026 at 10am");

        // The whole of it is given up at once, from any of its items: told in one message, with one thing left to do.
        let here = format!("/items/{}/booking", further.id);
        w.staff("Sam").opens(&theirs).await.does_not_see("Cancel all");
        let page = w.staff("Sam").opens(&here).await.sees("Cancel all 2 that belong together");
        let given_up = [("all", "yes"), ("why", "The wound has healed"), ("_version", "1")];
        w.staff("Sam").sends_from(&page, &format!("{here}/cancel"), &given_up).await.is_refused("changed");
        w.staff("Sam").sends(&here, &format!("{here}/cancel"), &given_up[..2]).await.sees("Free slots that fit");
        assert_eq!(booked(&w).await, 1, "Ben keeps his");
        let thread = message::of_item(&mut w.store.reader().await.unwrap(), w.organisation, first).await.unwrap();
        assert!(
            thread.iter().any(|m| m.body.contains("6 January 2026 at 10am; Tuesday 13 January 2026 at 10am is cancelled")),
            "{thread:?}"
        );
        let thread = message::of_item(&mut w.store.reader().await.unwrap(), w.organisation, further.id).await.unwrap();
        assert!(thread.is_empty(), "told once");
        w.staff("Sam").opens(&format!("/items/{}", further.id)).await.sees("Cancelled together with").sees("Closed");
        w.staff("Sam").opens(&format!("/items/{first}")).await.sees("Book an appointment").does_not_see("Closed:");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn d8_new_and_follow_up_are_booked_within_the_days_that_were_agreed() {
    for db in both() {
        let w = World::new()
            .on(db)
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .slots(Pathway::Nurse, &["2026-01-06 10:00", "2026-01-08 09:00", "2026-01-08 09:10", "2026-01-09 12:00"])
            .slots(Pathway::Gp, &["2026-01-07 10:00", "2026-01-14 10:00", "2026-01-20 10:00"])
            .start()
            .await;
        w.patient("Ada").asks_online("I need bloods and then to talk about them").await;
        w.staff("Sam").triages("Ada", "routine", "nurse", "").await;
        let page = format!("/items/{}/together", w.item_of("Ada").await.id);
        w.staff("Sam").opens(&format!("{page}?what=then&days=7&until=3&pathway=gp")).await.sees("at the latest");
        let ways = w.staff("Sam").opens(&format!("{page}?what=then&days=7&until=10&pathway=gp")).await;
        books_the_first_way(&w, &ways, &page).await.is_done();
        let review = w.item_of("Ada").await;
        assert_eq!(review.position.pathway, Some(Pathway::Gp));
        w.staff("Sam").opens_item_of("Ada").await.sees("14 January");

        w.patient("Ada").asks_online("My eight week check with the baby").await;
        w.staff("Sam").triages("Ada", "routine", "nurse", "").await;
        let page = format!("/items/{}/together", w.item_of("Ada").await.id);
        let found = w.staff("Sam").opens(&format!("{page}?what=person&person=Ben")).await.sees("Ben Osei");
        let who = found.links(&page).into_iter().find(|l| l.contains("who=")).expect("Ben").replace("&amp;", "&");
        let ways = w.staff("Sam").opens(&who).await.sees("8 January").does_not_see("9 January");
        books_the_first_way(&w, &ways, &page).await.is_done();
        w.staff("Sam").opens_item_of("Ben").await.sees("8 January 2026 at 9:10am");
        assert_eq!(booked(&w).await, 4);
        w.nothing_is_lost().await;
    }
}
