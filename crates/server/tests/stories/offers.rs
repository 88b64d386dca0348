//! A slot that somebody gives up goes to those who wait.

use jiff::SignedDuration;
use portico_domain::pathway::Pathway;
use portico_testkit::{Seen, World, databases::both};

/// What the private page of a person leads to after their date of birth.
async fn chooses(w: &World, who: &str) -> Seen {
    let link = format!("{}/book", w.patient(who).link());
    w.patient(who).posts(&link, &[("born-day", "15"), ("born-month", "3"), ("born-year", "1984")]).await
}

/// One slot, which Ada has; Ben (routine, long), Cal (soon) and Dot (routine, short) wait for one.
async fn waiting(w: &World) {
    for (who, urgency) in [("Ada", "routine"), ("Ben", "routine"), ("Cal", "soon"), ("Dot", "routine")] {
        w.patient(who).asks_online("A mole that has changed").await;
        w.staff("Sam").triages(who, urgency, "gp", "").await.is_done();
        w.clock.forward(SignedDuration::from_mins(5));
    }
    books(w, "Ada").await;
}

/// Sam books the first slot that fits.
async fn books(w: &World, who: &str) {
    let here = format!("/items/{}/booking", w.item_of(who).await.id);
    let page = w.staff("Sam").opens(&here).await;
    let slot = page.field("slot-id").expect("a slot that fits");
    w.staff("Sam").sends_from(&page, &here, &[("slot-id", &slot)]).await.sees("Booked");
}

async fn gives_up(w: &World, who: &str) {
    let page = chooses(w, who).await;
    w.patient(who).posts(&format!("{}/give-up", page.path), &[]).await.is_done();
    w.work_in_the_background().await;
}

async fn world(db: portico_testkit::databases::TestDatabase) -> World {
    World::new()
        .on(db)
        .at("2026-01-05 09:00")
        .coordinator("Sam")
        .clinician("Osei")
        .patient("Ada")
        .patient("Ben")
        .patient("Cal")
        .patient("Dot")
        .slots(Pathway::Gp, &["2026-01-06 10:00"])
        .start()
        .await
}

