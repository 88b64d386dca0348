//! Messages go and come back.

use portico_domain::{pathway::Pathway, work_item::NextAction};
use portico_testkit::{World, databases::both};

#[tokio::test]
async fn a5_a_message_is_sent_and_its_delivery_is_followed() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").patient("Ada").start().await;
        w.patient("Ada").asks_online("Sore throat").await;
        w.staff("Sam").does("Ada", "reply", &[("text", "Drink plenty and rest.")]).await.sees("Waiting to be sent");
        w.work_in_the_background().await;
        w.staff("Sam")
            .opens_item_of("Ada")
            .await
            .sees("Drink plenty and rest.")
            .sees("Text message: Delivered")
            .does_not_see("Waiting to be sent");
        w.patient("Ada").opens_private_page().await.sees("Drink plenty and rest.");
    }
}

#[tokio::test]
async fn a6_the_answer_comes_back_to_the_same_owner() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").coordinator("Lee").patient("Ada").start().await;
        w.patient("Ada").asks_online("Ear hurts").await;
        w.staff("Sam").triages("Ada", "soon", "gp", "").await;
        w.staff("Sam").assigns("Ada", "Lee").await.sees("Lee");
        w.staff("Lee").does("Ada", "ask", &[("text", "Which ear?")]).await.sees("Patient to answer");
        w.patient("Ada").opens_private_page().await.sees("We asked you something").sees("Which ear?");
        w.clock.forward(jiff::SignedDuration::from_mins(90));
        w.patient("Ada").writes("The left one").await.sees("The left one").sees("by tomorrow at 6:30pm");
        let item = w.item_of("Ada").await;
        let next = item.next().unwrap();
        assert_eq!((next.action, next.owner.person), (NextAction::ReadAnswer, Some(w.staff_id("Lee"))));
        assert_eq!(next.due.to_string(), "2026-01-05T12:00:00Z", "the clock begins again");
        w.signs_in_again("Lee").await;
        w.staff("Lee").opens("/desk?show=mine").await.sees("Read the patient's answer");
        // No answer in time: it comes back by itself.
        w.staff("Lee").does("Ada", "ask", &[("text", "Any fever?")]).await.is_done();
        w.clock.set("2026-01-07 18:31");
        w.work_in_the_background().await;
        assert_eq!(w.item_of("Ada").await.next().unwrap().action, NextAction::Chase);
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a14_a_message_goes_from_patient_to_clinician_and_back() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").patient("Ada").start().await;
        w.patient("Ada").asks_online("Question about my tablets").await;
        w.staff("Sam").triages("Ada", "routine", "duty_gp", "").await;
        w.staff("Sam").assigns("Ada", "Osei").await;
        w.staff("Sam").does("Ada", "note", &[("text", "She sounds worried")]).await.sees("She sounds worried");
        w.staff("Osei").does("Ada", "reply", &[("text", "Take it with food.")]).await.is_done();
        w.patient("Ada").opens_private_page().await.sees("Take it with food.").does_not_see("She sounds worried");
        w.patient("Ada").writes("Thank you, and at night?").await.is_done();
        w.staff("Osei").opens_item_of("Ada").await.sees("and at night?");
        // After closing, what the patient writes opens it again.
        w.staff("Osei").does("Ada", "close", &[("outcome", "advice"), ("text", "Told how to take it")]).await.sees("Closed: Advice given");
        w.patient("Ada").writes("It made me sick").await.sees("We tell you what happens next by");
        w.staff("Sam").opens("/desk").await.sees("Read the patient's answer");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn contact_needs_are_shown_where_staff_contact_the_patient() {
    let w = World::new().coordinator("Sam").receptionist("Jo").start().await;
    let fields = [
        ("given", "Ada"),
        ("family", "Osei"),
        ("birth-date-day", "15"),
        ("birth-date-month", "3"),
        ("birth-date-year", "1984"),
        ("phone", "07700 900123"),
        ("kind", "fit_note"),
        ("words", "Note"),
        ("needs", "no-message"),
        ("needs", "interpreter"),
        ("language", "Urdu"),
        ("needs", "bsl"),
    ];
    w.staff("Jo").enters(&fields).await.is_done();
    w.staff("Sam")
        .opens_item_of("Ada")
        .await
        .sees("Before you make contact")
        .sees("Do not leave a message")
        .sees("Interpreter: Urdu")
        .sees("British Sign Language");
}

