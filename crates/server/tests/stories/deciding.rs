//! The desk decides and books.

use portico_domain::{
    advice::{Mode, Signature},
    pathway::Pathway,
    staff::Actor,
    work_item::NextAction,
};
use portico_testkit::{World, databases::both};

#[tokio::test]
async fn a2_each_request_goes_to_the_right_pathway() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").patient("Ada").patient("Ben").start().await;
        w.patient("Ada").asks_online("A letter for my landlord").await;
        w.staff("Sam").triages("Ada", "admin", "admin", "").await.sees("Pathway: Admin").sees("Admin");
        w.patient("Ben").ticks("breathing").await;
        w.patient("Ben").says_who_and("Cannot breathe").await;
        w.staff("Sam").triages("Ben", "emergency", "admin", "").await.is_refused("A red request goes to the urgent hub or a GP.");
        w.staff("Sam").triages("Ben", "emergency", "duty_gp", "").await.sees("Duty desk");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a3_free_slots_are_shown_for_the_pathway_and_urgency() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-05 11:00", "2026-01-07 11:00", "2026-01-20 11:00"])
            .same_day_slots(Pathway::Gp, &["2026-01-05 15:00"])
            .slots(Pathway::Nurse, &["2026-01-05 12:00"])
            .start()
            .await;
        w.patient("Ada").asks_online("Knee pain").await;
        let item = w.item_of("Ada").await.id;
        let page = format!("/items/{item}/booking");
        w.staff("Sam").opens(&page).await.sees("Choose an urgency and a pathway before you book");
        w.staff("Sam").triages("Ada", "soon", "gp", "").await.is_done();
        w.staff("Sam")
            .opens(&page)
            .await
            .sees("today at 11am")
            .sees("Wednesday 7 January 2026 at 11am")
            .does_not_see("20 January")
            .does_not_see("today at 3pm")
            .does_not_see("midday");
        w.staff("Sam").triages("Ada", "same_day", "gp", "Worse").await.is_done();
        w.staff("Sam").opens(&page).await.sees("today at 3pm").does_not_see("7 January");
    }
}

#[tokio::test]
async fn a4_a_triage_decision_becomes_a_booked_appointment() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .coordinator("Lee")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .slots(Pathway::Gp, &["2026-01-05 11:00", "2026-01-05 11:10"])
            .start()
            .await;
        for who in ["Ada", "Ben"] {
            w.patient(who).asks_online("Knee pain").await;
            w.staff("Sam").triages(who, "soon", "gp", "").await.is_done();
        }
        let (ada, ben) = (w.item_of("Ada").await.id, w.item_of("Ben").await.id);
        let (ada_page, ben_page) = (format!("/items/{ada}/booking"), format!("/items/{ben}/booking"));
        let sam = w.staff("Sam").opens(&ada_page).await;
        let lee = w.staff("Lee").opens(&ben_page).await;
        let slot = sam.field("slot-id").unwrap();
        w.staff("Sam")
            .sends_from(&sam, &format!("{ada_page}/hold"), &[("slot-id", &slot)])
            .await
            .sees("Held for this patient")
            .sees("9:15am");
        w.staff("Lee").sends_from(&lee, &ben_page, &[("slot-id", &slot)]).await.is_refused("Somebody has just taken that slot");
        let held = w.staff("Sam").opens(&ada_page).await;
        w.staff("Sam").sends_from(&held, &ada_page, &[("slot-id", &slot)]).await.sees("Appointment today at 11am");
        // Moved, then cancelled: the first slot is free again at once.
        w.staff("Sam").books_first_slot("Ada").await.sees("today at 11:10am");
        w.staff("Lee").books_first_slot("Ben").await.sees("today at 11am");
        let shown = w.staff("Sam").opens(&ada_page).await;
        w.staff("Sam").sends_from(&shown, &format!("{ada_page}/cancel"), &[("why", "Clinician is ill")]).await.sees("today at 11:10am");
        assert_eq!(w.item_of("Ada").await.next().unwrap().action, NextAction::Book);
        w.staff("Sam").opens_item_of("Ada").await.sees("is cancelled").sees("Clinician is ill");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_hold_lapses_after_fifteen_minutes() {
    let w = World::new()
        .at("2026-01-05 09:00")
        .coordinator("Sam")
        .coordinator("Lee")
        .clinician("Osei")
        .patient("Ada")
        .patient("Ben")
        .slots(Pathway::Gp, &["2026-01-05 11:00"])
        .start()
        .await;
    for who in ["Ada", "Ben"] {
        w.patient(who).asks_online("Knee pain").await;
        w.staff("Sam").triages(who, "soon", "gp", "").await.is_done();
    }
    let page = format!("/items/{}/booking", w.item_of("Ada").await.id);
    let shown = w.staff("Sam").opens(&page).await;
    let slot = shown.field("slot-id").unwrap();
    w.staff("Sam").sends_from(&shown, &format!("{page}/hold"), &[("slot-id", &slot)]).await.is_done();
    let ben = format!("/items/{}/booking", w.item_of("Ben").await.id);
    w.staff("Lee").opens(&ben).await.sees("No free slot fits in time");
    w.clock.forward(jiff::SignedDuration::from_mins(16));
    w.staff("Lee").books_first_slot("Ben").await.sees("today at 11am");
}

