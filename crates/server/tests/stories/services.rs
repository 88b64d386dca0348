//! Planned services: people are invited, book in slots of their own, and capacity is seen by service.

use jiff::SignedDuration;
use portico_nhs::Clock;
use portico_testkit::{
    Seen, World,
    databases::{TestDatabase, both},
    fake_notify::FakeNotify,
};

/// A session of two slots that Osei has on Tuesdays at 2 in the afternoon, with what else is asked of its slots.
async fn clinic(w: &World, name: &str, more: &[(&str, &str)]) {
    let page = w.staff("Sam").opens("/rota/templates/new").await;
    let to = page.actions("/rota/templates/").remove(0);
    let osei = w.staff_id("Osei").to_string();
    let mut fields = vec![
        ("name", name),
        ("clinician", osei.as_str()),
        ("place", "Room 3"),
        ("every", "1"),
        ("starts", "14:00"),
        ("from", "2026-09-01"),
        ("count-0", "2"),
        ("minutes-0", "10"),
        ("category-0", "planned_clinics"),
        ("setting-0", "general_practice"),
    ];
    fields.extend(more);
    let preview = w.staff("Sam").sends_from(&page, &to, &fields).await.is_done();
    let plan = ["change", "seen"].map(|n| preview.field(n).unwrap_or_default());
    let confirmed = [("change", plan[0].as_str()), ("seen", plan[1].as_str()), ("people", "ask"), ("reason", "The season begins")];
    w.staff("Sam").sends_from(&preview, "/rota/do", &confirmed).await.is_done();
}

/// A practice on the first morning of the season, and what it sends by text.
async fn practice(db: TestDatabase) -> (World, FakeNotify) {
    let fake = FakeNotify::start().await;
    let w = World::new().on(db).at("2026-09-01 10:00").coordinator("Sam").clinician("Osei").patient("Ada").patient("Ben");
    let w = w.with(|c| c.notify = Some(fake.config())).start().await;
    let clock = w.clock.clone();
    fake.set_clock(move || clock.now());
    (w, fake)
}

/// Writes to a group with a link to book, and lets it go out.
async fn invites(w: &World, more: &[(&str, &str)]) -> Seen {
    let mut fields = vec![("name", "Flu 2026"), ("text", "It is time for your flu vaccination."), ("service", "flu_vaccination")];
    fields.extend(more);
    let page = w.staff("Sam").sends("/batches", "/batches", &fields).await.sees("(their own link)");
    let released = w.staff("Sam").sends_from(&page, &format!("{}/release", page.path), &[]).await.is_done();
    w.clock.forward(SignedDuration::from_mins(16));
    w.work_in_the_background().await;
    w.work_in_the_background().await;
    println!("{}", w.staff("Sam").opens(&page.path).await.words());
    released
}

/// The link to book in the newest message to somebody.
fn link_to(fake: &FakeNotify, given: &str) -> String {
    let sent = fake
        .sent()
        .into_iter()
        .rev()
        .find(|m| m.body.contains(&format!("Hello {given}.")))
        .unwrap_or_else(|| panic!("no message to {given}: {:?}", fake.sent()));
    let (_, link) = sent.body.split_once("/invited/").expect("a link");
    format!("/invited/{}", link.split_whitespace().next().unwrap_or_default())
}

const BORN: [(&str, &str); 3] = [("born-day", "15"), ("born-month", "3"), ("born-year", "1984")];

