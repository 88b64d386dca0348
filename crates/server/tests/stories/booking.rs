//! Booking: patients choose for themselves, days are worked through, the rota changes and is put right again.

use jiff::SignedDuration;
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
async fn an_appointment_of_a_request_that_was_closed_as_booked_is_changed_by_the_link_and_a_missed_one_is_work() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-06 10:00", "2026-01-07 09:00"])
            .start()
            .await;
        let link = invited(&w).await;
        let page = passes(&w, &link).await;
        let (pass, slot) = (page.path.clone(), page.button("slot-id", 0));
        w.patient("Ada").posts(&format!("{pass}/hold"), &[("slot-id", &slot)]).await.is_done();
        w.patient("Ada").posts(&format!("{pass}/book"), &[("slot-id", &slot)]).await.sees("Appointment booked");
        let closed = [("outcome", "booked"), ("text", "Booked by the patient")];
        w.staff("Sam").does("Ada", "close", &closed).await.is_done();
        assert!(!w.item_of("Ada").await.is_open());
        w.patient("Ada").opens_private_page().await.sees("Change or cancel your appointment");
        let page = passes(&w, &link).await.sees("You have an appointment: Tuesday 6 January 2026 at 10am");
        let (pass, later) = (page.path.clone(), page.button("slot-id", 0));
        w.patient("Ada").posts(&format!("{pass}/hold"), &[("slot-id", &later)]).await.sees("Wednesday 7 January 2026");
        w.patient("Ada").posts(&format!("{pass}/book"), &[("slot-id", &later)]).await.sees("Wednesday 7 January 2026 at 9am");
        w.staff("Sam").does("Ada", "close", &closed).await.is_done();
        // She does not come: the request is somebody's work again.
        w.clock.set("2026-01-07 09:30");
        w.signs_in_again("Sam").await;
        let day = w.staff("Sam").opens("/day").await;
        let to = day.actions("/bookings/").remove(0);
        w.staff("Sam").sends_from(&day, &to, &[("mark", "missed")]).await.is_done();
        w.staff("Sam").opens_item_of("Ada").await.sees("Contact the patient: they did not attend");
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
async fn five_wrong_dates_of_birth_lock_the_link_for_a_day_and_a_link_alone_shows_no_free_times() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-08 10:00", "2026-01-09 10:00"])
            .start()
            .await;
        let link = invited(&w).await;
        w.patient("Ada").opens(&link).await.sees("First we make sure that it is you.").does_not_see("8 January").does_not_see("10am");
        let wrong = [("born-day", "2"), ("born-month", "3"), ("born-year", "1984")];
        for left in ["4 tries", "3 tries", "2 tries", "1 tries"] {
            w.patient("Ada").posts(&link, &wrong).await.is_refused(left);
        }
        w.patient("Ada").posts(&link, &wrong).await.is_refused("Too many dates of birth were wrong.");
        w.patient("Ada").posts(&link, &BORN).await.is_refused("Too many dates of birth were wrong.");
        w.clock.set("2026-01-06 09:01");
        passes(&w, &link).await.sees("8 January");
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
        // The link in the reminder leads to one button; opening it cancels nothing.
        let not_coming = format!("{}/not-coming", link.trim_end_matches("/book"));
        let page = w.patient("Ada").opens(&not_coming).await.sees("Cancel this appointment").sees("tomorrow at 10am");
        let key = page.field("_key").expect("the form's key");
        w.patient("Ada").opens(&not_coming).await.sees("Cancel this appointment");
        let seen = page.field("booking").expect("which appointment");
        w.patient("Ada").posts(&not_coming, &[("_key", &key), ("booking", &seen)]).await.sees("Your appointment is cancelled");
        w.patient("Ada").opens(&not_coming).await.sees("There is no appointment to cancel");
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens_item_of("Ada").await.sees("cancelled by the patient, who still needs help").sees("Book an appointment");
        w.staff("Sam").books_first_slot("Ada").await.is_done();
        let key = w.patient("Ada").opens(&not_coming).await.field("_key").expect("the form's key");
        let stale = w.patient("Ada").posts(&not_coming, &[("_key", &key), ("booking", &seen)]).await;
        stale.is_refused("Your appointment has been changed since you opened this page.");
        let page = passes(&w, &link).await;
        w.patient("Ada").posts(&format!("{}/give-up", page.path), &[]).await.sees("Your appointment is cancelled");
        w.signs_in_again("Sam").await;
        w.staff("Sam").books_first_slot("Ada").await.is_done();
        w.clock.set("2026-01-07 09:15");
        w.patient("Ada").opens(&not_coming).await.sees("begins in less than an hour").does_not_see("Cancel this appointment");
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

