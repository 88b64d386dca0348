//! Requests come in.

use portico_domain::{pathway::Pathway, request::Kind};
use portico_testkit::{World, databases::both};

#[tokio::test]
async fn a1_online_phone_and_desk_requests_land_in_one_queue() {
    for db in both() {
        let w =
            World::new().on(db).at("2026-01-05 08:30").coordinator("Sam").receptionist("Jo").patient("Ada").patient("Ben").start().await;
        w.patient("Ada").asks_online("Sore throat since Friday").await.sees("Request sent").sees("by tomorrow at 6:30pm");
        let ben = [
            ("door", "phone"),
            ("given", "Ben"),
            ("family", "Osei"),
            ("birth-date-day", "15"),
            ("birth-date-month", "3"),
            ("birth-date-year", "1984"),
            ("postcode", "LS1 4AP"),
            ("phone", "07700 900124"),
            ("kind", "medicine"),
            ("words", "Out of inhalers"),
        ];
        w.staff("Jo").enters(&ben).await.sees("is on the desk");
        let unknown = [
            ("door", "front_desk"),
            ("given", "Cal"),
            ("family", "Nowhere"),
            ("birth-date-day", "1"),
            ("birth-date-month", "2"),
            ("birth-date-year", "1990"),
            ("kind", "appointment"),
            ("words", "Wants to register and be seen"),
        ];
        w.staff("Jo").enters(&unknown).await.sees("is on the desk");
        w.staff("Sam")
            .opens("/desk")
            .await
            .sees("Sore throat since Friday")
            .sees("Out of inhalers")
            .sees("Wants to register")
            .sees("All open 3");
        assert!(w.item_of("Ada").await.patient.is_some(), "matched by name, birth date and postcode");
        assert!(w.item_of("Cal").await.patient.is_none(), "an unknown person stays unmatched");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn emergency_answer_is_on_the_duty_desk_before_the_page_answers() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        w.patient("Ada").ticks("chest-pain").await.sees("Call 999 now").sees("unlock the door");
        w.staff("Osei").opens("/duty").await.sees("Red: Emergency").sees("Contact the patient now");
        // Leaving here changes nothing: it stays on the desk. Going on fills the same item in.
        w.patient("Ada").says_who_and("My chest hurts").await.sees("Request sent").sees("Call 999 now if you have not");
        let item = w.item_of("Ada").await;
        assert!(item.is_red());
        w.staff("Sam").opens("/desk").await.sees("All open 1").sees("My chest hurts");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn emergency_advice_is_shown_before_the_first_question() {
    let w = World::new().start().await;
    let page = w.patient("Ada").opens("/ask").await;
    let words = page.words();
    let (advice, question) = (words.find("Call 999 now if somebody's life"), words.find("Is any of these happening now?"));
    assert!(advice.is_some() && advice < question, "the advice comes first");
}

#[tokio::test]
async fn a_red_answer_is_kept_when_the_patient_takes_it_back() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").ticks("stroke").await.sees("Call 999 now");
    w.patient("Ada").sends_page("emergency", &[("emergency", "none")]).await;
    w.patient("Ada").says_who_and("It has gone away again").await;
    assert!(w.item_of("Ada").await.is_red());
    w.staff("Sam").opens_item_of("Ada").await.sees("Emergency signs ticked");
}

#[tokio::test]
async fn untriaged_request_is_amber_and_never_green() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("Something or other").await;
    w.staff("Sam").opens("/desk").await.sees("Amber: Not triaged yet").does_not_see("Green:");
}

#[tokio::test]
async fn a_draft_survives_an_expired_session() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").start().await;
        let ada = w.patient("Ada");
        ada.sends_page("emergency", &[("emergency", "none")]).await.is_done();
        ada.sends_page("who", &[("who", "self")]).await.is_done();
        let page = ada.opens("/ask/name").await;
        let (draft, key) = (page.field("_draft").unwrap(), page.field("_key").unwrap());
        ada.loses_cookies();
        let sent = ada.posts("/ask/name", &[("given", "Ada"), ("family", "Osei"), ("_draft", &draft), ("_key", &key)]).await.is_done();
        assert_eq!(sent.path, "/ask/birth-date");
        ada.opens("/ask/name").await.is_done();
        assert!(ada.opens("/ask/name").await.html.contains("value=\"Ada\""), "nothing typed is lost");
    }
}

