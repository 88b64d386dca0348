//! Records, absence, confidentiality, sign-off.

use portico_domain::pathway::Pathway;
use portico_testkit::{World, databases::both};

#[tokio::test]
async fn a7_closing_writes_the_record_and_a_summary_to_copy() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        w.patient("Ada").asks_online("Hay fever tablets").await;
        w.staff("Sam").triages("Ada", "routine", "pharmacist", "").await;
        w.staff("Sam").does("Ada", "close", &[("text", "x")]).await.is_refused("Choose an outcome.");
        w.staff("Sam")
            .does("Ada", "close", &[("outcome", "pharmacy_referral"), ("code", "3457005"), ("text", "Sent to the pharmacy")])
            .await
            .sees("Closed: Referred to a pharmacy");
        let item = w.item_of("Ada").await;
        w.staff("Osei")
            .opens(&format!("/patients/{}", item.patient.unwrap()))
            .await
            .sees("Referred to a pharmacy")
            .sees("Sent to the pharmacy")
            .sees("Patient referral");
        w.staff("Osei").opens(&format!("/items/{}/summary", item.id)).await.sees("Hay fever tablets").sees("3457005");
        let file = w.staff("Osei").opens(&format!("/items/{}/summary.txt", item.id)).await;
        assert!(file.html.starts_with("Ada Osei ("), "{}", file.html);
        w.staff("Sam").does("Ada", "undo", &[]).await.sees("withdrawn");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a17_an_absent_colleagues_work_is_with_the_team_at_once() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").coordinator("Lee").patient("Ada").patient("Ben").start().await;
        for who in ["Ada", "Ben"] {
            w.patient(who).asks_online("Help").await;
            w.staff("Sam").assigns(who, "Lee").await.is_done();
        }
        w.staff("Lee").does("Ben", "ask", &[("text", "More?")]).await;
        w.staff("Sam").opens("/desk?show=team").await.sees("Lee, Triage");
        w.staff("Sam").marks("Lee", "away").await.sees("Away");
        assert!(!w.staff("Lee").is_at_work().await);
        for who in ["Ada", "Ben"] {
            assert_eq!(w.item_of(who).await.next().unwrap().owner.person, None, "{who}'s item is with the team");
        }
        w.staff("Sam").assigns("Ada", "Lee").await.is_refused("They are away or have left.");
        w.patient("Ben").writes("Here is more").await;
        w.staff("Sam").opens_item_of("Ben").await.sees("Handed back to the team");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn items_of_someone_who_leaves_go_to_their_team() {
    for db in both() {
        let people = World::new().on(db).at("2026-01-05 08:30").coordinator("Sam").coordinator("Lee").manager("Helen").clinician("Osei");
        let w = people.slots(Pathway::Gp, &["2026-01-06 10:00"]).patient("Ada").start().await;
        w.patient("Ada").asks_online("Help").await;
        w.staff("Sam").assigns("Ada", "Lee").await;
        w.staff("Lee").opens("/desk").await.is_done();
        w.staff("Helen").marks("Osei", "left").await.sees("Left the practice");
        w.staff("Helen").opens("/desk").await.sees("Osei has left and still has 1 slots, 0 of them booked, until tomorrow at 10am.");
        w.staff("Helen").marks("Lee", "left").await.sees("Left the practice");
        assert_eq!(w.item_of("Ada").await.next().unwrap().owner.person, None);
        let signed_out = w.staff("Lee").opens("/desk").await;
        assert_eq!(signed_out.path, "/sign-in?to=%2Fdesk", "their session has ended");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a18_only_authorised_people_see_a_patient_and_every_read_is_logged() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").auditor("Alex").receptionist("Jo").patient("Ada").start().await;
        w.patient("Ada").asks_online("Private matter").await;
        let item = w.item_of("Ada").await;
        let path = format!("/items/{}", item.id);
        assert!(w.patient("Nobody").opens(&path).await.path.starts_with("/sign-in"));
        w.patient("Nobody").opens(&format!("/r/{}", "0".repeat(64))).await.is_refused("There is nothing here");
        w.staff("Sam").opens(&path).await.is_done();
        w.staff("Jo").triages("Ada", "routine", "gp", "").await.is_refused("does not include: set urgency and pathway");
        w.staff("Alex").does("Ada", "note", &[("text", "x")]).await.is_refused("You may not do this");
        w.staff("Sam").opens("/audit").await.is_refused("You may not do this");
        w.staff("Alex").opens("/audit?check=1").await.sees("events are as they were written").sees("Record read · Sam");
    }
}

