//! Days that are not as usual, gaps that emerge, visits at home.

use jiff::SignedDuration;
use portico_domain::{event::Verb, pathway::Pathway};
use portico_store::queries::event;
use portico_testkit::{World, databases::both};

/// Nobody sets online hours without having seen what they would have done.
pub async fn tried_and_set(w: &World, fields: &[(&str, &str)]) -> portico_testkit::Seen {
    let tried = w.staff("Helen").sends("/opening", "/opening", fields).await.sees("On the last month");
    let seen = tried.field("seen").expect("what was tried");
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("seen", seen.as_str())]).collect();
    w.staff("Helen").sends_from(&tried, "/opening", &fields).await
}

/// Helen sees what closing the practice does, and closes it.
async fn closes(w: &World, closure: &[(&str, &str)]) -> portico_testkit::Seen {
    let preview = w.staff("Helen").sends("/staff", "/closures", closure).await.sees("Nothing has been changed yet");
    let preview = preview.sees("Online requests that came in these hours in each of the last weeks");
    let plan = ["change", "seen", "reason"].map(|n| preview.field(n).unwrap_or_default());
    let confirmed = [("change", plan[0].as_str()), ("seen", plan[1].as_str()), ("people", "ask"), ("reason", plan[2].as_str())];
    w.staff("Helen").sends_from(&preview, "/rota/do", &confirmed).await
}