#[tokio::test]
async fn a8_the_duty_screen_shows_todays_demand_and_slots_left() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .receptionist("Jo")
            .patient("Ada")
            .patient("Ben")
            .same_day_slots(Pathway::DutyGp, &["2026-01-05 10:00", "2026-01-05 10:10"])
            .start()
            .await;
        w.patient("Ada").ticks("bleeding").await;
        w.patient("Ben").asks_online("Fever").await;
        w.staff("Sam").triages("Ben", "same_day", "duty_gp", "").await;
        w.clock.forward(jiff::SignedDuration::from_mins(20));
        w.staff("Osei")
            .opens("/duty")
            .await
            .sees("Red and amber now (2)")
            .sees("waiting 20 min")
            .sees("Duty GP 2 2")
            .sees("At work (3)")
            .sees("Received 2 = open 2 + closed with an outcome 0");
        w.staff("Sam").books_first_slot("Ben").await.is_done();
        w.staff("Osei").opens("/duty").await.sees("Duty GP 1 1");
    }
}

#[tokio::test]
async fn a9_an_urgent_case_reaches_the_duty_clinician_at_once() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        w.patient("Ada").asks_online("Tight chest since 6am").await;
        w.staff("Sam").triages("Ada", "emergency", "duty_gp", "").await.is_done();
        w.staff("Osei").opens("/desk?show=team").await.sees("Ada Osei").sees("Red: Emergency");
        assert_eq!(w.item_of("Ada").await.next().unwrap().due.to_string(), "2026-01-05T08:35:00Z", "within five minutes");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn c1_duty_tasks_are_booked_within_the_time_given() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .same_day_slots(Pathway::DutyGp, &["2026-01-05 11:00"])
            .start()
            .await;
        w.patient("Ada").asks_online("Vomiting").await;
        w.staff("Osei").triages("Ada", "same_day", "duty_gp", "").await.sees("Book an appointment").sees("today at 10am");
        w.clock.set("2026-01-05 10:05");
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/desk?show=overdue").await.sees("Overdue: today at 10am");
        w.staff("Sam").books_first_slot("Ada").await.is_done();
        w.staff("Sam").opens("/desk?show=overdue").await.does_not_see("Ada Osei");
        w.clock.set("2026-01-05 11:20");
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/desk?show=overdue").await.sees("See the patient, then record it");
    }
}

#[tokio::test]
async fn c3_amber_and_green_are_upgraded_or_downgraded_with_a_reason() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").coordinator("Lee").clinician("Osei").patient("Ada").start().await;
        w.patient("Ada").asks_online("Back pain").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.sees("Green: Routine");
        w.staff("Sam").triages("Ada", "soon", "gp", "").await.is_refused("Say why you are changing the urgency.");
        w.staff("Sam").triages("Ada", "soon", "gp", "Now numb in one leg").await.sees("Upgraded from Routine to Soon");
        w.staff("Sam").triages("Ada", "emergency", "duty_gp", "Cannot pass water").await.sees("Red: Emergency");
        w.staff("Sam").triages("Ada", "routine", "gp", "Better now").await.sees("A second person must decide").sees("Red: Emergency");
        w.staff("Sam").does("Ada", "lower", &[("answer", "confirm")]).await.is_refused("You proposed this.");
        w.staff("Lee").does("Ada", "lower", &[("answer", "confirm")]).await.sees("Green: Routine").sees("Was red");
        w.staff("Sam").does("Ada", "undo", &[]).await.is_done();
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_change_of_urgency_needs_a_reason() {
    let w = World::new().clinician("Osei").patient("Ada").start().await;
    w.patient("Ada").ticks("fit").await;
    w.patient("Ada").says_who_and("Had a fit").await;
    w.staff("Osei").triages("Ada", "soon", "gp", " ").await.is_refused("Say why you are changing the urgency.");
    w.staff("Osei").triages("Ada", "soon", "gp", "Known epilepsy, recovered").await.sees("Amber: Soon");
}