#[tokio::test]
async fn reads_of_a_patient_are_logged() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("Private matter").await;
    let patient = w.item_of("Ada").await.patient.unwrap();
    w.staff("Sam").opens(&format!("/patients/{patient}")).await.is_done();
    w.staff("Sam").opens("/patients?q=Ada").await.sees("Ada Osei");
    w.staff("Sam").opens(&format!("/patients/{patient}/history")).await.sees("Timeline read").sees("Sam");
    w.staff("Sam").opens(&format!("/front-desk?patient={patient}")).await.is_done();
    w.staff("Sam").opens(&format!("/items/{}/booking", w.item_of("Ada").await.id)).await.is_done();
    w.staff("Sam").opens(&format!("/patients/{patient}/history")).await.sees("Chosen at the front desk").sees("Booking page read");
}

#[tokio::test]
async fn c5_every_item_is_signed_off_within_seven_days() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").patient("Ada").start().await;
        w.patient("Ada").asks_online("Form to sign").await;
        w.staff("Sam").opens("/desk").await.sees("Past 7 days 0");
        w.clock.set("2026-01-12 09:01");
        // An hour without use ends a session, so Sam signs in again.
        let fresh = w.staff("Sam").opens("/sign-in").await;
        assert!(fresh.status.is_success());
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/desk?show=sign-off").await.sees("Past 7 days 1").sees("Ada Osei");
        w.staff("Sam").does("Ada", "close", &[("outcome", "admin_done"), ("text", "Signed")]).await.is_done();
        w.staff("Sam").opens("/desk?show=sign-off").await.sees("Past 7 days 0");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn e3_each_case_is_documented_and_a_repeat_is_seen() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").patient("Ada").start().await;
        w.patient("Ada").asks_online("Cough for a week").await;
        w.staff("Sam").does("Ada", "close", &[("outcome", "advice"), ("text", "Honey and rest")]).await.is_done();
        w.clock.set("2026-01-12 09:00");
        w.signs_in_again("Sam").await;
        w.patient("Ada").asks_online("Cough is worse, blood in it").await;
        w.staff("Sam")
            .opens_item_of("Ada")
            .await
            .sees("Repeat contact")
            .sees("Cough for a week")
            .sees("Cough is worse")
            .sees("Closed: Advice given");
        w.staff("Sam").does("Ada", "close", &[("outcome", "advice")]).await.is_refused("Mark the earlier request as read");
        w.staff("Sam").does("Ada", "earlier", &[]).await.sees("The earlier request has been read");
        w.staff("Sam").does("Ada", "close", &[("outcome", "seen")]).await.is_done();
        let patient = w.item_of("Ada").await.patient.unwrap();
        w.staff("Sam")
            .opens(&format!("/patients/{patient}/history"))
            .await
            .sees("Earlier request read")
            .sees("Closed: Seen by a clinician")
            .sees("Request received");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn repeat_contact_cannot_be_closed_unread() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("First").await;
    w.patient("Ada").asks_online("Second").await;
    w.staff("Sam").does("Ada", "close", &[("outcome", "duplicate")]).await.is_refused("Mark the earlier request as read");
}