/// The day, who is away and how long, as the form on the rota asks.
fn away(w: &World, who: &str, first: &str, last: &str) -> Vec<(String, String)> {
    let id = w.staff_id(who).to_string();
    [("what", "away"), ("clinician", id.as_str()), ("from-day", first), ("to-day", last)]
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect()
}

async fn tries(w: &World, who: &str, fields: &[(String, String)]) -> portico_testkit::Seen {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    w.staff(who).sends("/rota", "/rota/try", &fields).await
}

/// Confirms what a preview shows.
async fn confirms(w: &World, who: &str, preview: &portico_testkit::Seen, people: &str, reason: &str) -> portico_testkit::Seen {
    let (change, seen) = (preview.field("change").expect("the change"), preview.field("seen").expect("the plan"));
    w.staff(who).sends_from(preview, "/rota/do", &[("change", &change), ("seen", &seen), ("people", people), ("reason", reason)]).await
}

#[tokio::test]
async fn a_slot_is_found_by_what_its_clinician_is_skilled_in() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .clinician("Price")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-06 10:00", "2026-01-07 11:00"])
            .start()
            .await;
        w.patient("Ada").asks_online("My shoulder is stiff and I was told of an injection").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        let here = format!("/items/{}/booking", w.item_of("Ada").await.id);
        w.staff("Sam").opens(&here).await.sees("Free slots that fit").does_not_see("Skilled in");
        let osei = w.staff_id("Osei");
        let page = w.staff("Sam").opens("/staff").await;
        let skills = [("languages", ""), ("skills", "Joint injections, minor surgery")];
        let page = w.staff("Sam").sends_from(&page, &format!("/staff/{osei}/languages"), &skills).await;
        page.sees("skills: joint injections, minor surgery");
        let nobody = "/staff/00000000-0000-7000-8000-000000000007/languages";
        let people = w.staff("Sam").opens("/staff").await;
        assert_eq!(w.staff("Sam").sends_from(&people, nobody, &skills).await.status.as_u16(), 404, "nobody is given skills by guessing");
        w.staff("Sam").opens(&here).await.sees("Skilled in");
        w.staff("Sam").opens(&format!("{here}?skill=joint+injections")).await.sees("tomorrow at 10am");
        w.staff("Sam").opens(&format!("{here}?skill=vasectomy")).await.sees("none of what you asked for");
        // What the request needs holds for everybody who looks for a slot of it, the allocation among them.
        let price = w.staff_id("Price");
        let people = w.staff("Sam").opens("/staff").await;
        w.staff("Sam").sends_from(&people, &format!("/staff/{price}/languages"), &[("languages", ""), ("skills", "Vasectomy")]).await;
        let page = w.staff("Sam").opens(&here).await.sees("By somebody skilled in").sees("tomorrow at 10am");
        let to = format!("{here}/service");
        let page = w.staff("Sam").sends_from(&page, &to, &[("needs-skill", "vasectomy")]).await;
        page.sees("by somebody skilled in vasectomy").does_not_see("tomorrow at 10am");
        w.staff("Sam").opens("/allocate?ahead=28").await.sees("0 get one").sees("Without a slot (1) Ada");
        let page = w.staff("Sam").opens(&here).await;
        w.staff("Sam").sends_from(&page, &to, &[("needs-skill", "joint injections")]).await.sees("tomorrow at 10am");
        w.staff("Sam").opens("/allocate?ahead=28").await.sees("1 get one").sees("skilled in what it needs");
        // Nobody has it any more: it is said, and the request stays without.
        let page = w.staff("Sam").opens(&here).await;
        w.staff("Sam").sends_from(&people, &format!("/staff/{price}/languages"), &[("languages", ""), ("skills", "")]).await;
        let refused = w.staff("Sam").sends_from(&page, &to, &[("needs-skill", "vasectomy")]).await;
        refused.is_refused("Nobody is skilled in vasectomy any more.").sees("by somebody skilled in joint injections");
    }
}