#[tokio::test]
async fn undo_adds_a_step_and_removes_none() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("Back pain").await;
    w.staff("Sam").triages("Ada", "routine", "gp", "").await;
    w.staff("Sam").does("Ada", "undo", &[]).await.sees("Amber: Not triaged yet").sees("Undone: Triaged").sees("Triaged Routine, GP");
    w.staff("Sam").does("Ada", "undo", &[]).await.is_refused("cannot be undone");
}

#[tokio::test]
async fn undo_of_another_way_gives_the_service_back() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").patient("Ada").start().await;
        w.patient("Ada").asks_online("ECG before my operation").await;
        w.staff("Sam").triages("Ada", "routine", "nurse", "").await.is_done();
        w.staff("Sam").does("Ada", "booking/service", &[("service", "ecg")]).await.is_done();
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        let chosen = "value=\"ecg\" selected";
        let booking = format!("{}/booking", w.staff("Sam").opens_item_of("Ada").await.path);
        assert!(!w.staff("Sam").opens(&booking).await.html.contains(chosen), "a GP keeps no slots for ECGs");
        w.staff("Sam").does("Ada", "undo", &[]).await.is_done();
        assert!(w.staff("Sam").opens(&booking).await.html.contains(chosen), "the ECG is wanted again");
        w.nothing_is_lost().await;
    }
}

/// Signs the shipped rule set for a mode, as the clinical safety lead would.
async fn signs(w: &World, mode: Mode, days: i64) {
    let now = w.store.now();
    let signature = Signature {
        mode,
        version: w.store.practice(w.organisation).await.unwrap().adviser.version().to_owned(),
        name: "Dr Lead".into(),
        registration: "GMC 7654321".into(),
        evaluation: "Read the published table of held-back vignettes.".into(),
        signed_at: now,
        expires_at: now + jiff::SignedDuration::from_hours(24 * days),
    };
    let organisation = w.organisation;
    w.store
        .write(organisation, None, portico_store::work!(tx, [signature] => portico_store::work::sign_rules(tx, organisation, &Actor::System { job: "signing".into() }, &signature).await))
        .await
        .unwrap();
    w.store.forget_practices();
}

#[tokio::test]
async fn b76_words_that_mean_danger_are_red_at_once_and_say_why() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").patient("Ben").start().await;
        signs(&w, Mode::Advice, 90).await;
        w.patient("Ada").asks_online("Crushing pain in my chest going down my left arm and I am sweating").await;
        let item = w.item_of("Ada").await;
        assert!(item.is_red(), "what the words mean is red though no sign was ticked");
        let page = w.staff("Sam").opens_item_of("Ada").await.sees("Advice").sees("Why").sees("Emergency");
        assert!(page.html.contains("<mark"), "the words that were understood are marked");
        w.patient("Ben").asks_online("My dad had a stroke years ago. I would like a copy of my vaccination record please").await;
        assert!(!w.item_of("Ben").await.is_red(), "somebody else's illness is not a finding");
        w.staff("Sam").opens_item_of("Ben").await.sees("Read, and not counted").sees("Somebody else's".to_lowercase().as_str());
    }
}