#[tokio::test]
async fn c7_a_bank_holiday_and_an_afternoon_of_learning_are_planned_for_one_day() {
    for db in both() {
        let w = World::new().on(db).at("2026-03-30 09:00").coordinator("Sam").manager("Helen").patient("Ada").start().await;
        let learning = [
            ("from-date", "2026-04-15"),
            ("from-time", "13:00"),
            ("to-date", "2026-04-15"),
            ("to-time", "18:30"),
            ("reason", "Learning time"),
        ];
        closes(&w, &learning).await.is_done();
        let page = w.staff("Helen").opens("/opening").await.sees("Friday 3 April 2026: Good Friday. No core hours; online is open.");
        let page = page.sees("Monday 6 April 2026: Easter Monday").sees("Learning time. No core hours");
        let set = page.links("/opening?day=").remove(0);
        let good_friday = w.staff("Helen").opens(&set).await;
        assert_eq!(good_friday.field("day").as_deref(), Some("2026-04-03"));

        // Five requests on the Tuesday after Easter, and as many as come on every other day.
        let tuesday = [
            ("day", "2026-04-07"),
            ("daily", "1"),
            ("one-day", "yes"),
            ("reason", "We read in the day."),
            ("why", "After Easter"),
            ("what", "set"),
        ];
        let without = [("daily", "1"), ("one-day", "yes"), ("reason", "We read in the day."), ("why", "After Easter"), ("what", "set")];
        tried_and_set(&w, &without).await.is_refused("Choose the day that it is for.");
        tried_and_set(&w, &tuesday).await.sees("for that day only: After Easter");
        w.clock.set("2026-04-07 10:00");
        w.store.forget_practices();
        w.patient("Ada").asks_online("My ear hurts").await;
        w.store.forget_practices();
        w.patient("Cal").opens("/").await.sees("takes longer than usual");
        w.clock.set("2026-04-08 10:00");
        w.store.forget_practices();
        w.patient("Ada").asks_online("My ear still hurts").await;
        w.store.forget_practices();
        w.patient("Cal").opens("/").await.does_not_see("takes longer than usual");
        // Learning time: the door is open and the contract's clock runs; what is not urgent is promised for the next core day.
        w.clock.set("2026-04-15 14:00");
        w.store.forget_practices();
        let sent = w.patient("Ada").asks_online("My knee hurts").await.sees("Request sent");
        assert!(!sent.words().contains("today at"), "nobody is there to answer today");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn e2_a_gap_that_emerges_is_on_the_desk_once_before_it_is_a_delay() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-19 15:00"])
            .start()
            .await;
        for n in 0..5 {
            w.patient("Ada").asks_online(&format!("My ear hurts, it is number {n}")).await;
            w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        }
        w.work_in_the_background().await;
        w.staff("Sam").opens("/desk").await.does_not_see("are missing");
        w.clock.set("2026-01-12 08:30");
        w.work_in_the_background().await;
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/desk").await.sees("4 appointments are missing on Monday 19 January 2026, pathway GP: 5 are expected");
        // Told again neither an hour later nor the next morning.
        for _ in 0..3 {
            w.clock.forward(SignedDuration::from_mins(61));
            w.work_in_the_background().await;
        }
        let seen = event::recent(&mut w.store.reader().await.unwrap(), w.organisation, i64::MAX).await.unwrap();
        let told = seen.iter().filter(|e| e.verb == Verb::RotaChanged && e.words.contains("Gap on Monday 19 January"));
        assert_eq!(told.count(), 1);
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn b10_a_housebound_patient_is_visited_at_home_by_a_list_that_can_be_carried() {
    for db in both() {
        let w = World::new()
            .on(db)
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .living_at(&["1 High Street", "Leeds", "LS1 4AP"])
            .home_visits(&["2026-01-06 14:00", "2026-01-06 14:30"])
            .start()
            .await;
        w.patient("Ada").asks_online("My leg ulcer has to be dressed").await;
        w.staff("Sam").triages("Ada", "routine", "nurse", "").await;
        let booking = format!("/items/{}/booking", w.item_of("Ada").await.id);
        w.staff("Sam").opens(&booking).await.sees("No free slot fits in time");
        let ada = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        w.staff("Sam").sends(&ada, &format!("{ada}/facts"), &[("fact", "housebound")]).await.is_done();
        let agreed = [("note", "The key is with the neighbour"), ("standing", "registered")];
        w.staff("Sam").sends(&ada, &format!("{ada}/contact"), &agreed).await.is_done();
        w.staff("Sam").books_first_slot("Ada").await.sees("at your home");
        let day = w.staff("Sam").opens("/day?on=2026-01-06&how=home_visit").await;
        let day = day.sees("1 High Street, Leeds, LS1 4AP").sees("07700 900 123").sees("The key is with the neighbour");
        day.sees("1 of 2 slots are booked");
        w.staff("Sam").opens("/day?on=2026-01-06&how=telephone").await.does_not_see("1 High Street");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a2_a_coordinator_says_from_when_another_team_takes_a_pathway() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").patient("Ben").start().await;
        let page = w.staff("Sam").opens("/practice").await.sees("Nobody has changed anything");
        w.staff("Sam").sends_from(&page, "/practice/teams", &[("name", "Physio at Hill Road")]).await.sees("Physio at Hill Road");
        let page = w.staff("Sam").opens("/practice").await;
        w.staff("Sam").sends_from(&page, "/practice/teams", &[("name", "PHYSIO at hill road")]).await.is_refused("There is a team");
        let practice = w.store.practice(w.organisation).await.unwrap();
        let physio = practice.teams.iter().find(|t| t.name == "Physio at Hill Road").unwrap().id.to_string();
        let takes: Vec<(String, String)> =
            practice.details().takes.iter().map(|(p, team)| (format!("takes-{}", p.code()), team.to_string())).collect();
        let set = |physiotherapist: &'static str, day: &'static str, why: &'static str| {
            let other = |name: &&(String, String)| name.0 != "takes-physiotherapist";
            let mut fields: Vec<(&str, &str)> = takes.iter().filter(other).map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let physio = if physiotherapist == "new" { physio.as_str() } else { physiotherapist };
            fields.extend([("takes-physiotherapist", physio), ("phone", "0113 496 0001"), ("day", day), ("why", why)]);
            fields
        };
        let sam = w.staff("Sam");
        sam.sends("/practice", "/practice", &set("new", "", "")).await.is_refused("Say why, for the log.");
        sam.sends("/practice", "/practice", &set("", "", "x")).await.is_refused("Choose the team that takes Physiotherapist.");
        sam.sends("/practice", "/practice", &set("new", "2026-01-04", "x")).await.is_refused("must not be in the past");
        let said = sam.sends("/practice", "/practice", &set("new", "2026-01-07", "The contract begins")).await;
        said.sees("The contract begins").sees("Patients ring 0113 496 0001. Physiotherapist goes to Physio at Hill Road.");
        assert!(w.staff("Osei").opens("/practice").await.actions("/practice").is_empty(), "a clinician reads it only");
        // What is planned builds on what is planned before it, so that no later day brings an old number back.
        sam.sends("/practice", "/practice", &set("new", "", "Sooner")).await.is_refused("Another change is planned from");
        sam.opens("/practice").await.sees("Below stands what holds then");

        // Until that day everything is as before.
        w.patient("Ada").asks_online("My knee hurts").await;
        w.staff("Sam").triages("Ada", "routine", "physiotherapist", "").await.sees("Wider team");
        w.clock.set("2026-01-07 09:00");
        w.store.forget_practices();
        w.signs_in_again("Sam").await;
        w.patient("Ben").asks_online("My back hurts").await;
        w.staff("Sam").triages("Ben", "routine", "physiotherapist", "").await.sees("Physio at Hill Road");
        assert_eq!(w.item_of("Ada").await.position.pathway, Some(Pathway::Physiotherapist));
        w.patient("Ada").opens("/").await.sees("0113 496 0001");
        w.staff("Sam").opens("/practice").await.sees("The contract begins").does_not_see("Take back");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_session_outside_somebodys_working_hours_is_refused_and_colleagues_see_who_is_in() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-07 09:00").coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        let osei = w.staff_id("Osei").to_string();
        let here = format!("/staff/{osei}/hours");
        let sam = w.staff("Sam");
        sam.opens("/staff").await.sees("Hours not told");
        sam.sends(&here, &here, &[("from-0", "08:00")]).await.is_refused("Monday: enter both times");
        sam.sends(&here, &here, &[("from-0", "13:00"), ("to-0", "08:00")]).await.is_refused("A day's end must come after its beginning.");
        // Mondays and Tuesdays in the morning; today is a Wednesday.
        let mornings = [("from-0", "08:00"), ("to-0", "13:00"), ("from-1", "08:00"), ("to-1", "13:00")];
        sam.sends(&here, &here, &mornings).await.sees("08:00 to 13:00");
        sam.opens("/staff").await.sees("Not in today");
        w.patient("Ada").asks_online("My knee hurts").await;
        sam.opens_item_of("Ada").await.sees("not in today");
        let page = sam.opens("/rota/templates/new").await;
        let to = page.actions("/rota/templates/").remove(0);
        let session = |day: &'static str, starts: &'static str| {
            let about =
                [("name", "Morning"), ("place", "Room 3"), ("every", "1"), ("from", "2026-01-12"), ("weekday", day), ("starts", starts)];
            let slots = [("count-0", "6"), ("minutes-0", "10"), ("pathway-0", "gp"), ("mode-0", "telephone")];
            let kind = [("category-0", "general_consultation_routine"), ("setting-0", "general_practice"), ("clinician", osei.as_str())];
            [&about[..], &slots[..], &kind[..]].concat()
        };
        sam.sends_from(&page, &to, &session("3", "09:00")).await.is_refused("Osei does not work at that time on Wednesdays.");
        sam.sends_from(&page, &to, &session("1", "12:30")).await.is_refused("Osei does not work at that time on Mondays.");
        sam.sends_from(&page, &to, &session("1", "12:00")).await.sees("Slots that come");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn closing_the_practice_first_shows_who_is_booked_and_can_be_undone() {
    for db in both() {
        let slots = ["2026-01-06 10:00", "2026-01-08 10:00"];
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").manager("Helen").patient("Ada");
        let w = w.slots(Pathway::Gp, &slots).start().await;
        w.patient("Ada").asks_online("My knee hurts").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        w.staff("Sam").books_first_slot("Ada").await.is_done();
        let day = [
            ("from-date", "2026-01-06"),
            ("from-time", "08:00"),
            ("to-date", "2026-01-06"),
            ("to-time", "18:30"),
            ("reason", "Burst pipe"),
        ];
        let preview =
            w.staff("Helen").sends("/staff", "/closures", &day).await.sees("Nothing has been changed yet").sees("The practice is closed");
        let preview = preview.sees("Slots that go 1").sees("People who lose their appointment 1").sees("Ada");
        w.staff("Helen").opens("/staff").await.sees("No closure is planned.");
        let plan = ["change", "seen"].map(|n| preview.field(n).unwrap_or_default());
        let confirmed = [("change", plan[0].as_str()), ("seen", plan[1].as_str()), ("people", "move"), ("reason", "Burst pipe")];
        w.staff("Sam").sends("/rota", "/rota/do", &confirmed).await.is_refused("for the practice manager");
        let done = w.staff("Helen").sends_from(&preview, "/rota/do", &confirmed).await.is_done();
        w.staff("Helen").opens("/staff").await.sees("Burst pipe");
        w.staff("Sam").opens_item_of("Ada").await.sees("8 January 2026 at 10am");
        // From the list of closures it leads to where the sessions come back.
        let list = w.staff("Helen").opens("/staff").await;
        let remove = list.actions("/closures/").into_iter().find(|a| a.ends_with("/remove")).expect("a closure");
        let back = w.staff("Helen").sends_from(&list, &remove, &[]).await;
        assert_eq!(back.path, done.path);
        let refused = w.staff("Sam").sends(&done.path, &format!("{}/undo", done.path), &[]).await;
        refused.is_refused("for the practice manager");
        w.staff("Helen").sends_from(&back, &format!("{}/undo", done.path), &[]).await.is_done();
        w.staff("Helen").opens("/staff").await.sees("No closure is planned.");
        w.staff("Sam").opens_item_of("Ada").await.sees("tomorrow at 10am");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_day_that_is_closed_before_its_sessions_are_made_gets_none_that_can_be_booked() {
    for db in both() {
        let w =
            World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").manager("Helen").patient("Ada").start().await;
        let day =
            [("from-date", "2026-01-12"), ("from-time", "08:00"), ("to-date", "2026-01-12"), ("to-time", "18:30"), ("reason", "Learning")];
        closes(&w, &day).await.is_done();
        let osei = w.staff_id("Osei").to_string();
        let page = w.staff("Sam").opens("/rota/templates/new").await;
        let to = page.actions("/rota/templates/").remove(0);
        let about =
            [("name", "Morning"), ("place", "Room 3"), ("every", "1"), ("from", "2026-01-12"), ("weekday", "1"), ("starts", "09:00")];
        let slots = [("count-0", "1"), ("minutes-0", "10"), ("pathway-0", "gp"), ("mode-0", "telephone")];
        let kind = [("category-0", "general_consultation_routine"), ("setting-0", "general_practice"), ("clinician", osei.as_str())];
        let preview = w.staff("Sam").sends_from(&page, &to, &[&about[..], &slots[..], &kind[..]].concat()).await.is_done();
        let plan = ["change", "seen"].map(|n| preview.field(n).unwrap_or_default());
        let confirmed = [("change", plan[0].as_str()), ("seen", plan[1].as_str()), ("people", "ask"), ("reason", "New")];
        w.staff("Sam").sends_from(&preview, "/rota/do", &confirmed).await.is_done();
        w.patient("Ada").asks_online("My knee hurts").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        let booking = format!("/items/{}/booking", w.item_of("Ada").await.id);
        w.staff("Sam").opens(&booking).await.sees("19 January").does_not_see("12 January");
        // The closure is taken away, and the day is there.
        let list = w.staff("Helen").opens("/staff").await;
        let remove = list.actions("/closures/").into_iter().find(|a| a.ends_with("/remove")).expect("a closure");
        w.staff("Helen").sends_from(&list, &remove, &[]).await.sees("No closure is planned.");
        w.staff("Sam").opens(&booking).await.sees("12 January");
        w.nothing_is_lost().await;
    }
}