#[tokio::test]
async fn a_patient_who_cannot_be_written_to_becomes_work() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").receptionist("Jo").start().await;
        let fields = [
            ("given", "Ada"),
            ("family", "Osei"),
            ("birth-date-day", "15"),
            ("birth-date-month", "3"),
            ("birth-date-year", "1984"),
            ("phone", "0113 496 0001"),
            ("kind", "fit_note"),
            ("words", "Note please"),
        ];
        w.staff("Jo").enters(&fields).await.is_done();
        w.staff("Sam").does("Ada", "reply", &[("text", "It is ready.")]).await.is_done();
        w.staff("Sam").opens("/desk").await.sees("Message not delivered").sees("Ring the patient").sees("All open 2");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_template_is_sent_as_it_stands_once_its_gaps_are_filled() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("Hay fever").await;
    let page = format!("/items/{}", w.item_of("Ada").await.id);
    let begun = w.staff("Sam").opens(&format!("{page}?template=self_care_advice")).await.sees("[write here]").sees("Hello Ada");
    let text = begun.textarea("reply-text").unwrap();
    let to = format!("{page}/reply");
    w.staff("Sam")
        .sends_from(&begun, &to, &[("text", &text), ("template", "self_care_advice")])
        .await
        .is_refused("Fill in [write here] before you send it.");
    let filled = text.replace("[write here]", "Try a pharmacy first.");
    w.staff("Sam").sends_from(&begun, &to, &[("text", &filled), ("template", "self_care_advice")]).await.is_done();
    let thread = w.staff("Sam").opens(&page).await.words();
    assert_eq!(thread.matches("Hello Ada").count(), 2, "one greeting in the confirmation, one in the reply: {thread}");
}

#[tokio::test]
async fn d16_what_is_agreed_about_reaching_a_patient_holds_for_every_message() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").receptionist("Jo").patient("Ada").start().await;
        let ada = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        let contact = format!("{ada}/contact");
        let page = w.staff("Jo").opens(&ada).await.sees("How they may be reached");
        w.staff("Jo").sends_from(&page, &contact, &[("from", "12"), ("to", "9")]).await.is_refused("the first must be earlier");
        let agreed = [
            ("at-risk", "yes"),
            ("from", "10"),
            ("to", "12"),
            ("note", "Her partner reads her phone in the evening."),
            ("standing", "registered"),
        ];
        w.staff("Jo").sends_from(&page, &contact, &agreed).await.sees("Safe contact: read this before you reach them");
        w.patient("Ada").asks_online("A question about my tablets").await;
        let page = w.staff("Sam").opens_item_of("Ada").await;
        page.sees("Her partner reads her phone in the evening.").sees("Texts and e-mails only between 10:00 and 12:00.");
        w.staff("Sam").does("Ada", "reply", &[("text", "Take them with food.")]).await.is_done();
        w.work_in_the_background().await;
        w.staff("Sam").opens_item_of("Ada").await.sees("Waiting to be sent");
        w.clock.set("2026-01-05 09:59");
        w.work_in_the_background().await;
        w.staff("Sam").opens_item_of("Ada").await.sees("Waiting to be sent");
        w.clock.set("2026-01-05 10:00");
        w.work_in_the_background().await;
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens_item_of("Ada").await.sees("Text message: Delivered").does_not_see("Waiting to be sent");
        // Texts are forbidden while one waits: it does not go, and somebody is told to ring.
        w.clock.set("2026-01-05 12:30");
        for name in ["Sam", "Jo"] {
            w.signs_in_again(name).await;
        }
        w.staff("Sam").does("Ada", "reply", &[("text", "And not with milk.")]).await.is_done();
        let page = w.staff("Jo").opens(&ada).await;
        w.staff("Jo").sends_from(&page, &contact, &[("never", "sms"), ("standing", "registered")]).await.sees("Never by text message.");
        w.clock.set("2026-01-06 10:30");
        w.work_in_the_background().await;
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/desk").await.sees("this way of reaching the patient is not allowed any more");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn nobody_is_offered_a_day_on_which_they_cannot_come() {
    for db in both() {
        let w = World::new()
            .on(db)
            .at("2026-01-05 09:00")
            .coordinator("Sam")
            .clinician("Osei")
            .patient("Ada")
            .slots(Pathway::Gp, &["2026-01-06 10:00", "2026-01-07 10:00", "2026-01-08 10:00"])
            .start()
            .await;
        let ada = w.staff("Sam").opens("/patients?q=Ada").await.links("/patients/").remove(0);
        let page = w.staff("Sam").opens(&ada).await;
        let contact = format!("{ada}/contact");
        let backwards = [("away-from-0", "2026-01-09"), ("away-to-0", "2026-01-06"), ("standing", "registered")];
        w.staff("Sam").sends_from(&page, &contact, &backwards).await.is_refused("the first must be earlier");
        let away = [("away-from-0", "2026-01-06"), ("away-to-0", "2026-01-07"), ("standing", "registered")];
        w.staff("Sam").sends_from(&page, &contact, &away).await.sees("Cannot come from 6 January 2026 to 7 January 2026.");
        w.patient("Ada").asks_online("A mole on my arm that I would like looked at").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await.is_done();
        let here = format!("/items/{}/booking", w.item_of("Ada").await.id);
        let page = w.staff("Sam").opens(&here).await.sees("Cannot come from 6 January 2026").sees("Thursday 8 January 2026");
        page.does_not_see("Wednesday 7 January 2026");
    }
}