#[tokio::test]
async fn b22_people_are_invited_to_the_flu_clinic_and_choose_their_time() {
    for db in both() {
        let (w, fake) = practice(db).await;
        let nurse = [("weekday", "2"), ("pathway-0", "nurse"), ("mode-0", "face_to_face"), ("service-0", "flu_vaccination")];
        clinic(&w, "Flu clinic", &nurse).await;
        w.staff("Sam")
            .sends("/batches", "/batches", &[("name", "x"), ("text", "y"), ("service", "ecg"), ("age-from", "0")])
            .await
            .is_refused("Choose with whom they may book, or no service.");
        let copied = [("name", "x"), ("text", "Look at [private link]"), ("age-from", "0")];
        w.staff("Sam").sends("/batches", "/batches", &copied).await.is_refused("Fill in “[private link]” first.");
        let sent = invites(&w, &[("age-from", "18"), ("pathway", "nurse")]).await;
        let link = link_to(&fake, "Ada");
        assert_ne!(link, link_to(&fake, "Ben"), "everybody has a link of their own");

        // Nothing is shown and nothing is made before the date of birth is right.
        w.patient("Ada").opens(&link).await.does_not_see("Ada").does_not_see("flu");
        let wrong = [("born-day", "16"), ("born-month", "3"), ("born-year", "1984")];
        w.patient("Ada").posts(&link, &wrong).await.is_refused("4 tries are left");
        w.staff("Sam").opens(&sent.path).await.sees("0 have opened their invitation, 0 are booked");
        let choice = w.patient("Ada").posts(&link, &BORN).await.sees("Tuesday 1 September 2026").sees("2pm");
        let slot = choice.button("slot-id", 0);
        let held = w.patient("Ada").posts(&format!("{}/hold", choice.path), &[("slot-id", &slot)]).await.sees("Is this right?");
        let book = held.path.replace("/details", "/book");
        w.patient("Ada").posts(&book, &[("slot-id", &slot)]).await.sees("booked");
        let item = w.item_of("Ada").await;
        assert!(item.is_open() && item.position.urgency.is_some(), "planned care, with a next move");
        w.staff("Sam").opens(&sent.path).await.sees("1 have opened their invitation, 1 are booked");
        // The same link changes the appointment, and makes no second item.
        w.patient("Ada").posts(&link, &BORN).await.sees("Change your appointment");
        assert_eq!(w.item_of("Ada").await.id, item.id);
        // Whoever asks for something else does not get the clinic's slots.
        w.patient("Ben").asks_online("My ear hurts").await;
        w.staff("Sam").triages("Ben", "routine", "nurse", "").await.is_done();
        let booking = format!("/items/{}/booking", w.item_of("Ben").await.id);
        w.staff("Sam").opens(&booking).await.sees("No free slot fits");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn b23_the_housebound_are_invited_to_a_flu_visit_at_home() {
    for db in both() {
        let (w, fake) = practice(db).await;
        let visits = [
            ("weekday", "2"),
            ("pathway-0", "nurse"),
            ("mode-0", "home_visit"),
            ("service-0", "flu_vaccination"),
            ("condition-0", "housebound"),
        ];
        clinic(&w, "Flu visits", &visits).await;
        let ada = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        w.staff("Sam").sends(&ada, &format!("{ada}/facts"), &[("fact", "housebound")]).await.is_done();
        invites(&w, &[("fact", "housebound"), ("pathway", "nurse")]).await;
        assert!(!fake.sent().iter().any(|m| m.body.contains("Hello Ben.")), "who is not housebound is not invited to a visit");
        let link = link_to(&fake, "Ada");
        let choice = w.patient("Ada").posts(&link, &BORN).await.sees("Face to face (home visit)");
        let slot = choice.button("slot-id", 0);
        let held = w.patient("Ada").posts(&format!("{}/hold", choice.path), &[("slot-id", &slot)]).await.is_done();
        w.patient("Ada").posts(&held.path.replace("/details", "/book"), &[("slot-id", &slot)]).await.sees("booked");
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/day?on=2026-09-01").await.sees("Ada");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn b72_measuring_has_slots_of_its_own_and_a_shortage_is_seen() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-09-01 10:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .patient("Cal")
            .start()
            .await;
        let capacity = "/capacity";
        w.staff("Sam").opens(capacity).await.sees("No session keeps slots for a service");
        for who in ["Ada", "Ben", "Cal"] {
            w.patient(who).asks_online("The hospital wants a tracing of my heart before my operation").await;
            w.staff("Sam").triages(who, "routine", "hca", "").await.is_done();
            let here = format!("/items/{}/booking", w.item_of(who).await.id);
            w.staff("Sam").sends(&here, &format!("{here}/service"), &[("service", "ecg")]).await.sees("ECG").sees("No free slot fits");
        }
        w.staff("Sam").opens(capacity).await.sees("ECG: 3 more wait than slots are free.");
        let ecg = [("weekday", "2"), ("pathway-0", "hca"), ("mode-0", "face_to_face"), ("service-0", "ecg")];
        clinic(&w, "ECG", &ecg).await;
        let here = format!("/items/{}/booking", w.item_of("Ada").await.id);
        let page = w.staff("Sam").opens(&here).await.sees("today at 2pm");
        let slot = page.field("slot-id").expect("a slot");
        w.staff("Sam").sends_from(&page, &here, &[("slot-id", &slot)]).await.is_done();
        w.staff("Sam").opens(capacity).await.sees("ECG").does_not_see("more wait than slots");
        // Planned care is booked as far ahead as sessions are made; what cannot wait is for no service any more.
        let ben = format!("/items/{}/booking", w.item_of("Ben").await.id);
        w.staff("Sam").opens(&ben).await.sees("20 October 2026").sees("Show its slots");
        w.fresh_slots(portico_domain::pathway::Pathway::DutyGp, 1).await;
        w.staff("Sam").triages("Ben", "same_day", "duty_gp", "Chest tight").await.is_done();
        w.staff("Sam").opens(&ben).await.sees("today at").does_not_see("20 October 2026");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn b69_private_work_has_a_fee_that_is_agreed_before_it_is_done_and_is_seen_until_it_is_paid() {
    for db in both() {
        let w = World::new().on(db).at("2026-09-01 10:00").coordinator("Sam").clinician("Osei").auditor("Kim").patient("Ada").start().await;
        w.patient("Ada").asks_online("I need a medical for my lorry licence").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        w.staff("Sam").assigns("Ada", "Osei").await.is_done();
        let here = format!("/items/{}/private-work", w.item_of("Ada").await.id);
        let page = w.staff("Sam").opens(&here).await.sees("This request is NHS work");
        w.staff("Sam").sends_from(&page, &here, &[("what", "D4 medical"), ("fee", "a lot")]).await.is_refused("Enter the fee in pounds");
        let page = w
            .staff("Sam")
            .sends(&here, &here, &[("what", "D4 medical"), ("fee", "120.50")])
            .await
            .sees("D4 medical, £120.50")
            .sees("Fee told, not agreed");
        let step = page.actions("/private-work/").remove(0);
        w.staff("Sam").sends(&here, &step, &[("state", "paid")]).await.is_refused("Nothing is paid before the patient has agreed");
        w.staff("Sam").sends(&here, &step, &[("state", "agreed")]).await.sees("Agreed, not paid");
        w.staff("Sam").opens("/private-work").await.sees("Agreed, not paid (1, £120.50)").sees("Osei");
        // Closed and not paid: it stays on the list.
        w.staff("Sam").does("Ada", "close", &[("outcome", "admin_done"), ("text", "Form completed")]).await.is_done();
        w.staff("Sam").opens("/private-work").await.sees("Agreed, not paid (1, £120.50)").sees("the request is closed");
        w.staff("Sam").sends(&here, &step, &[("state", "paid"), ("note", "=Card")]).await.sees("Paid").sees("=Card");
        w.staff("Sam").opens("/private-work").await.sees("Nothing is owed.").sees("Paid (1, £120.50)");
        let list = w.staff("Sam").opens("/private-work/list.csv").await.is_done().html;
        assert!(list.contains(",120.50,paid,") && list.contains("'=Card"), "{list}");
        assert!(!list.contains("Ada") && !list.contains("medical"), "accounts do not read who and why");
        let refused = w.staff("Kim").sends("/private-work", &step, &[("state", "agreed")]).await;
        assert!(refused.status.is_client_error(), "an auditor changes nothing");
        w.nothing_is_lost().await;
    }
}