#[tokio::test]
async fn a_slot_that_is_on_offer_is_taken_back_for_somebody_who_cannot_wait() {
    for db in both() {
        let w = world(db).await;
        waiting(&w).await;
        gives_up(&w, "Ada").await;
        let page = chooses(&w, "Cal").await.sees("We offer it to you");
        let offers = w.staff("Sam").opens("/offers").await.sees("Waiting for an answer");
        let back = offers.actions("/offers/").into_iter().find(|a| a.ends_with("/take-back")).expect("a button");
        w.staff("Sam").sends_from(&offers, &back, &[]).await.sees("Taken back by staff");
        w.staff("Sam").sends("/offers", &back, &[]).await.is_refused("It is not on offer any more");
        w.work_in_the_background().await;
        w.patient("Ben").opens_private_page().await.does_not_see("has become free");
        books(&w, "Dot").await;
        let slot = page.field("slot-id").expect("the offered slot");
        w.patient("Cal").posts(&format!("{}/hold", page.path), &[("slot-id", &slot)]).await.is_refused("just taken");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_freed_slot_is_offered_in_clinical_order_until_somebody_takes_it() {
    for db in both() {
        let w = world(db).await;
        waiting(&w).await;
        gives_up(&w, "Ada").await;
        // Cal is the most urgent. She says no; Ben has waited longest, does not answer, and Dot takes it.
        w.patient("Cal").opens_private_page().await.sees("An appointment has become free").sees("Tuesday 6 January 2026 at 10am");
        w.patient("Ben").opens_private_page().await.does_not_see("has become free");
        let page = chooses(&w, "Cal").await.sees("We offer it to you until today at 11:20am");
        w.patient("Cal").posts(&format!("{}/decline", page.path), &[]).await.does_not_see("We offer it to you");
        w.patient("Cal").posts(&format!("{}/decline", page.path), &[]).await.is_refused("The offer has run out already");
        w.work_in_the_background().await;
        w.patient("Ben").opens_private_page().await.sees("An appointment has become free");
        // It is kept for him: nobody else gets it meanwhile.
        let item = w.item_of("Dot").await.id;
        w.staff("Sam").opens(&format!("/items/{item}/booking")).await.does_not_see("tomorrow at 10am");
        w.clock.forward(SignedDuration::from_mins(121));
        w.work_in_the_background().await;
        w.patient("Ben").opens_private_page().await.does_not_see("See the appointment");
        // Ada gave up this one and is not asked again; Dot is.
        w.patient("Ada").opens_private_page().await.does_not_see("has become free");
        let page = chooses(&w, "Dot").await;
        let slot = page.field("slot-id").expect("the offered slot");
        w.patient("Dot").posts(&format!("{}/hold", page.path), &[("slot-id", &slot)]).await.sees("Is this right?");
        w.patient("Dot").posts(&format!("{}/book", page.path), &[("slot-id", &slot)]).await.sees("Appointment booked");
        w.signs_in_again("Sam").await;
        let list = w.staff("Sam").opens("/offers").await.sees("Taken").sees("Not wanted").sees("No answer in time");
        assert!(list.words().find("Dot").expect("Dot") < list.words().find("Cal").expect("Cal"), "newest first");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn nobody_is_offered_a_slot_who_would_read_of_it_too_late_or_is_just_choosing() {
    for db in both() {
        let w = world(db).await;
        waiting(&w).await;
        // Cal may only be written to in the evening; Ben holds another slot while he reads its page.
        let cal = w.staff("Sam").opens("/patients?q=Cal").await.links("/patients/").remove(0);
        let page = w.staff("Sam").opens(&cal).await;
        let hours = [("from", "18"), ("to", "20"), ("standing", "registered")];
        w.staff("Sam").sends_from(&page, &format!("{cal}/contact"), &hours).await.is_done();
        let other = w.fresh_slots(Pathway::Gp, 1).await[0].to_string();
        let ben = w.item_of("Ben").await.id;
        let page = w.staff("Sam").opens(&format!("/items/{ben}/booking")).await;
        w.staff("Sam").sends_from(&page, &format!("/items/{ben}/booking/hold"), &[("slot-id", &other)]).await.sees("Held for this patient");
        gives_up(&w, "Ada").await;
        for who in ["Cal", "Ben"] {
            w.patient(who).opens_private_page().await.does_not_see("has become free");
        }
        w.patient("Dot").opens_private_page().await.sees("An appointment has become free");
        w.staff("Sam").opens(&format!("/items/{ben}/booking")).await.sees("Held for this patient");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn with_several_at_once_the_first_gets_it_and_the_others_are_told() {
    for db in both() {
        let w = world(db).await;
        waiting(&w).await;
        let rules = [("on", "yes"), ("at-once", "3"), ("minutes", "60")];
        w.staff("Sam")
            .sends("/offers", "/offers/rules", &[("on", "yes"), ("at-once", "30"), ("minutes", "60")])
            .await
            .is_refused("1 to 10 people");
        w.staff("Sam").sends("/offers", "/offers/rules", &rules).await.is_done();
        gives_up(&w, "Ada").await;
        let (ben, cal) = (chooses(&w, "Ben").await.sees("We offer it to you"), chooses(&w, "Cal").await.sees("We offer it to you"));
        let slot = ben.field("slot-id").expect("the offered slot");
        w.patient("Ben").posts(&format!("{}/hold", ben.path), &[("slot-id", &slot)]).await.sees("Is this right?");
        w.patient("Ben").posts(&format!("{}/book", ben.path), &[("slot-id", &slot)]).await.sees("Appointment booked");
        w.patient("Cal").posts(&format!("{}/hold", cal.path), &[("slot-id", &slot)]).await.is_refused("no appointment for you to choose");
        w.staff("Sam").opens("/offers").await.sees("Somebody else was first");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn who_wants_an_earlier_appointment_is_offered_one_and_keeps_theirs_until_it_is_taken() {
    let w = World::new()
        .at("2026-01-05 09:00")
        .coordinator("Sam")
        .clinician("Osei")
        .patient("Ada")
        .patient("Ben")
        .slots(Pathway::Gp, &["2026-01-06 10:00", "2026-01-15 10:00"])
        .start()
        .await;
    for who in ["Ada", "Ben"] {
        w.patient(who).asks_online("A mole that has changed").await;
        w.staff("Sam").triages(who, "routine", "gp", "").await.is_done();
        books(&w, who).await;
    }
    let page = chooses(&w, "Ben").await.sees("Thursday 15 January 2026");
    w.patient("Ben")
        .posts(&format!("{}/earlier", page.path), &[("wants", "yes")])
        .await
        .sees("We tell you when an earlier one becomes free");
    gives_up(&w, "Ada").await;
    let page = chooses(&w, "Ben").await.sees("You have an appointment: Thursday 15 January 2026").sees("We offer it to you");
    let slot = page.field("slot-id").expect("the offered slot");
    w.patient("Ben").posts(&format!("{}/hold", page.path), &[("slot-id", &slot)]).await.sees("Is this right?");
    w.patient("Ben").posts(&format!("{}/book", page.path), &[("slot-id", &slot)]).await.sees("Tuesday 6 January 2026 at 10am");
    w.nothing_is_lost().await;
}

#[tokio::test]
async fn a_full_session_takes_one_more_only_with_a_reason() {
    for db in both() {
        let w = world(db).await;
        for who in ["Ada", "Ben"] {
            w.patient(who).asks_online("A mole that has changed").await;
            w.staff("Sam").triages(who, "soon", "gp", "").await.is_done();
        }
        books(&w, "Ada").await;
        let item = w.item_of("Ben").await.id;
        let page = w.staff("Sam").opens(&format!("/items/{item}/booking")).await.sees("No free slot fits").sees("Overbook a session");
        let like = page.options("like").into_iter().find(|o| !o.is_empty()).expect("a session");
        let extra = |at: &'static str, reason: &'static str| [("like", like.clone()), ("at", at.into()), ("reason", reason.into())];
        let sends = async |fields: [(&str, String); 3]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            w.staff("Sam").sends_from(&page, &format!("/items/{item}/booking/overbook"), &fields).await
        };
        sends(extra("10:10", "")).await.is_refused("Say why the session is overbooked");
        sends(extra("nonsense", "Osei agreed")).await.is_refused("Enter a time, like 11:30.");
        sends(extra("10:10", "Osei agreed: quick look")).await.sees("Booked tomorrow at 10:10am");
        w.staff("Sam").opens("/day?on=2026-01-06").await.sees("Overbooked: Osei agreed: quick look").sees("2 of 2 slots are booked");
        // Given up, it is gone: nobody else is booked into a time that nobody has.
        let page = w.staff("Sam").opens(&format!("/items/{item}/booking")).await;
        w.staff("Sam").sends_from(&page, &format!("/items/{item}/booking/cancel"), &[("why", "Got better")]).await.is_done();
        w.work_in_the_background().await;
        w.staff("Sam").opens("/day?on=2026-01-06&free=yes").await.sees("1 of 1 slots are booked").does_not_see("10:10am");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn who_missed_an_appointment_and_waits_again_is_offered_what_becomes_free() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .slots(Pathway::Gp, &["2026-01-05 10:00", "2026-01-07 10:00"])
            .start()
            .await;
        for who in ["Ben", "Ada"] {
            w.patient(who).asks_online("A mole that has changed").await;
            w.staff("Sam").triages(who, "routine", "gp", "").await.is_done();
            books(&w, who).await;
        }
        w.clock.set("2026-01-05 10:30");
        w.signs_in_again("Sam").await;
        let day = w.staff("Sam").opens("/day").await;
        let missed = day.actions("/bookings/").into_iter().next().expect("a form");
        w.staff("Sam").sends_from(&day, &missed, &[("mark", "missed")]).await.is_done();
        w.staff("Sam").does("Ben", "call", &[("reached", "yes"), ("text", "Overslept, wants another")]).await.sees("Book an appointment");
        gives_up(&w, "Ada").await;
        chooses(&w, "Ben").await.sees("We offer it to you");
    }
}