#[tokio::test]
async fn patient_identity_is_on_every_page_about_a_patient() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("Help").await;
    let item = w.item_of("Ada").await;
    let patient = item.patient.unwrap();
    for page in [format!("/items/{}", item.id), format!("/items/{}/booking", item.id), format!("/patients/{patient}")] {
        let seen = w.staff("Sam").opens(&page).await.sees("Ada Osei").sees("born 15 March 1984, 41 years");
        let title = seen.html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned();
        assert!(!title.contains("Ada"), "{page}: the title names no patient");
    }
}

#[tokio::test]
async fn a_stale_page_changes_nothing_and_keeps_the_text() {
    let w = World::new().coordinator("Sam").coordinator("Lee").patient("Ada").start().await;
    w.patient("Ada").asks_online("Help").await;
    let item = w.item_of("Ada").await.id;
    let page = format!("/items/{item}");
    let sams = w.staff("Sam").opens(&page).await;
    w.staff("Lee").triages("Ada", "soon", "gp", "").await.is_done();
    let long = "I have looked at this and think that it can wait until after the weekend, as she says herself.";
    w.staff("Sam")
        .sends_from(&sams, &format!("{page}/reply"), &[("text", long)])
        .await
        .is_refused("Somebody changed this while you had it open")
        .sees(long);
    w.staff("Sam").opens(&page).await.sees("Amber: Soon").does_not_see(long);
}

#[tokio::test]
async fn an_error_page_keeps_what_was_typed() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("Help").await;
    let page = format!("/items/{}", w.item_of("Ada").await.id);
    let shown = w.staff("Sam").opens(&page).await;
    let long = "A long reply that took a while to write and that nobody would like to write a second time at all.";
    let refused = w.staff("Sam").sends_from(&shown, &format!("{page}/reply"), &[("text", long), ("_csrf", "stolen")]).await;
    refused.is_refused("This form is out of date").sees(long);
    let csrf = shown.field("_csrf").unwrap();
    w.patient("Nobody")
        .posts(&format!("{page}/reply"), &[("text", long), ("_csrf", &csrf)])
        .await
        .is_refused("Your session has ended")
        .sees(long);
}

#[tokio::test]
async fn a_page_that_is_open_changes_nothing_when_it_refreshes_itself() {
    let w = World::new()
        .at("2026-01-05 09:00")
        .coordinator("Sam")
        .coordinator("Lee")
        .clinician("Osei")
        .patient("Ada")
        .slots(Pathway::Gp, &["2026-01-05 11:00"])
        .start()
        .await;
    w.patient("Ada").asks_online("A rash on my arm").await;
    w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
    w.staff("Sam").books_first_slot("Ada").await.is_done();
    let flu = [("name", "Flu"), ("text", "Come for your flu jab on Saturday."), ("age-from", "18")];
    let batch = w.staff("Sam").sends("/batches", "/batches", &flu).await.path;
    let item = format!("/items/{}", w.item_of("Ada").await.id);
    w.staff("Lee").opens("/help").await.is_done();
    for page in ["/desk", "/duty", "/day", "/calls", "/letters", "/private-work", "/offers", &item, &batch] {
        let shown = w.staff("Sam").opens(page).await.is_done();
        assert!(shown.html.contains("data-live"), "{page} has parts that refresh themselves");
        let before = *w.store.changes().borrow();
        w.staff("Sam").refreshes(page).await.is_done();
        assert_eq!(*w.store.changes().borrow(), before, "{page}: a refresh that is a change asks for the next refresh, without end");
        // Who says that they only refresh what they never opened is read of in the log all the same.
        w.staff("Lee").refreshes(page).await.is_done();
        let logs = !["/desk", "/duty"].contains(&page);
        assert_eq!(*w.store.changes().borrow() > before, logs, "{page}: a first reading is a reading, however it is asked for");
        // What is fetched again is looked for by its id.
        assert_eq!(shown.count("[data-live]:not([id])"), 0, "{page} has a live part without an id");
    }
}