#[tokio::test]
async fn when_leave_begins_what_is_on_somebodys_list_goes_to_their_team() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .coordinator("Lee")
            .manager("Helen")
            .patient("Ada")
            .patient("Ben")
            .start()
            .await;
        w.patient("Ada").asks_online("A rash on my arm").await;
        w.staff("Sam").assigns("Ada", "Lee").await.is_done();
        let preview = tries(&w, "Sam", &away(&w, "Lee", "2026-01-06", "2026-01-07")).await.sees("goes to their team (1 request now)");
        confirms(&w, "Sam", &preview, "ask", "On leave").await.is_done();
        w.work_in_the_background().await;
        assert!(w.item_of("Ada").await.next().unwrap().owner.person.is_some(), "the leave has not begun");
        w.clock.forward(SignedDuration::from_hours(24));
        w.work_in_the_background().await;
        assert_eq!(w.item_of("Ada").await.next().unwrap().owner.person, None, "it is with the team");
        for who in ["Sam", "Lee", "Helen"] {
            w.signs_in_again(who).await;
        }
        w.staff("Sam").opens_item_of("Ada").await.sees("Lee on leave until");
        w.staff("Helen").opens("/staff").await.sees("on leave until");
        w.patient("Ben").asks_online("My knee hurts").await;
        w.staff("Sam").assigns("Ben", "Lee").await.is_refused("They are away or have left.");
        // Who works all the same takes what they like, and keeps it.
        w.staff("Lee").assigns("Ben", "Lee").await.is_done();
        w.work_in_the_background().await;
        assert!(w.item_of("Ben").await.next().unwrap().owner.person.is_some());
        w.clock.forward(SignedDuration::from_hours(48));
        w.signs_in_again("Sam").await;
        w.staff("Sam").assigns("Ada", "Lee").await.is_done();
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn d9_a_cancelled_clinic_shows_who_is_affected_first_and_rebooks_everybody() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .manager("Helen")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .patient("Cal")
            .slots(Pathway::Gp, &["2026-01-06 10:00", "2026-01-06 10:10", "2026-01-06 10:20"])
            .slots(Pathway::Gp, &["2026-01-07 09:00"])
            .start()
            .await;
        for (who, urgency) in [("Ada", "routine"), ("Ben", "soon"), ("Cal", "routine")] {
            w.patient(who).asks_online("A rash on my arm").await;
            w.staff("Sam").triages(who, urgency, "gp", "").await.is_done();
            w.staff("Sam").books_first_slot(who).await.is_done();
        }
        w.staff("Sam").does("Cal", "close", &[("outcome", "booked")]).await.is_done();
        let preview = tries(&w, "Helen", &away(&w, "Osei", "2026-01-06", "2026-01-06")).await.sees("Nothing has been changed yet.");
        let words = preview.clone().sees("People who lose their appointment 3").sees("with another slot proposed 1").words();
        let at = |name: &str| words.find(name).expect("a name");
        assert!(at("Ben Osei") < at("Ada Osei") && at("Ada Osei") < at("Cal Osei"), "soon first, then who asked first");
        confirms(&w, "Helen", &preview, "move", " ").await.is_refused("Say why.");
        // Somebody books while she looks: she confirms what there is, not what there was.
        w.staff("Sam").does("Ada", "note", &[("text", "Rang")]).await.is_done();
        let item = w.item_of("Ada").await;
        let page = format!("/items/{}/booking", item.id);
        let shown = w.staff("Sam").opens(&page).await;
        let last = shown.field("slot-id").expect("Wednesday's");
        w.staff("Sam").sends_from(&shown, &page, &[("slot-id", &last)]).await.is_done();
        let preview = confirms(&w, "Helen", &preview, "move", "Dr Osei is ill").await.is_refused("This is what the change would do now.");
        let done = confirms(&w, "Helen", &preview, "move", "Dr Osei is ill").await.sees("Told, and asked for another appointment");
        w.staff("Sam").opens_item_of("Ben").await.sees("Dr Osei is ill").sees("Patient to choose an appointment");
        w.patient("Ben").opens_private_page().await.sees("cannot take place").sees("Dr Osei is ill").sees("Please choose an appointment");
        w.staff("Sam").opens_item_of("Cal").await.sees("Opened again: Dr Osei is ill");
        w.nothing_is_lost().await;
        // It was a mistake.
        let undo = format!("{}/undo", done.path);
        w.staff("Helen").sends_from(&done, &undo, &[]).await.sees("Undone").sees("Has the old appointment again: tomorrow at 10:10am");
        w.staff("Helen").sends_from(&done, &undo, &[("again", "1")]).await.is_refused("This change has been undone already.");
        w.patient("Ben").opens_private_page().await.sees("You have an appointment tomorrow at 10:10am");
        assert!(!w.item_of("Cal").await.is_open(), "it had been closed as booked, and is again");
        w.staff("Sam").opens("/rota").await.sees("Dr Osei is ill").sees("Nobody, and no room is closed.");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn an_urgent_patient_who_loses_an_appointment_comes_back_to_the_desk_and_is_not_left_to_a_link() {
    let w = World::new()
        .at("2026-01-05 09:00")
        .coordinator("Sam")
        .manager("Helen")
        .receptionist("Jo")
        .clinician("Osei")
        .patient("Ada")
        .same_day_slots(Pathway::DutyGp, &["2026-01-05 15:00"])
        .start()
        .await;
    w.patient("Ada").asks_online("A bad ear ache").await;
    w.staff("Sam").triages("Ada", "same_day", "duty_gp", "").await.is_done();
    w.staff("Sam").books_first_slot("Ada").await.is_done();
    let mut fields = away(&w, "Osei", "2026-01-05", "2026-01-05");
    fields.push(("from-time".into(), "14:00".into()));
    let preview = tries(&w, "Helen", &fields).await.sees("No free slot fits in time.");
    confirms(&w, "Helen", &preview, "ask", "Dr Osei is called away").await.is_done();
    w.staff("Sam").opens_item_of("Ada").await.sees("Book an appointment").does_not_see("Patient to choose");
    w.staff("Jo").sends("/rota", "/rota/try", &[]).await.is_refused("role");
}

