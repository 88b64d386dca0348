//! Booking: patients choose for themselves, days are worked through, the rota changes and is put right again.

use portico_domain::pathway::Pathway;
use portico_testkit::{World, databases::both};

/// The fields of a date of birth.
const BORN: [(&str, &str); 3] = [("born-day", "15"), ("born-month", "3"), ("born-year", "1984")];

async fn invited(w: &World) -> String {
    w.patient("Ada").asks_online("A mole on my arm that I would like looked at").await;
    w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
    let item = w.item_of("Ada").await;
    let page = w.staff("Sam").opens(&format!("/items/{}/booking", item.id)).await.sees("Or let the patient choose");
    w.staff("Sam").sends_from(&page, &format!("/items/{}/booking/invite", item.id), &[]).await.sees("Patient to choose an appointment");
    w.patient("Ada").opens_private_page().await.sees("Please choose an appointment");
    format!("{}/book", w.patient("Ada").link())
}

/// Says who they are and comes to the slots.
async fn passes(w: &World, link: &str) -> portico_testkit::Seen {
    w.patient("Ada").opens(link).await.sees("First we make sure that it is you.");
    w.patient("Ada").posts(link, &BORN).await.is_done()
}

#[tokio::test]
async fn b18_a_patient_chooses_an_appointment_by_their_link_and_changes_it() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-06 10:00", "2026-01-06 10:10", "2026-01-07 09:00"])
            .slots(Pathway::Nurse, &["2026-01-06 11:00"])
            .start()
            .await;
        let link = invited(&w).await;
        w.patient("Ada")
            .posts(&link, &[("born-day", "1"), ("born-month", "3"), ("born-year", "1984")])
            .await
            .is_refused("4 tries are left");
        let page = passes(&w, &link).await.sees("Tuesday 6 January 2026").sees("10am").does_not_see("11am");
        let (pass, slot) = (page.path.clone(), page.button("slot-id", 0));
        let held = w.patient("Ada").posts(&format!("{pass}/hold"), &[("slot-id", &slot)]).await.sees("We keep it for you until 9:15am");
        let slot = held.field("slot-id").expect("the slot");
        let answers = [("slot-id", slot.as_str()), ("needs", "I use a wheelchair")];
        w.patient("Ada").posts(&format!("{pass}/book"), &answers).await.sees("Appointment booked").sees("Tuesday 6 January 2026 at 10am");
        let file = w.patient("Ada").opens(&format!("{pass}/appointment.ics")).await.is_done();
        assert!(file.html.contains("DTSTART:20260106T100000Z\r\n") && file.html.contains("SUMMARY:Appointment\\, Elm Tree Surgery"));
        assert!(!file.html.contains("mole"), "nothing about why");
        w.staff("Sam").opens_item_of("Ada").await.sees("I use a wheelchair").sees("Booked tomorrow at 10am");
        // She changes it, and the first slot is free for others at once.
        w.patient("Ada").opens_private_page().await.sees("Change or cancel your appointment");
        let page = passes(&w, &link).await.sees("You have an appointment: Tuesday 6 January 2026 at 10am");
        let (pass, slot) = (page.path.clone(), page.button("slot-id", 1));
        w.patient("Ada").posts(&format!("{pass}/hold"), &[("slot-id", &slot)]).await.sees("Wednesday 7 January 2026");
        w.patient("Ada").posts(&format!("{pass}/book"), &[("slot-id", &slot)]).await.sees("Wednesday 7 January 2026 at 9am");
        // Within the last hour she rings.
        w.clock.set("2026-01-07 08:10");
        let page = passes(&w, &link).await.sees("begins in less than an hour");
        w.patient("Ada").posts(&format!("{}/hold", page.path), &[("slot-id", &slot)]).await.is_refused("less than an hour");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_hold_that_ran_out_and_a_slot_that_is_gone_are_told_in_words() {
    let w = World::new()
        .at("2026-01-05 09:00")
        .coordinator("Sam")
        .clinician("Osei")
        .patient("Ada")
        .patient("Ben")
        .slots(Pathway::Gp, &["2026-01-06 10:00"])
        .start()
        .await;
    let link = invited(&w).await;
    let page = passes(&w, &link).await;
    let (pass, slot) = (page.path.clone(), page.button("slot-id", 0));
    w.patient("Ada").posts(&format!("{pass}/hold"), &[("slot-id", &slot)]).await.sees("Is this right?");
    w.clock.set("2026-01-05 09:16");
    w.patient("Ben").asks_online("A rash").await;
    w.staff("Sam").triages("Ben", "routine", "gp", "").await.is_done();
    w.staff("Sam").books_first_slot("Ben").await.is_done();
    w.patient("Ada").posts(&format!("{pass}/book"), &[("slot-id", &slot)]).await.is_refused("Your 15 minutes are over");
    w.patient("Ada").posts(&format!("{pass}/hold"), &[("slot-id", &slot)]).await.is_refused("Somebody has just taken that slot");
    w.clock.set("2026-01-05 10:20");
    w.patient("Ada").opens(&pass).await.is_refused("open for more than an hour");
    w.nothing_is_lost().await;
}