#[tokio::test]
async fn what_a_patient_writes_later_is_read_too() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        signs(&w, Mode::Advice, 90).await;
        w.patient("Ada").asks_online("Itchy watery eyes and sneezing, my usual hay fever").await;
        w.staff("Sam").triages("Ada", "routine", "pharmacy_first", "Hay fever").await.is_done();
        w.patient("Ada").writes("It is a bit better today, thank you").await;
        assert!(!w.item_of("Ada").await.is_red(), "ordinary words change nothing");
        w.patient("Ada").writes("My tongue and lips are swelling up and I cannot breathe").await;
        assert!(w.item_of("Ada").await.is_red(), "words that mean an emergency turn it red, whenever they are written");
        w.staff("Sam").opens_item_of("Ada").await.sees("triage advice on what the patient wrote");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn c9_agreeing_and_disagreeing_with_the_advice_are_counted() {
    let w = World::new().at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").patient("Ben").start().await;
    signs(&w, Mode::Advice, 90).await;
    for name in ["Ada", "Ben"] {
        w.patient(name).asks_online("Itchy watery eyes and sneezing, my usual hay fever").await;
    }
    let page = w.staff("Sam").opens_item_of("Ada").await.sees("Agree");
    let advised = page.field("urgency").expect("the advised urgency");
    w.staff("Sam").triages("Ada", &advised, "pharmacy_first", "Agrees with the advice").await.is_done();
    w.staff("Sam").opens_item_of("Ada").await.sees("as advised").does_not_see("Agree (");
    w.staff("Sam").triages("Ben", "same_day", "duty_gp", "Also wheezy on the phone").await.is_done();
    w.staff("Sam").opens("/triage").await.sees("1 of 2").sees("Set more urgent than advised");
}

#[tokio::test]
async fn advice_is_off_until_signed_and_again_when_the_signature_ends() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .safety_lead("Osei")
            .patient("Ada")
            .patient("Ben")
            .patient("Cal")
            .start()
            .await;
        let words = "Crushing pain in my chest going down my left arm and I am sweating";
        w.patient("Ada").asks_online(words).await;
        w.staff("Sam").opens_item_of("Ada").await.sees("Triage advice : off").does_not_see("Why");
        assert!(!w.item_of("Ada").await.is_red());
        signs(&w, Mode::Shadow, 1).await;
        w.patient("Ben").asks_online(words).await;
        w.staff("Sam").opens_item_of("Ben").await.sees("Triage advice : shadow").does_not_see("What would change it");
        assert!(!w.item_of("Ben").await.is_red(), "shadow changes nothing");
        let rule = "/triage/rules/chest-pain-heart-signs";
        w.staff("Sam").opens("/triage").await.does_not_see("Read and not yet triaged");
        w.staff("Osei").opens("/triage").await.sees("Read and not yet triaged");
        w.staff("Sam").opens(rule).await.sees("While advice is in shadow").does_not_see("advised emergency");
        w.staff("Osei").opens(rule).await.sees("advised emergency");
        w.clock.set("2026-01-06 09:30");
        w.store.forget_practices();
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/desk").await.sees("The signature has expired");
        w.patient("Cal").asks_online(words).await;
        assert!(!w.item_of("Cal").await.is_red());
    }
}

#[tokio::test]
async fn only_the_safety_lead_signs_in_their_own_name_with_a_number_a_date_and_an_evaluation() {
    let w = World::new().at("2026-01-05 09:00").coordinator("Sam").clinician("Nair").safety_lead("Osei").start().await;
    let whole = [
        ("mode", "advice"),
        ("name", "Dr Somebody Else"),
        ("registration", "GMC 1234567"),
        ("evaluation", "Held-back vignettes, published table, read on 5 January."),
        ("expires-day", "30"),
        ("expires-month", "6"),
        ("expires-year", "2026"),
    ];
    for who in ["Sam", "Nair"] {
        w.staff(who).sends("/triage", "/triage/mode", &whole).await.is_refused("You may not do this");
        w.staff(who).opens("/triage").await.sees("Only a clinical safety lead signs for the rules");
    }
    for missing in ["registration", "evaluation", "expires-year"] {
        let part: Vec<(&str, &str)> = whole.iter().map(|(k, v)| if *k == missing { (*k, "") } else { (*k, *v) }).collect();
        w.staff("Osei").sends("/triage", "/triage/mode", &part).await.is_refused("Enter");
    }
    w.staff("Osei").sends("/triage", "/triage/mode", &whole).await.is_done();
    w.staff("Sam").opens("/desk").await.sees("Triage advice : advice");
    w.staff("Sam").opens("/triage?q=chest").await.sees("GMC 1234567").sees("Osei (GMC 1234567)").does_not_see("Dr Somebody Else");
    w.clock.set("2026-01-05 09:05");
    w.staff("Osei").sends("/triage", "/triage/mode", &[("mode", "off")]).await.is_done();
    w.staff("Sam").opens("/desk").await.sees("Triage advice : off");
}