#[tokio::test]
async fn d10_a_template_makes_sessions_and_is_edited_with_effect_from_a_day() {
    for db in both() {
        let w =
            World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").manager("Helen").clinician("Osei").patient("Ada").start().await;
        w.staff("Helen").sends("/rota", "/rota/rooms", &[("site", "Main surgery"), ("name", "")]).await.is_refused("a name");
        w.staff("Helen").sends("/rota", "/rota/rooms", &[("site", "Main surgery"), ("name", "Room 1")]).await.sees("Main surgery, Room 1");
        let page = w.staff("Helen").opens("/rota/templates/new").await;
        let to = page.actions("/rota/templates/").remove(0);
        let (osei, room) = (w.staff_id("Osei").to_string(), page.options("room").remove(1));
        w.staff("Helen").sends_from(&page, &to, &[("clinician", &osei), ("starts", "09:00")]).await.is_refused("Give the session a name.");
        let mut fields = vec![
            ("name", "Dr Osei, mornings"),
            ("clinician", osei.as_str()),
            ("room", room.as_str()),
            ("weekday", "2"),
            ("every", "1"),
            ("starts", "09:00"),
            ("from", "2026-01-06"),
            ("count-0", "3"),
            ("minutes-0", "15"),
            ("pathway-0", "gp"),
            ("mode-0", "telephone"),
            ("category-0", "general_consultation_routine"),
            ("setting-0", "general_practice"),
            ("window-0", "60"),
        ];
        let preview =
            w.staff("Helen").sends_from(&page, &to, &fields).await.sees("Slots that come 24").sees("Nobody loses an appointment.");
        confirms(&w, "Helen", &preview, "ask", "New rota").await.sees("Slots that came 24");
        w.staff("Sam")
            .opens("/rota/day?on=2026-01-06")
            .await
            .sees("Osei , 9am to 9:45am, Main surgery, Room 1")
            .sees("0 of 3 slots booked");
        w.patient("Ada").asks_online("A mole").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        w.staff("Sam").books_first_slot("Ada").await.sees("Booked tomorrow at 9am to 10am");
        // A second session at the same time is refused; one after it is not.
        let page = w.staff("Helen").opens("/rota/templates/new").await;
        let other = page.actions("/rota/templates/").remove(0);
        let late = |starts: &'static str| fields.iter().map(|f| if f.0 == "starts" { ("starts", starts) } else { *f }).collect::<Vec<_>>();
        let clash = w.staff("Helen").sends_from(&page, &other, &late("09:30")).await;
        clash.is_refused("“Dr Osei, mornings” already has Osei then, first on Tuesday 6 January 2026");
        w.staff("Helen").sends_from(&page, &other, &late("09:45")).await.sees("Nobody loses an appointment.");
        // From next week on she works until ten past ten, with one slot less at the beginning; Ada's stays.
        fields[5] = ("starts", "09:15");
        fields[6] = ("from", "2026-01-13");
        let edit = to.trim_end_matches("/try").to_owned();
        let page = w.staff("Helen").opens(&edit).await;
        fields.push(("known", "yes"));
        let preview = w.staff("Helen").sends_from(&page, &to, &fields).await.sees("Slots that go 7").sees("Slots that come 7");
        confirms(&w, "Helen", &preview, "ask", "Later start").await.is_done();
        w.staff("Sam").opens("/rota/day?on=2026-01-13").await.sees("9:15am to 10am");
        w.staff("Sam").opens("/rota/day?on=2026-01-06").await.sees("9am to 9:45am");
        // Weeks later the sessions go on as the new version says, less the days that are away.
        let preview = tries(&w, "Helen", &away(&w, "Osei", "2026-03-10", "2026-03-10")).await.sees("Slots that go 0");
        confirms(&w, "Helen", &preview, "ask", "Leave").await.is_done();
        w.clock.set("2026-02-02 09:00");
        w.work_in_the_background().await;
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/rota/day?on=2026-03-24").await.sees("9:15am to 10am");
        w.staff("Sam").opens("/rota/day?on=2026-03-10").await.sees("There is no session on this day.");
        // Ending it shows who is booked in it.
        w.signs_in_again("Helen").await;
        let page = w.staff("Helen").opens(&edit).await;
        let end = [("known", "yes"), ("end", "yes"), ("from", "2026-03-20")];
        let preview =
            w.staff("Helen").sends_from(&page, &to, &end).await.sees("A template ends before Friday 20 March 2026").sees("Slots that go 3");
        confirms(&w, "Helen", &preview, "ask", "Dr Osei retires").await.is_done();
        w.staff("Helen").opens("/rota").await.sees("There are no templates yet.");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn b68_free_slots_are_given_to_those_who_wait_and_nobody_goes_without_who_need_not() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .patient("Ben")
            .patient("Cal")
            .slots(Pathway::Gp, &["2026-01-05 10:00"])
            .same_day_slots(Pathway::DutyGp, &["2026-01-05 11:00"])
            .start()
            .await;
        let ada = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        let page = w.staff("Sam").opens(&ada).await;
        let osei = w.staff_id("Osei").to_string();
        w.staff("Sam").sends_from(&page, &format!("{ada}/facts"), &[("usual", &osei)]).await.sees("Usually sees Osei.");
        for (who, urgency) in [("Ada", "routine"), ("Ben", "same_day"), ("Cal", "routine")] {
            w.patient(who).asks_online("A rash on my arm").await;
            w.staff("Sam").triages(who, urgency, "gp", "").await.is_done();
        }
        let page = w.staff("Sam").opens("/allocate").await.sees("3 requests wait for a slot; 2 slots are free").sees("2 get one");
        let page = page.sees("fits the pathway and the urgency, their usual clinician").sees("Without a slot (1) Cal Osei");
        let pairs = page.ticked("pair");
        assert_eq!(pairs.len(), 2);
        // A colleague is quicker with one of them; the other is booked all the same.
        w.staff("Sam").books_first_slot("Cal").await.is_done();
        let both: Vec<(&str, &str)> = pairs.iter().map(|p| ("pair", p.as_str())).collect();
        let done = w
            .staff("Sam")
            .sends_from(&page, "/allocate", &both)
            .await
            .is_refused("1 booked, 1 not")
            .sees("Somebody has just taken that slot");
        w.staff("Sam").sends_from(&done, "/allocate", &[]).await.sees("0 booked.");
        w.staff("Sam").opens_item_of("Ben").await.sees("Booked today at 11am");
        w.patient("Ben").opens_private_page().await.sees("You have an appointment today at 11am");
        w.staff("Sam").opens_item_of("Ada").await.sees("Book an appointment");
        let page = w.staff("Sam").opens("/staff").await;
        w.staff("Sam")
            .sends_from(&page, &format!("/staff/{osei}/languages"), &[("languages", "Twi, French")])
            .await
            .sees("speaks french, twi");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn c2_gaps_of_today_and_of_the_weeks_ahead_are_seen_and_acted_on() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .manager("Helen")
            .clinician("Osei")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-12 15:00", "2026-01-13 15:00"])
            .start()
            .await;
        w.staff("Helen").opens("/capacity").await.sees("There is no past yet to forecast from.").sees("No promise has fallen due yet.");
        // A Monday on which five ask the GP for the same day.
        for n in 0..5 {
            w.patient("Ada").asks_online(&format!("My ear hurts, it is number {n}")).await;
            w.staff("Sam").triages("Ada", "same_day", "gp", "").await.is_done();
        }
        w.staff("Sam").does("Ada", "reply", &[("text", "We ring you.")]).await.is_done();
        w.clock.set("2026-01-12 08:30");
        for name in ["Helen", "Sam"] {
            w.signs_in_again(name).await;
        }
        let page = w.staff("Helen").opens("/capacity").await.sees("Requests so far 0 (usually 0 by now)");
        let page = page.sees("Still expected until the practice closes 5").sees("Same-day requests that wait for a slot 5");
        let page = page.sees("1: there are not enough even for those who wait").sees("Same-day capacity will run out today.");
        let page = page.sees("Monday 19 January 2026 GP").sees("5 slots are missing: 5 wanted, 0 there").sees("20 %");
        w.staff("Helen").sends_from(&page, "/capacity/growth", &[("growth", "many")]).await.is_refused("from -50 to 50");
        w.staff("Helen").sends_from(&page, "/capacity/growth", &[("growth", "10")]).await.is_done();
        let page = page.sees("Nobody has said yet who is rung.").sees("There is no year before yet from which to tell the season.");
        let ring = |phone: &'static str| [("name", "Dr Osei, duty phone"), ("phone", phone)];
        w.staff("Helen").sends_from(&page, "/capacity/contacts/duty", &ring("ask Jo")).await.is_refused("in figures");
        w.staff("Helen")
            .sends_from(&page, "/capacity/contacts/duty", &ring("0113 496 0111"))
            .await
            .sees("Dr Osei, duty phone on 0113 496 0111");
        w.staff("Helen").sends_from(&page, "/capacity/escalate/duty", &[]).await.is_done();
        w.staff("Sam").opens("/desk").await.sees("Same-day capacity is running out").sees("Ring Dr Osei, duty phone on 0113 496 0111 now");
        w.staff("Helen").opens("/audit").await.sees("Escalation: Tell the duty clinician");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn d10_an_extra_session_runs_on_its_one_day() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        let page = w.staff("Sam").opens("/rota/templates/new").await.sees("Once: an extra session");
        let to = page.actions("/rota/templates/").remove(0);
        let osei = w.staff_id("Osei").to_string();
        let fields = |day: &'static str| {
            let who =
                [("name", "Dr Osei, extra"), ("clinician", osei.as_str()), ("place", "Main surgery"), ("every", "0"), ("starts", "16:00")];
            let what = [("from", "2026-01-05"), ("count-0", "2"), ("minutes-0", "10"), ("pathway-0", "gp"), ("mode-0", "face_to_face")];
            let more = [("category-0", "general_consultation_routine"), ("first-week", day)];
            who.into_iter().chain(what).chain(more).collect::<Vec<_>>()
        };
        w.staff("Sam")
            .sends_from(&page, &to, &fields("2026-01-02"))
            .await
            .is_refused("Choose the day of the extra session, today or later.");
        let preview = w.staff("Sam").sends_from(&page, &to, &fields("2026-01-07")).await.sees("Slots that come 2");
        confirms(&w, "Sam", &preview, "ask", "A locum").await.is_done();
        w.staff("Sam").opens("/rota").await.sees("once, on Wednesday 7 January 2026");
        w.patient("Ada").asks_online("A mole").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        let item = w.item_of("Ada").await;
        let found = w.staff("Sam").opens(&format!("/items/{}/booking", item.id)).await.sees("Wednesday 7 January");
        found.does_not_see("14 January");
    }
}

