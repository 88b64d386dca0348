//! Coil and implant clinics.

use jiff::SignedDuration;
use portico_testkit::{World, databases::both};

#[tokio::test]
async fn b70_nobody_is_booked_for_a_coil_before_everything_has_been_noted() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        let page = w.staff("Sam").opens("/rota/templates/new").await;
        let to = page.actions("/rota/templates/").remove(0);
        let osei = w.staff_id("Osei").to_string();
        let fields = [
            ("name", "Coil clinic"),
            ("clinician", osei.as_str()),
            ("place", "Room 3"),
            ("weekday", "2"),
            ("every", "1"),
            ("starts", "14:00"),
            ("from", "2026-01-06"),
            ("count-0", "2"),
            ("minutes-0", "30"),
            ("pathway-0", "gp"),
            ("mode-0", "face_to_face"),
            ("category-0", "planned_clinical_procedure"),
            ("setting-0", "general_practice"),
            ("procedure-0", "coil_fitting"),
        ];
        let preview = w.staff("Sam").sends_from(&page, &to, &fields).await.sees("Slots that come 16");
        let plan = ["change", "seen"].map(|n| preview.field(n).unwrap_or_default());
        let confirmed = [("change", plan[0].as_str()), ("seen", plan[1].as_str()), ("people", "ask"), ("reason", "New clinic")];
        w.staff("Sam").sends_from(&preview, "/rota/do", &confirmed).await.is_done();
        w.patient("Ada").asks_online("I would like a coil").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        let item = w.item_of("Ada").await.id;
        let here = format!("/items/{item}/booking");
        let page =
            w.staff("Sam").opens(&here).await.sees("No free slot fits").sees("Coil fitting or change: counselling has not been noted");
        let notes = format!("/items/{item}/prerequisites");
        let some = [("met", "counselling"), ("met", "pregnancy_excluded"), ("met", "infection_test"), ("met", "consent")];
        let page = w.staff("Sam").sends_from(&page, &notes, &some).await.sees("no prescription or valid patient group direction");
        let without_a_day = [&some[..], &[("met", "direction_valid")]].concat();
        w.staff("Sam").sends_from(&page, &notes, &without_a_day).await.is_refused("Enter the last day");
        // A direction that ends before the day of the clinic is as good as none.
        let short = [&without_a_day[..], &[("until", "2026-01-05")]].concat();
        w.staff("Sam").sends_from(&page, &notes, &short).await.sees("until 5 January 2026").sees("No free slot fits");
        let all = [&without_a_day[..], &[("until", "2026-12-31")]].concat();
        let page =
            w.staff("Sam").sends_from(&page, &notes, &all).await.sees("Coil fitting or change: may be booked").sees("tomorrow at 2pm");
        // Consent is withdrawn while the page is open: the slot that it shows is not to be had.
        let slot = page.field("slot-id").expect("a slot");
        let less: Vec<_> = all.iter().copied().filter(|(_, p)| *p != "consent").collect();
        w.staff("Sam").sends_from(&page, &notes, &less).await.sees("consent has not been noted");
        w.staff("Sam").sends_from(&page, &here, &[("slot-id", &slot)]).await.is_refused("consent has not been noted");
        let page = w.staff("Sam").opens(&here).await;
        w.staff("Sam").sends_from(&page, &notes, &all).await.is_done();
        // Old notes do not count.
        w.clock.forward(SignedDuration::from_hours(24 * 91));
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens(&here).await.sees("more than 90 days ago: do it again").sees("counselling has not been noted");
        w.nothing_is_lost().await;
    }
}