#[tokio::test]
async fn a_message_to_many_is_previewed_released_by_a_second_person_and_can_be_stopped() {
    for db in both() {
        let mut w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").coordinator("Lee").receptionist("Jo");
        for n in 0..55 {
            w = w.patient(&format!("Ada{n}"));
        }
        let w = w.patient_without_phone("Ben").start().await;
        let risk = w.staff("Sam").opens("/patients?q=Ada0").await.links("/patients/").remove(0);
        let page = w.staff("Sam").opens(&risk).await;
        w.staff("Sam").sends_from(&page, &format!("{risk}/contact"), &[("at-risk", "yes"), ("standing", "registered")]).await.is_done();
        w.staff("Jo").opens("/batches").await.is_refused("role");
        let page = w.staff("Sam").opens("/batches").await.sees("None yet.");
        let gap = [("name", "Flu"), ("text", "Your flu jab is on [when]."), ("age-from", "18")];
        w.staff("Sam").sends_from(&page, "/batches", &gap).await.is_refused("Fill in “[when]” first.");
        let nobody = [("name", "Flu"), ("text", "Come for your flu jab on Saturday."), ("age-from", "90")];
        w.staff("Sam").sends_from(&page, "/batches", &nobody).await.is_refused("Nobody of the practice is on this list.");
        let flu = [("name", "Flu"), ("text", "Come for your flu jab on Saturday."), ("age-from", "18"), ("pace", "3000")];
        let made = w
            .staff("Sam")
            .sends_from(&page, "/batches", &flu)
            .await
            .sees("Not released")
            .sees("Goes to 54 people")
            .sees("Still to go 54 by text message");
        let made = made.sees("Safe contact: a person writes to them: 1").sees("No way to reach them that is allowed: 1");
        let made = made.sees("Come for your flu jab on Saturday.").sees("A colleague opens this page and releases it.");
        let here = made.path.clone();
        w.staff("Sam").sends_from(&made, &format!("{here}/release"), &[]).await.is_refused("A colleague must release it.");
        w.work_in_the_background().await;
        w.staff("Sam").opens(&here).await.sees("On its way or arrived 0");
        // Lee releases it, sees the mistake and stops it in time.
        let page = w.staff("Lee").opens(&here).await;
        let released =
            w.staff("Lee").sends_from(&page, &format!("{here}/release"), &[]).await.sees("The first message goes today at 9:15am");
        w.clock.set("2026-01-05 09:14");
        w.work_in_the_background().await;
        w.staff("Lee").sends_from(&released, &format!("{here}/stop"), &[]).await.sees("Stopped").sees("On its way or arrived 0");
        // The right one goes to two by their numbers, one of which nobody has; a third number is on the list twice.
        let numbers: String = (1..=2)
            .map(|n| (999_000_100 + n * 10..).find_map(portico_nhs::NhsNumber::from_first_nine).expect("a number").digits() + "\n")
            .collect::<String>()
            .repeat(2)
            + "9434765919\n";
        let page = w.staff("Sam").opens("/batches").await;
        let few = [("name", "Telephone"), ("text", "Our number has changed."), ("numbers", numbers.as_str())];
        let made = w.staff("Sam").sends_from(&page, "/batches", &few).await.sees("Line 5, “9434765919”: not a patient of the practice");
        let made = made.sees("On the list twice: 2").sees("Goes to 2 people").sees("1 to 2 of 2");
        let here = made.path.clone();
        let file = w.staff("Sam").opens(&format!("{here}/people.csv")).await.html;
        assert_eq!(file.lines().count(), 6, "two people and three lines of nobody new: {file}");
        assert!(file.contains("Ada1 Osei,999 000 1103,yes,,Text message") && file.contains("line 5,9434765919,no,Not a patient"), "{file}");
        w.staff("Sam").sends_from(&made, &format!("{here}/release"), &[]).await.sees("Released");
        w.clock.set("2026-01-05 09:30");
        w.work_in_the_background().await;
        w.work_in_the_background().await;
        w.staff("Sam").opens(&here).await.sees("What became of it Delivered Messages 2").sees("Still to go 0").sees("Done");
        // Everything arrived: its item is closed by itself, and the one that was stopped is not.
        w.work_in_the_background().await;
        let desk = w.staff("Sam").opens("/desk").await.sees("Message to many: Flu");
        desk.does_not_see("Message to many: Telephone");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn d2_three_calls_without_an_answer_end_in_a_message_and_never_in_silence() {
    for db in both() {
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").patient("Ada").patient("Ben").start().await;
        w.patient("Ada").asks_online("A question about my tablets").await;
        w.staff("Sam").triages("Ada", "routine", "admin", "").await.is_done();
        w.staff("Sam").does("Ada", "call", &[]).await.is_refused("Say whether you spoke with them, or when they are to be rung.");
        w.staff("Sam").does("Ada", "call", &[("reached", "yes")]).await.is_refused("Write something first.");
        w.staff("Sam")
            .does("Ada", "call", &[("reached", "no"), ("text", "Voicemail is full")])
            .await
            .sees("Ring the patient")
            .sees("Voicemail is full");
        w.staff("Sam").opens("/calls").await.sees("Ada Osei").sees("07700 900 123").sees("Tried 1 of 3 times");
        w.staff("Sam").does("Ada", "call", &[("reached", "no")]).await.sees("Rang, no answer: attempt 2").sees("Ring the patient");
        w.staff("Sam").does("Ada", "call", &[("reached", "no")]).await.sees("attempt 3; written to instead").sees("Patient to answer");
        w.patient("Ada").opens_private_page().await.sees("We have tried to ring you three times").does_not_see("Voicemail is full");
        w.patient("Ada").writes("After 4pm please").await.is_done();
        // They are on the list of calls for when they asked.
        let later = |at: &'static str| [("reached", "later"), ("day", "2026-01-05"), ("at", at), ("text", "After 4pm, about the tablets")];
        w.staff("Sam").does("Ada", "call", &later("")).await.is_refused("Choose on which day and at what time they are rung.");
        w.staff("Sam").does("Ada", "call", &later("08:00")).await.is_refused("Choose a time that is still to come");
        w.staff("Sam").does("Ada", "call", &later("16:10")).await.sees("To be rung today at 4:10pm").sees("After 4pm, about the tablets");
        w.staff("Sam").opens("/calls").await.sees("Ada Osei").sees("Not tried yet").sees("4:10pm");
        w.staff("Sam").does("Ada", "call", &[("reached", "no")]).await.sees("Rang, no answer: attempt 1");
        w.staff("Sam").does("Ada", "call", &[("reached", "yes"), ("text", "Takes them with food now")]).await.sees("Close with an outcome");
        // An emergency that cannot be reached is never left to a message.
        w.patient("Ben").asks_online("Something else").await;
        w.staff("Osei").triages("Ben", "emergency", "duty_gp", "").await.is_done();
        for _ in 0..3 {
            w.staff("Osei").does("Ben", "call", &[("reached", "no")]).await.sees("Contact the patient now");
        }
        w.staff("Sam").opens("/calls").await.sees("Ben Osei").sees("Red: Emergency").does_not_see("Ada Osei");
        w.staff("Osei").opens_item_of("Ben").await.sees("the duty desk decides about a welfare check").does_not_see("Patient to answer");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn d15_words_that_are_used_again_are_approved_by_a_second_person_and_lapse_after_a_year() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").clinician("Khan").patient("Ada").start().await;
        w.patient("Ada").asks_online("My knee hurts").await;
        let new = "/reply-templates/new";
        let words = "Hello {{ patient_first_name }}. Please rest your knee until [when]. Worried? {{ link }}";
        w.staff("Sam").sends(new, new, &[("title", "Knee"), ("body", "Hello {{ naem }}")]).await.is_refused("not known here");
        w.staff("Sam").sends(new, new, &[("title", "Knee"), ("body", &"long ".repeat(300))]).await.is_refused("does not go by text");
        let blank = [("title", "Date"), ("body", "Come on {{ when }}.")];
        let dated = w.staff("Sam").sends(new, new, &blank).await.sees("Come on [when].");
        w.staff("Sam").sends(&dated.path, &format!("{}/retire", dated.path), &[]).await.is_done();
        w.staff("Sam").sends(new, new, &[("title", "Knee"), ("body", words)]).await.sees("Hello Ada. Please rest your knee");
        let page =
            w.staff("Sam").opens("/reply-templates").await.sees("waits for somebody to approve it").links("/reply-templates/0").remove(0);
        w.staff("Sam").opens_item_of("Ada").await.does_not_see("Knee");
        w.staff("Sam").sends(&page, &format!("{page}/approve"), &[]).await.is_refused("does not include");

        // Who may approve does not approve their own words.
        w.staff("Osei").sends(new, new, &[("title", "Back"), ("body", "Keep moving.")]).await.is_done();
        let back = w.staff("Osei").opens("/reply-templates").await.links("/reply-templates/0").remove(0);
        w.staff("Osei").sends(&back, &format!("{back}/approve"), &[]).await.is_refused("You wrote it");
        w.staff("Osei").sends(&page, &format!("{page}/approve"), &[]).await.sees("until Tuesday 5 January 2027");

        let key = format!("own-{}", page.rsplit('/').next().unwrap().replace('-', ""));
        let item = w.item_of("Ada").await.id;
        let filled = w.staff("Sam").opens(&format!("/items/{item}?template={key}")).await.sees("Knee");
        assert!(filled.textarea("reply-text").is_some_and(|t| t.starts_with("Hello Ada. Please rest your knee until [when]")));
        let gap = [("text", "Please rest until [when]"), ("template", key.as_str())];
        w.staff("Sam").does("Ada", "reply", &gap).await.is_refused("[when]");
        let whole = [("text", "Hello Ada. Please rest your knee until Friday."), ("template", key.as_str())];
        w.staff("Sam").does("Ada", "reply", &whole).await.is_done();
        w.patient("Ada").opens_private_page().await.sees("Please rest your knee until Friday.");

        // The next version: the one before stays until it is approved.
        let next = [("title", "Knee"), ("body", "Hello. Ice helps."), ("from", page.rsplit('/').next().unwrap())];
        w.staff("Sam").sends(new, new, &next).await.sees("Version 2: Draft");
        assert!(w.staff("Sam").opens_item_of("Ada").await.options("template").contains(&key));
        // A year later it has to be read again.
        w.clock.set("2027-01-06 09:00");
        for name in ["Sam", "Khan"] {
            w.signs_in_again(name).await;
        }
        assert!(!w.staff("Sam").opens_item_of("Ada").await.options("template").contains(&key));
        w.staff("Sam").opens(&format!("/items/{item}?template={key}")).await.is_refused("must be reviewed first");
        w.staff("Khan").sends(&page, &format!("{page}/approve"), &[]).await.sees("Approved by Khan");
        assert!(w.staff("Sam").opens_item_of("Ada").await.options("template").contains(&key));
        w.staff("Sam").sends(&page, &format!("{page}/retire"), &[]).await.is_done();
        assert!(!w.staff("Sam").opens_item_of("Ada").await.options("template").contains(&key));
    }
}