#[tokio::test]
async fn slots_that_are_held_back_are_offered_once_they_are_opened() {
    let w = World::new().at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").start().await;
    let page = w.staff("Sam").opens("/rota/templates/new").await;
    let to = page.actions("/rota/templates/").remove(0);
    let osei = w.staff_id("Osei").to_string();
    let fields = [
        ("name", "Dr Osei, held"),
        ("clinician", osei.as_str()),
        ("place", "Main surgery"),
        ("weekday", "1"),
        ("every", "1"),
        ("starts", "16:00"),
        ("from", "2026-01-05"),
        ("count-0", "2"),
        ("minutes-0", "10"),
        ("pathway-0", "gp"),
        ("mode-0", "face_to_face"),
        ("category-0", "general_consultation_routine"),
        ("release-0", "2"),
    ];
    let preview = w.staff("Sam").sends_from(&page, &to, &fields).await;
    confirms(&w, "Sam", &preview, "ask", "New rota").await.is_done();
    w.patient("Ada").asks_online("A mole").await;
    w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
    let item = w.item_of("Ada").await;
    let booking = format!("/items/{}/booking", item.id);
    w.staff("Sam").opens(&booking).await.does_not_see("today at 4pm");
    let page = w.staff("Sam").opens("/capacity").await.sees("2 of the doctors' free slots of today are not released yet.");
    w.staff("Sam").sends_from(&page, "/capacity/open-held", &[]).await.sees("0 of the doctors' free slots of today are not released yet.");
    w.staff("Sam").opens(&booking).await.sees("today at 4pm");
}