#[tokio::test]
async fn abandoned_request_reaches_the_desk() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").start().await;
        let ada = w.patient("Ada");
        ada.sends_page("emergency", &[("emergency", "none")]).await;
        ada.sends_page("who", &[("who", "self")]).await;
        ada.sends_page("name", &[("given", "Ada"), ("family", "Osei")]).await;
        ada.sends_page("phone", &[("phone", "07700 900123")]).await;
        w.clock.forward(jiff::SignedDuration::from_mins(29));
        w.work_in_the_background().await;
        w.staff("Sam").opens("/desk").await.sees("Nothing is open");
        w.clock.forward(jiff::SignedDuration::from_mins(2));
        w.work_in_the_background().await;
        w.work_in_the_background().await;
        w.staff("Sam").opens("/desk").await.sees("Unfinished request").sees("Finish the request with the patient").sees("All open 1");
        assert_eq!(w.item_of("Ada").await.kind, Kind::Unfinished);
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_wrong_page_says_what_to_do_and_keeps_what_was_typed() {
    let w = World::new().start().await;
    let ada = w.patient("Ada");
    ada.sends_page("emergency", &[]).await.is_refused("Tick anything that applies");
    ada.sends_page("emergency", &[("emergency", "none")]).await;
    ada.sends_page("birth-date", &[("birth-date-day", "31"), ("birth-date-month", "2"), ("birth-date-year", "1984")])
        .await
        .is_refused("Enter a real date of birth");
    ada.sends_page("find", &[("postcode", "NOWHERE")]).await.is_refused("Enter a full UK postcode");
    let long = "a".repeat(20_001);
    let page = ada.sends_page("words", &[("words", &long)]).await.is_refused("Shorten this by 1 character.");
    assert!(page.html.contains(&long));
    assert!(ada.opens("/ask/words").await.html.contains(&long), "kept although it is too long");
    let huge = "a".repeat(1_100_000);
    ada.posts("/ask/words", &[("words", &huge)]).await.is_refused("too much for one form");
    ada.sends_files("/ask/words", "", &[("knee.exe", b"MZ".to_vec())]).await.is_refused("Files cannot be sent here");
    assert!(ada.opens("/ask/words").await.html.contains(&long), "what was refused changes nothing");
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_told_so() {
    let w = World::new().start().await;
    let ada = w.patient("Ada");
    ada.sends_page("emergency", &[("emergency", "none")]).await.is_done();
    ada.loses_cookies();
    ada.opens("/ask/who").await.sees("allow cookies for this site").sees("0113");
    ada.opens("/ask").await.sees("Call 999 now if");
}

#[tokio::test]
async fn wrong_patient_is_not_matched_on_one_identifier() {
    for db in both() {
        let w = World::new().on(db).receptionist("Jo").coordinator("Sam").patient("Ada").start().await;
        let known = w.store.reader().await.unwrap();
        drop(known);
        let number = {
            let mut conn = w.store.reader().await.unwrap();
            portico_store::queries::patient::page(&mut conn, w.organisation, 1).await.unwrap()[0].person.nhs_number.unwrap().digits()
        };
        let other_name = [
            ("given", "Zed"),
            ("family", "Other"),
            ("birth-date-day", "15"),
            ("birth-date-month", "3"),
            ("birth-date-year", "1984"),
            ("nhs-number", number.as_str()),
            ("kind", "fit_note"),
            ("words", "Note please"),
        ];
        w.staff("Jo").enters(&other_name).await.is_done();
        assert!(w.item_of("Zed").await.patient.is_none(), "the number of somebody else does not match");
        let no_postcode = [
            ("given", "Ada"),
            ("family", "Osei"),
            ("birth-date-day", "15"),
            ("birth-date-month", "3"),
            ("birth-date-year", "1984"),
            ("kind", "fit_note"),
            ("words", "Note please"),
        ];
        w.staff("Jo").enters(&no_postcode).await.is_done();
        assert!(w.item_of("Ada").await.patient.is_none(), "name and birth date alone do not match");
        w.staff("Sam").opens_item_of("Ada").await.sees("It is this patient");
        let id = portico_store::queries::patient::page(&mut w.store.reader().await.unwrap(), w.organisation, 1).await.unwrap()[0].id;
        w.staff("Sam").does("Ada", "match", &[("patient-id", &id.to_string())]).await.is_done();
        assert_eq!(w.item_of("Ada").await.patient, Some(id));
    }
}

#[tokio::test]
async fn a_request_on_the_wrong_patient_is_moved_and_both_histories_say_so() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").patient("Ada").patient("Ben").start().await;
        w.patient("Ada").asks_online("My knee").await;
        let wrong = w.item_of("Ada").await.patient.unwrap();
        let page = format!("/items/{}?person=Ben", w.item_of("Ada").await.id);
        let found = w.staff("Sam").opens(&page).await.sees("This is the wrong patient").sees("Ben Osei");
        let right = found.field("patient-id").expect("the patient that was searched for");
        w.staff("Sam").does("Ada", "match", &[("patient-id", &right)]).await.is_done();
        assert_eq!(w.item_of("Ben").await.patient.map(|p| p.to_string()), Some(right.clone()));
        w.staff("Sam").opens(&format!("/patients/{wrong}/history")).await.sees("it was the wrong one");
        w.staff("Sam").opens(&format!("/patients/{right}/history")).await.sees("Matched to a patient by hand");
    }
}