#[tokio::test]
async fn what_a_colleague_agreed_meanwhile_is_not_taken_back_unseen() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").coordinator("Lee").patient("Ada").start().await;
        w.patient("Ada").asks_online("A rash on my arm").await;
        let link = w.patient("Ada").link();
        w.patient("Ada").opens(&link).await.sees("Your request");
        let ada = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        let sams = w.staff("Sam").opens(&ada).await;
        let risk = [("at-risk", "yes"), ("never", "sms"), ("standing", "registered")];
        let lees = w.staff("Lee").sends(&ada, &format!("{ada}/contact"), &risk).await.sees("Safe contact: read this before you reach them");
        // Who holds their phone may have opened the link that went before.
        w.patient("Ada").opens(&link).await.does_not_see("Your request");
        let away = [("away-from-0", "2026-01-06"), ("standing", "registered")];
        w.staff("Sam").sends_from(&sams, &format!("{ada}/contact"), &away).await.is_stale();
        w.staff("Sam").opens(&ada).await.sees("Never by text message");
        w.staff("Lee").sends_from(&lees, &format!("{ada}/facts"), &[("fact", "housebound")]).await.sees("Housebound");
        w.staff("Sam").sends_from(&sams, &format!("{ada}/facts"), &[("fact", "asthma")]).await.is_stale();
        w.staff("Sam")
            .opens(&format!("{ada}/history"))
            .await
            .sees("Never by text message")
            .sees("private links that were sent before no longer work");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_link_that_went_to_the_wrong_patient_ends_when_the_request_is_moved() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").patient("Ada").patient("Ben").start().await;
        w.patient("Ada").asks_online("A rash on my arm").await;
        let link = w.patient("Ada").link();
        let item = w.staff("Sam").opens_item_of("Ada").await.path;
        let found = w.staff("Sam").opens(&format!("{item}?person=Ben")).await;
        let ben = found.field("patient-id").expect("Ben");
        w.staff("Sam").sends_from(&found, &format!("{item}/match"), &[("patient-id", &ben)]).await.sees("no longer open it");
        w.patient("Ada").opens(&link).await.does_not_see("Your request");
    }
}

#[tokio::test]
async fn what_staff_search_for_stands_in_no_address_and_is_seen_by_nobody_else() {
    for db in both() {
        let w =
            World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").coordinator("Lee").patient("Ada").patient("Ben").start().await;
        w.patient("Ada").asks_online("A rash on my arm").await;
        w.patient("Ben").asks_online("A sore knee").await;
        let item = w.staff("Sam").opens_item_of("Ada").await.path;
        for (page, to, field) in [
            ("/patients", "/patients", "q"),
            ("/front-desk", "/front-desk/search", "q"),
            ("/desk", "/desk", "q"),
            (item.as_str(), &format!("{item}/person"), "person"),
        ] {
            let form = w.staff("Sam").opens(page).await;
            let found = w.staff("Sam").sends_from(&form, to, &[(field, "Ben")]).await.is_done().sees("Ben Osei");
            assert!(found.path.contains("found=") && !found.path.contains("Ben"), "{}", found.path);
            // Reloaded it is the same; of somebody else it is no search at all; back and again it is the new one.
            w.staff("Sam").opens(&found.path).await.sees("Ben Osei");
            if page == "/patients" {
                w.staff("Lee").opens(&found.path).await.does_not_see("Ben Osei");
            }
            w.staff("Sam").sends_from(&form, to, &[(field, "Ada")]).await.sees("Ada Osei");
            assert_eq!(w.staff("Sam").opens(page).await.count("form[method=get] input[type=search]"), 0, "{page}: a search by address");
        }
        w.staff("Sam").sends("/desk", "/desk", &[("q", ""), ("urgency", "none")]).await.sees("Ada Osei").sees("Ben Osei");
    }
}