#[tokio::test]
async fn c6_limits_change_the_promise_in_core_hours_and_close_only_outside_them() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 19:00")
            .coordinator("Sam")
            .manager("Helen")
            .receptionist("Jo")
            .patient("Ada")
            .patient("Ben")
            .start()
            .await;
        let page = w.staff("Helen").opens("/opening").await.sees("Nobody has set anything: it is always open.");
        w.staff("Jo").sends_from(&page, "/opening", &[]).await.is_refused("role");
        let mut fields: Vec<(String, String)> =
            (0..5).flat_map(|n| [(format!("from-{n}"), "07:00".to_owned()), (format!("to-{n}"), "19:30".to_owned())]).collect();
        let mut put = |n: &str, v: &str| fields.push((n.to_owned(), v.to_owned()));
        put("daily", "1");
        put("why", "As agreed with the partners");
        put("what", "set");
        let refs = |f: &[(String, String)]| f.iter().map(|(a, b)| (a.clone(), b.clone())).collect::<Vec<_>>();
        let all = refs(&fields);
        let sent: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        w.staff("Helen").sends_from(&page, "/opening", &sent).await.is_refused("Write what patients read when it is closed.");
        fields.push(("reason".into(), "We read requests in the day.".into()));
        let sent: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        w.patient("Ada").asks_online("A mole on my arm").await;
        let tries: Vec<(&str, &str)> = sent.iter().filter(|(n, _)| *n != "what").copied().chain([("what", "try")]).collect();
        w.staff("Helen")
            .sends_from(&page, "/opening", &tries)
            .await
            .sees("On the last month: 1 requests came online. 0 would have met a closed door")
            .sees("0 because of the daily limit, 0 because of how many waited");
        // Ben has begun his form when it closes; he gets through.
        w.patient("Ben").sends_page("emergency", &[("emergency", "none")]).await.is_done();
        crate::planning::tried_and_set(&w, &sent).await.sees("19:30");
        w.clock.set("2026-01-05 19:45");
        w.patient("Cal").opens("/").await.sees("Online requests are closed until tomorrow at 7am. We read requests in the day.");
        w.patient("Cal").opens("/ask").await.sees("Online requests are closed").sees("NHS 111");
        w.patient("Ben").says_who_and("My knee hurts").await.sees("Request sent");
        // The next day two ask: the second is told that it takes longer, and the desk is told.
        w.clock.set("2026-01-06 10:00");
        w.store.forget_practices();
        w.patient("Cal").opens("/").await.does_not_see("takes longer than usual");
        w.patient("Ada").asks_online("My ear hurts").await;
        w.store.forget_practices();
        w.patient("Cal").opens("/").await.sees("takes longer than usual").sees("Start");
        w.patient("Ben").asks_online("My ear hurts too").await;
        w.work_in_the_background().await;
        w.work_in_the_background().await;
        for name in ["Sam", "Helen"] {
            w.signs_in_again(name).await;
        }
        let desk = w.staff("Sam").opens("/desk").await.sees("The daily limit of online requests has been reached.");
        assert_eq!(desk.words().matches("The daily limit of online requests").count(), 1, "told once");
        let told = w.staff("Helen").opens("/desk?list=mine").await;
        assert!(told.words().contains("The daily limit of online requests has been reached."), "the manager has it: {}", told.words());
        // Health problems have shorter hours than the rest; who has begun before they end goes on.
        let mut apart: Vec<(String, String)> = fields.iter().filter(|(n, _)| n != "daily").cloned().collect();
        apart.extend(
            (0..5).flat_map(|n| [(format!("health-from-{n}"), "08:00".to_owned()), (format!("health-to-{n}"), "18:30".to_owned())]),
        );
        apart.push(("health-hours".into(), "yes".into()));
        // One kind has hours of its own beside those of the groups.
        apart.push(("own-fit_note".into(), "yes".into()));
        apart.extend(
            (0..5).flat_map(|n| [(format!("fit_note-from-{n}"), "08:00".to_owned()), (format!("fit_note-to-{n}"), "18:30".to_owned())]),
        );
        let apart: Vec<(&str, &str)> = apart.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        crate::planning::tried_and_set(&w, &apart).await.sees("Health problems").sees("08:00 to 18:30");
        w.clock.set("2026-01-06 19:00");
        w.store.forget_practices();
        w.patient("Dan").opens("/").await.sees("Requests about health problems are closed until tomorrow at 8am.").sees("Start");
        w.patient("Dan").ticks("none").await;
        w.patient("Dan")
            .sends_page("kind", &[("kind", "new_problem")])
            .await
            .is_refused("Requests about this are closed until tomorrow at 8am.");
        w.patient("Dan").opens("/").await.sees("Fit (sick) note: closed online until tomorrow at 8am.");
        w.patient("Dan")
            .sends_page("kind", &[("kind", "fit_note")])
            .await
            .is_refused("Requests about this are closed until tomorrow at 8am.");
        w.patient("Dan").sends_page("kind", &[("kind", "letter_or_form")]).await.is_done();
        w.clock.set("2026-01-06 18:00");
        w.patient("Eve").ticks("none").await;
        w.clock.set("2026-01-06 19:00");
        w.patient("Eve").sends_page("kind", &[("kind", "new_problem")]).await.is_done();
        for name in ["Sam", "Helen"] {
            w.signs_in_again(name).await;
        }
        // A change that is dated ahead can be taken back.
        let ahead: Vec<(&str, &str)> = sent.iter().copied().chain([("day", "2026-02-02")]).collect();
        let shown = crate::planning::tried_and_set(&w, &ahead).await.sees("From Monday 2 February 2026 at midnight");
        let back = shown.actions("/opening/").remove(0);
        w.staff("Helen").sends_from(&shown, &back, &[]).await.sees("(taken back)");
        w.nothing_is_lost().await;
    }
}