#[tokio::test]
async fn only_questions_that_could_change_the_urgency_are_asked_and_a_yes_is_kept() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").patient("Ben").start().await;
        signs(&w, Mode::Advice, 90).await;
        let ada = w.patient("Ada");
        ada.ticks("none").await;
        ada.sends_page("kind", &[("kind", "new_problem")]).await;
        ada.sends_page("words", &[("words", "I have a headache since this morning")]).await;
        let asked = ada.opens("/ask/check").await;
        assert_eq!(asked.path, "/ask/safety", "a headache has questions that matter");
        ada.sends_page("safety", &[("concept", &asked.field("concept").unwrap())]).await.is_refused("Choose yes, no or not sure.");
        // An answer may be changed, also to one that makes it red, and both are kept.
        let first = asked.field("concept").unwrap();
        ada.sends_page("safety", &[("concept", &first), ("safety", "no")]).await;
        let mut left = ada.opens("/ask/check").await;
        while left.path == "/ask/safety" {
            ada.sends_page("safety", &[("concept", &left.field("concept").unwrap()), ("safety", "no")]).await;
            left = ada.opens("/ask/check").await;
        }
        let change = format!("/ask/safety?concept={first}");
        assert!(left.links("/ask/safety").contains(&change), "the page before sending says what was answered, and lets it be changed");
        ada.opens(&change).await.sees("Not sure");
        ada.sends_page("safety", &[("concept", &first), ("safety", "not_sure")]).await.sees("999");
        assert!(w.staff("Sam").opens("/duty").await.html.contains("/items/"), "the duty desk has it before the form is sent");
        let ben = w.patient("Ben");
        ben.ticks("none").await;
        ben.sends_page("kind", &[("kind", "letter_or_form")]).await;
        ben.sends_page("words", &[("words", "A copy of my vaccination record please")]).await;
        assert_eq!(ben.opens("/ask/check").await.path, "/ask/check", "nothing is asked that cannot matter");
    }
}