#[tokio::test]
async fn five_wrong_dates_of_birth_lock_the_link_for_a_day_and_a_link_alone_shows_no_times() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        let link = invited(&w).await;
        let wrong = [("born-day", "2"), ("born-month", "3"), ("born-year", "1984")];
        for left in ["4 tries", "3 tries", "2 tries", "1 tries"] {
            w.patient("Ada").posts(&link, &wrong).await.is_refused(left);
        }
        w.patient("Ada").posts(&link, &wrong).await.is_refused("Too many dates of birth were wrong.");
        w.patient("Ada").posts(&link, &BORN).await.is_refused("Too many dates of birth were wrong.");
        w.clock.set("2026-01-06 09:01");
        passes(&w, &link).await.sees("No appointment is free at the moment.");
        w.patient("Ada").opens("/choose/not-a-pass").await.is_refused("open for more than an hour");
    }
}

#[tokio::test]
async fn nobody_chooses_before_triage_and_an_emergency_is_never_left_to_a_link() {
    let w = World::new().at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").start().await;
    w.patient("Ada").asks_online("A mole on my arm").await;
    let link = format!("{}/book", w.patient("Ada").link());
    passes(&w, &link).await.sees("There is no appointment for you to choose at the moment.");
    let item = w.item_of("Ada").await;
    let page = w.staff("Sam").opens(&format!("/items/{}/booking", item.id)).await.does_not_see("Or let the patient choose");
    w.staff("Sam")
        .sends_from(&page, &format!("/items/{}/booking/invite", item.id), &[("_version", "1")])
        .await
        .is_refused("Choose an urgency and a pathway before you book.");
    w.staff("Sam").triages("Ada", "emergency", "duty_gp", "").await.is_done();
    let page = w.staff("Sam").opens(&format!("/items/{}/booking", item.id)).await;
    w.staff("Sam")
        .sends_from(&page, &format!("/items/{}/booking/invite", item.id), &[("_version", "2")])
        .await
        .is_refused("An emergency is booked by a person.");
}

#[tokio::test]
async fn an_invitation_that_nobody_takes_up_comes_back_to_the_desk() {
    let w = World::new().at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").start().await;
    invited(&w).await;
    w.clock.set("2026-01-08 09:00");
    w.work_in_the_background().await;
    w.signs_in_again("Sam").await;
    w.staff("Sam").opens_item_of("Ada").await.sees("No reply in time; back with the practice");
}

#[tokio::test]
async fn patients_are_reminded_once_the_day_before_and_can_give_the_appointment_up() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-07 10:00"])
            .start()
            .await;
        let link = invited(&w).await;
        w.staff("Sam").books_first_slot("Ada").await.is_done();
        for _ in 0..2 {
            w.clock.set("2026-01-06 09:30");
            w.work_in_the_background().await;
        }
        let page = w.patient("Ada").opens_private_page().await.sees("A reminder of your appointment");
        assert_eq!(page.words().matches("A reminder of your appointment").count(), 1, "once");
        let page = passes(&w, &link).await;
        w.patient("Ada").posts(&format!("{}/give-up", page.path), &[]).await.sees("Your appointment is cancelled");
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens_item_of("Ada").await.sees("cancelled by the patient, who still needs help").sees("Book an appointment");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn d14_the_day_list_shows_who_came_and_who_did_not_come_is_contacted() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:30")
            .coordinator("Sam")
            .receptionist("Jo")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .slots(Pathway::Gp, &["2026-01-05 10:00", "2026-01-05 10:10"])
            .start()
            .await;
        for who in ["Ada", "Ben"] {
            w.patient(who).asks_online("A rash on my arm").await;
            w.staff("Sam").triages(who, "routine", "gp", "").await.is_done();
            w.staff("Sam").books_first_slot(who).await.is_done();
        }
        let page = w.staff("Jo").opens("/day").await.sees("2 of 2 slots are booked.").sees("Ada Osei").sees("Expected");
        let forms = page.actions("/bookings/");
        w.staff("Jo").sends_from(&page, &forms[1], &[("mark", "missed")]).await.is_refused("has not begun yet");
        w.clock.set("2026-01-05 10:12");
        w.staff("Jo").sends_from(&page, &forms[0], &[("mark", "arrived")]).await.sees("Arrived 10:12am");
        let page = w.staff("Jo").opens("/day").await;
        w.staff("Jo").sends_from(&page, &forms[0], &[("mark", "left")]).await.sees("Left 10:12am");
        let page = w.staff("Jo").opens("/day").await;
        w.staff("Jo").sends_from(&page, &forms[1], &[("mark", "missed")]).await.sees("Did not attend");
        w.staff("Sam").opens_item_of("Ben").await.sees("Contact the patient: they did not attend");
        // He had only been late; the next morning somebody puts it right.
        w.clock.set("2026-01-06 09:00");
        w.signs_in_again("Jo").await;
        let page = w.staff("Jo").opens("/day?on=2026-01-05").await;
        w.staff("Jo").sends_from(&page, &forms[1], &[("mark", "expected")]).await.sees("Not marked");
        let page = w.staff("Jo").opens("/day?on=2026-01-05").await;
        w.staff("Jo").sends_from(&page, &forms[1], &[("mark", "left")]).await.sees("Left");
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens_item_of("Ben").await.does_not_see("Contact the patient: they did not attend");
        w.nothing_is_lost().await;
    }
}