#[tokio::test]
async fn e1_the_patient_is_told_where_when_and_what_happens_next() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .same_day_slots(Pathway::DutyGp, &["2026-01-05 10:00"])
            .start()
            .await;
        w.patient("Ada").asks_online("Earache").await.sees("by tomorrow at 6:30pm");
        w.patient("Ada").opens_private_page().await.sees("A person reads your request").sees("by tomorrow at 6:30pm");
        w.staff("Sam").triages("Ada", "same_day", "duty_gp", "").await.is_done();
        w.patient("Ada").opens_private_page().await.sees("We find you an appointment").sees("by today at 6:30pm");
        w.staff("Sam").books_first_slot("Ada").await.is_done();
        w.patient("Ada").opens_private_page().await.sees("You have an appointment today at 10am").sees("Main surgery").sees("Osei");
        w.patient("Ada").cancels().await.sees("Cancelled by the patient");
        w.staff("Sam").opens("/desk").await.sees("Nothing is open");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_closed_practice_promises_the_next_core_day() {
    let w = World::new().at("2026-04-02 19:00").start().await;
    w.patient("Ada").opens("/").await.sees("We are closed at the moment").sees("Tuesday 7 April 2026 at 8am");
    w.patient("Ada").asks_online("A rash").await.sees("Tuesday 7 April 2026 at 6:30pm");
}

#[tokio::test]
async fn a_new_sign_turns_a_request_red_again_whatever_was_done_with_it() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        let ada = w.patient("Ada");
        ada.ticks("chest-pain").await.sees("Call 999 now");
        ada.sends_page("who", &[("who", "self")]).await;
        ada.sends_page("name", &[("given", "Ada"), ("family", "Osei")]).await;
        w.staff("Osei").triages("Ada", "routine", "gp", "Rang her, a pulled muscle").await.sees("Green: Routine");
        w.staff("Osei").does("Ada", "close", &[("outcome", "advice"), ("text", "Muscle")]).await.is_done();
        ada.ticks("stroke").await.sees("Call 999 now");
        let item = w.item_of("Ada").await;
        assert!(item.is_open() && item.is_red());
        w.staff("Osei").opens("/duty").await.sees("Contact the patient now");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn somebody_who_comes_back_to_a_left_form_makes_one_request() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    let ada = w.patient("Ada");
    ada.sends_page("emergency", &[("emergency", "none")]).await;
    ada.sends_page("name", &[("given", "Ada"), ("family", "Osei")]).await;
    ada.sends_page("phone", &[("phone", "07700 900123")]).await;
    w.clock.forward(jiff::SignedDuration::from_mins(31));
    w.work_in_the_background().await;
    assert_eq!(w.item_of("Ada").await.kind, Kind::Unfinished);
    ada.says_who_and("Here I am again").await.sees("Request sent");
    let item = w.item_of("Ada").await;
    assert_eq!(item.kind, Kind::NewProblem);
    w.staff("Sam").opens("/desk").await.sees("All open 1").sees("Here I am again");
}

#[tokio::test]
async fn a_form_changed_before_it_is_sent_again_is_another_form() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    let ada = w.patient("Ada");
    ada.asks_online("Cough").await;
    let link = ada.link();
    let key = ada.opens(&link).await.field("_key").unwrap();
    for text in ["It is worse", "It is worse", "It is worse and my chest hurts"] {
        ada.posts(&format!("{link}/write"), &[("text", text), ("_key", &key)]).await.is_done();
    }
    let words = ada.opens(&link).await.words();
    assert_eq!(words.matches("It is worse").count(), 2, "sent twice is once; changed is another: {words}");
    w.staff("Sam").opens_item_of("Ada").await.sees("my chest hurts");
}