#[tokio::test]
async fn who_takes_a_call_asks_what_could_make_it_more_urgent_before_the_caller_goes() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").receptionist("Jo").clinician("Osei").patient("Ada").patient("Ben").start().await;
        signs(&w, Mode::Advice, 90).await;
        let says = |given: &'static str, words: &'static str| {
            let person = [("door", "phone"), ("given", given), ("family", "Osei"), ("postcode", "LS1 4AP"), ("kind", "new_problem")];
            let born = [("birth-date-day", "15"), ("birth-date-month", "3"), ("birth-date-year", "1984"), ("words", words)];
            [person.as_slice(), born.as_slice()].concat()
        };
        let entered = w.staff("Jo").enters(&says("Ada", "I have a headache since this morning")).await;
        entered.sees("Before they go").does_not_see("may be an emergency");
        let item = w.item_of("Ada").await.id;
        let to = format!("/items/{item}/safety");
        let page = w.staff("Jo").opens(&format!("/items/{item}")).await.sees("Ask while you speak with them");
        let concepts = page.fields_like("safety-");
        assert!(concepts.len() > 1, "a headache has several questions: {concepts:?}");
        w.staff("Jo").sends_from(&page, &to, &[]).await.is_refused("Answer at least one question.");
        w.staff("Jo").sends_from(&page, &to, &[("safety-nonsense", "yes")]).await.is_refused("The questions have changed meanwhile.");
        let first = concepts[0].as_str();
        let page = w.staff("Jo").sends_from(&page, &to, &[(first, "no")]).await.sees("Safety questions asked");
        assert!(
            !w.item_of("Ada").await.is_red() && !page.fields_like("safety-").contains(&first.to_owned()),
            "a no is kept and not asked again"
        );
        w.staff("Jo").sends_from(&page, &to, &[(concepts[1].as_str(), "not_sure")]).await.sees("with the answers to the safety questions");
        assert!(w.item_of("Ada").await.is_red(), "not sure counts as yes");
        // What is an emergency as it was said is told to whoever has the caller on the line.
        w.staff("Jo")
            .enters(&says("Ben", "He has crushing pain in his chest and is grey and sweating"))
            .await
            .sees("Keep the caller on the line");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_rule_is_changed_by_proposing_replaying_publishing_and_signing() {
    for db in both() {
        let w =
            World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").safety_lead("Osei").patient("Ada").patient("Ben").start().await;
        signs(&w, Mode::Advice, 90).await;
        let words = "The gremlins are in the boiler room, and I am sweating";
        w.patient("Ada").asks_online(words).await;
        assert!(!w.item_of("Ada").await.is_red(), "nobody has taught the engine these words");
        let before = w.store.practice(w.organisation).await.unwrap().adviser.version().to_owned();
        let rule = "/triage/rules/chest-pain-heart-signs";
        let page = w.staff("Sam").opens(rule).await.sees("On no request.");
        let phrase = [("what", "phrase"), ("phrase", "gremlins ~ boiler room"), ("concept", "")];
        w.staff("Sam").sends_from(&page, &format!("{rule}/propose"), &phrase).await.is_refused("Choose what the words are read as.");
        let phrase = [("what", "phrase"), ("phrase", "gremlins ~ boiler room"), ("concept", "chest-pain")];
        w.staff("Sam").sends_from(&page, &format!("{rule}/propose"), &phrase).await.sees("“gremlins ~ boiler room” is read as chest-pain.");
        let when = [("what", "when"), ("when", "chest-pain and (")];
        w.staff("Sam").sends_from(&page, &format!("{rule}/propose"), &when).await.is_refused("The condition does not read");
        let page = w.staff("Osei").opens("/triage/changes").await.sees("It cannot be published yet.");
        let page = w.staff("Osei").sends_from(&page, "/triage/changes/replay", &[("months", "1")]).await;
        let page = page
            .sees("Requests read 1 of the last 1 month")
            .sees("More urgent 1")
            .sees("Less urgent 0")
            .sees("Age: 40 to 64")
            .sees("Cases of rules that fail 0");
        let id = page.field("id").expect("the draft");
        w.staff("Sam").sends_from(&page, "/triage/changes/publish", &[("id", id.as_str())]).await.is_refused("does not include");
        w.staff("Osei")
            .sends_from(&page, "/triage/changes/publish", &[("id", id.as_str())])
            .await
            .sees("In force")
            .sees("Nothing is proposed.");
        w.staff("Sam").opens("/desk").await.sees("The rule set has changed since it was signed.");
        w.patient("Ben").asks_online(words).await;
        assert!(!w.item_of("Ben").await.is_red(), "advice is off until somebody signs again");
        w.clock.set("2026-01-05 09:05");
        signs(&w, Mode::Advice, 90).await;
        let after = w.store.practice(w.organisation).await.unwrap().adviser.version().to_owned();
        assert_ne!(before, after);
        w.patient("Ben").writes(words).await;
        assert!(w.item_of("Ben").await.is_red(), "the new version reads them");
        w.staff("Sam").opens_item_of("Ada").await.sees(&before);
        w.staff("Sam").opens(rule).await.sees("This practice has changed");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn words_that_no_rule_names_say_where_their_weight_comes_from() {
    let w = World::new().at("2026-01-05 09:00").coordinator("Sam").patient("Ada").start().await;
    signs(&w, Mode::Advice, 90).await;
    w.patient("Ada")
        .asks_online("my bff sed she gona jump off the flyova 2nite n shes left the hse n her fone is off now. her mum dont no")
        .await;
    assert!(w.item_of("Ada").await.is_red());
    let page = w.staff("Sam").opens_item_of("Ada").await.sees("Worded like an emergency");
    let why = page.links("/triage/rules/wording").remove(0);
    w.staff("Sam").opens(&why).await.sees("from 80 % alike").sees("Learnt from").sees("On 1 request.").sees("What weighs most");
    w.staff("Sam").opens("/triage").await.sees("Beside the rules, words are weighed");
}

#[tokio::test]
async fn a_draft_is_taken_apart_or_thrown_away_and_changes_nothing() {
    let w = World::new().coordinator("Sam").clinician("Osei").start().await;
    let before = w.store.practice(w.organisation).await.unwrap().adviser.version().to_owned();
    let page = w.staff("Sam").opens("/triage/rules/hay-fever-self-care").await;
    let tell = [("what", "tell"), ("tell", "Ask our pharmacist on 0113 496 0100.")];
    let page = w.staff("Sam").sends_from(&page, "/triage/rules/hay-fever-self-care/propose", &tell).await.sees("Ask our pharmacist");
    let change = page.field("change").expect("the change");
    w.staff("Sam").sends_from(&page, "/triage/changes/take-out", &[("change", "another one")]).await.is_refused("Somebody changed this");
    let page = w.staff("Sam").sends_from(&page, "/triage/changes/take-out", &[("change", &change)]).await.sees("No change is left");
    let rule = w.staff("Sam").opens("/triage/rules/hay-fever-self-care").await.sees("The words that it looks for");
    let propose = "/triage/rules/hay-fever-self-care/propose";
    let drop = |words: &'static str| [("what", "drop"), ("dropped", words), ("concept", "hay-fever")];
    w.staff("Sam").sends_from(&rule, propose, &drop("nobody says this")).await.is_refused("is not one of the phrasings");
    w.staff("Sam").sends_from(&rule, propose, &drop("hay fever")).await.sees("“hay fever” is no longer read as hay-fever.");
    let net = [("what", "safety-net"), ("safety-net", "Ring 999 if your tongue swells.")];
    w.staff("Sam").sends_from(&rule, propose, &net).await.sees("Ring 999 if your tongue swells.");
    let why = [("what", "why"), ("why", "Our pharmacist sees these.")];
    w.staff("Sam").sends_from(&rule, propose, &why).await.sees("Our pharmacist sees these.");
    let id = page.field("id").expect("the draft");
    w.staff("Sam").sends_from(&page, "/triage/changes/discard", &[("id", id.as_str())]).await.sees("Thrown away");
    assert_eq!(w.store.practice(w.organisation).await.unwrap().adviser.version(), before);
}

#[tokio::test]
async fn closed_requests_are_read_again_by_a_clinician_who_had_no_part_in_them() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .safety_lead("Osei")
            .clinician("Nair")
            .patient("Ada")
            .patient("Ben")
            .start()
            .await;
        let page = w.staff("Osei").opens("/triage/second-readings").await.sees("2 % are read again");
        w.staff("Osei").sends_from(&page, "/triage/second-readings/share", &[("share", "200")]).await.is_refused("from 0 to 100");
        w.staff("Osei").sends_from(&page, "/triage/second-readings/share", &[("share", "100")]).await.sees("100 % are read again");
        for (name, who) in [("Ada", "Sam"), ("Ben", "Osei")] {
            w.patient(name).asks_online("A cough for three weeks").await;
            w.staff(who).triages(name, "routine", "gp", "").await.is_done();
            w.staff(who).does(name, "close", &[("outcome", "advice"), ("text", "Rest")]).await.is_done();
        }
        w.staff("Osei").opens("/triage/second-readings").await.sees("For you to read (1)");
        let page = w.staff("Nair").opens("/triage/second-readings").await.sees("For you to read (2)");
        let one = page.links("/triage/second-readings/").remove(0);
        let page = w.staff("Nair").opens(&one).await.sees("A cough for three weeks").does_not_see("Routine (").does_not_see("Rest");
        w.staff("Nair").sends_from(&page, &one, &[]).await.is_refused("Choose how urgent it is.");
        w.staff("Nair")
            .sends_from(&page, &one, &[("urgency", "same_day")])
            .await
            .sees("For you to read (1)")
            .sees("0 % (0 of 1, 0 to 79)")
            .sees("100 % (1 of 1, 21 to 100)");
        // Whoever comes second is told so, beside what is left to read.
        w.staff("Nair").opens(&one).await.is_refused("a colleague may have read it").sees("For you to read (1)");
        w.staff("Nair").sends_from(&page, &one, &[("urgency", "routine")]).await.is_refused("a colleague may have read it");
        w.staff("Sam").opens("/triage/second-readings").await.sees("Under-triage").does_not_see("For you to read");
    }
}

#[tokio::test]
async fn what_the_record_says_is_read_with_every_request() {
    for db in both() {
        let w =
            World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").receptionist("Jo").patient("Ada").patient("Ben").start().await;
        signs(&w, Mode::Advice, 90).await;
        let ada = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        let page = w.staff("Sam").opens(&ada).await.sees("nothing noted");
        w.staff("Sam")
            .sends_from(&page, &format!("{ada}/facts"), &[("fact", "chemotherapy"), ("fact", "asthma")])
            .await
            .sees("Asthma, Having chemotherapy");
        w.staff("Jo").opens(&ada).await.sees("Having chemotherapy").does_not_see("Note what the main record says");
        let words = "I have had a temperature of 38.2 since this morning";
        w.patient("Ada").asks_online(words).await;
        assert!(w.item_of("Ada").await.is_red(), "fever during chemotherapy is an emergency, though the words do not name it");
        w.patient("Ben").asks_online(words).await;
        assert!(!w.item_of("Ben").await.is_red());
    }
}

#[tokio::test]
async fn what_the_record_knows_is_read_when_a_request_is_matched_by_hand() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").safety_lead("Osei").patient("Ada").start().await;
        signs(&w, Mode::Advice, 90).await;
        let timeline = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        let facts = format!("{timeline}/facts");
        let past = [("baby-due-day", "9"), ("baby-due-month", "3"), ("baby-due-year", "2024")];
        w.staff("Sam").sends(&timeline, &facts, &past).await.is_refused("No pregnancy has that day of birth");
        let due = [("fact", "chemotherapy"), ("baby-due-day", "9"), ("baby-due-month", "3"), ("baby-due-year", "2026")];
        w.staff("Sam").sends(&timeline, &facts, &due).await.sees("31 weeks pregnant").sees("Having chemotherapy");
        w.patient("Eve").asks_online("I have been shivery with a bit of a temperature since last night").await;
        assert!(!w.item_of("Eve").await.is_red(), "of somebody nobody knows these words are no emergency");
        let item = w.staff("Sam").opens_item_of("Eve").await.path;
        let found = w.staff("Sam").opens(&format!("{item}?person=Ada")).await;
        let ada = found.field("patient-id").expect("Ada");
        w.staff("Sam").sends_from(&found, &format!("{item}/match"), &[("patient-id", &ada)]).await.is_done();
        assert!(w.item_of("Ada").await.is_red(), "of somebody on chemotherapy they are");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn what_a_patient_adds_raises_what_is_advised_until_somebody_decides() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").patient("Ada").start().await;
        signs(&w, Mode::Advice, 90).await;
        w.patient("Ada").asks_online("I have had a runny nose and a sneeze for two days").await;
        w.patient("Ada").writes("I also have pain when I pee and pain in my side").await;
        w.staff("Sam").opens_item_of("Ada").await.sees("In what the patient added").sees("Same day");
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_refused("This is less urgent than was advised. Say why.");
        w.staff("Sam").triages("Ada", "routine", "gp", "It was there for years").await.is_done();
        w.patient("Ada").writes("I also have pain when I pee and pain in my side").await;
        w.staff("Sam").opens_item_of("Ada").await.sees("triage advice on what the patient wrote");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_form_that_was_left_and_is_sent_after_all_is_read_with_the_record() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").safety_lead("Osei").patient("Ada").start().await;
        signs(&w, Mode::Advice, 90).await;
        let ada = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        w.staff("Sam").sends(&ada, &format!("{ada}/facts"), &[("fact", "chemotherapy")]).await.sees("Having chemotherapy");
        let patient = w.patient("Ada");
        patient.ticks("none").await;
        patient.sends_page("who", &[("who", "self")]).await;
        patient.sends_page("name", &[("given", "Ada"), ("family", "Osei")]).await;
        patient.sends_page("phone", &[("phone", "07700 900123")]).await;
        w.clock.forward(jiff::SignedDuration::from_mins(40));
        w.work_in_the_background().await;
        w.staff("Sam").opens("/desk").await.sees("Unfinished request");
        patient.says_who_and("I have been shivery with a bit of a temperature since last night").await;
        assert!(w.item_of("Ada").await.is_red(), "of somebody on chemotherapy it is an emergency, whichever way the form came");
        w.nothing_is_lost().await;
    }
}
