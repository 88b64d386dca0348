//! Letters, and the other ways of communicating that people need.

use portico_nhs::Clock;
use portico_testkit::{World, databases::both, fake_notify::FakeNotify};

const LETTER: &[(&str, &str)] = &[
    ("to", "Ada Osei\n1 High Street\nLeeds\nLS1 4AP"),
    ("to-patient", "yes"),
    ("subject", "Your fitness to travel"),
    ("body", "Dear Ada Osei\n\nYou may fly from Monday on.\n\nYours sincerely"),
];

/// The fields of a letter with one of them said otherwise.
fn with<'a>(field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    LETTER.iter().map(|(name, said)| if *name == field { (field, value) } else { (*name, *said) }).collect()
}

#[tokio::test]
async fn b5_a_letter_is_drafted_signed_as_it_stands_printed_and_posted() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").patient("Ada").patient("Ben").start().await;
        w.patient("Ada").asks_online("Am I fit to fly?").await;
        let page = format!("/items/{}/letters", w.item_of("Ada").await.id);
        let begun = w.staff("Sam").opens(&page).await;
        assert!(begun.textarea("to").is_some_and(|to| to.starts_with("Ada Osei")), "whom it is for is known");

        // What cannot be posted is said beside the field, and nothing that was typed is lost.
        w.staff("Sam").sends(&page, &page, &with("to", "Ada")).await.is_refused("Enter the name and the address").sees("You may fly");
        w.staff("Sam").sends(&page, &page, &with("body", "Good 🎉")).await.is_refused("signs that cannot be printed here: 🎉");

        w.staff("Sam").sends(&page, &page, &with("body", "Dear Ada [write here]")).await.is_done();
        let letter = w.staff("Osei").opens("/letters").await.sees("To be signed (1)").links("/letters/").remove(0);
        let to = |what: &str| format!("{letter}/{what}");
        w.staff("Osei").sends(&letter, &to("sign"), &[]).await.is_refused("Something is left to be written");
        w.staff("Sam").sends(&letter, &letter, LETTER).await.is_done();
        assert!(w.staff("Sam").opens(&to("letter.pdf")).await.html.starts_with("%PDF-"), "the draft can be looked at");
        w.staff("Sam").sends(&letter, &to("posted"), &[]).await.is_refused("A clinician has to sign it first");
        w.staff("Sam").sends(&letter, &to("sign"), &[]).await.is_refused("does not include: sign letters");

        // She signs what she read; a word that is changed meanwhile is not signed.
        let read = w.staff("Osei").opens(&letter).await.sees("You may fly from Monday on.");
        w.staff("Sam").sends(&letter, &letter, &with("body", "Dear Ada\n\nYou may not fly.")).await.is_done();
        w.staff("Osei").sends_from(&read, &to("sign"), &[]).await.is_refused("changed");
        w.staff("Osei").sends(&letter, &to("sign"), &[]).await.sees("Signed, to be posted");
        w.staff("Sam").sends(&letter, &letter, LETTER).await.sees("To be signed").does_not_see("Signed by Osei");
        w.staff("Osei").sends(&letter, &to("sign"), &[]).await.sees("Signed by Osei");

        w.staff("Sam").opens("/letters").await.sees("Signed, to be posted (1)");
        w.staff("Sam").sends(&letter, &to("posted"), &[]).await.sees("Posted by Sam");
        w.staff("Sam").opens("/letters").await.sees("Signed, to be posted (0)");
        w.patient("Ada").opens_private_page().await.sees("You may fly from Monday on.");

        // One that goes to somebody else is not on the patient's page; one that is not wanted stays to be read.
        let other = [("to", "Elm Insurance\nLondon"), ("subject", "Claim 12"), ("body", "To whom it may concern")];
        w.staff("Sam").sends(&page, &page, &other).await.is_done();
        let letter = w.staff("Sam").opens("/letters").await.links("/letters/").remove(0);
        w.staff("Osei").sends(&letter, &format!("{letter}/sign"), &[]).await.is_done();
        w.staff("Sam").sends(&letter, &format!("{letter}/posted"), &[]).await.is_done();
        w.patient("Ada").opens_private_page().await.does_not_see("To whom it may concern");
        w.staff("Sam").sends(&page, &page, LETTER).await.is_done();
        let letter = w.staff("Sam").opens("/letters").await.links("/letters/").remove(0);
        w.staff("Sam").sends(&letter, &format!("{letter}/withdraw"), &[("why", "Not needed")]).await.sees("Withdrawn").sees("Not needed");

        // The request turns out to be Ben's: what was written for Ada is not signed as his.
        w.staff("Sam").sends(&page, &page, LETTER).await.is_done();
        let letter = w.staff("Sam").opens("/letters").await.links("/letters/").remove(0);
        let item = page.trim_end_matches("/letters").to_owned();
        let found = w.staff("Sam").opens(&format!("{item}?person=Ben")).await;
        let ben = found.field("patient-id").expect("Ben");
        w.staff("Sam").sends_from(&found, &format!("{item}/match"), &[("patient-id", &ben)]).await.is_done();
        w.staff("Osei").sends(&letter, &format!("{letter}/sign"), &[]).await.is_refused("matched to another patient");
        w.staff("Sam").sends(&letter, &letter, &with("to", "Ben Osei\n1 High Street")).await.is_done();
        w.staff("Osei").sends(&letter, &format!("{letter}/sign"), &[]).await.sees("Signed, to be posted");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a20_needs_are_seen_before_anybody_makes_contact_and_met_by_how_it_goes() {
    for db in both() {
        let fake = FakeNotify::start().await;
        let people = World::new().on(db).coordinator("Sam").receptionist("Jo").clinician("Osei");
        let living = people.patient("Ada").living_at(&["Ada Osei", "1 High Street", "Leeds", "LS1 4AP"]);
        let w = living.with(|c| c.notify = Some(fake.config())).start().await;
        let clock = w.clock.clone();
        fake.set_clock(move || clock.now());
        let entered = [
            ("door", "front_desk"),
            ("given", "Ada"),
            ("family", "Osei"),
            ("birth-date-day", "15"),
            ("birth-date-month", "3"),
            ("birth-date-year", "1984"),
            ("postcode", "LS1 4AP"),
            ("phone", "07700 900123"),
            ("kind", "new_problem"),
            ("words", "A rash"),
            ("needs", "large-print"),
            ("needs", "bsl"),
        ];
        w.staff("Jo").enters(&entered).await.is_done();
        w.staff("Sam").opens_item_of("Ada").await.sees("Before you make contact").sees("Large print").sees("British Sign Language");
        // Every letter about it is in large print by itself.
        let page = format!("/items/{}/letters", w.item_of("Ada").await.id);
        assert_eq!(w.staff("Sam").opens(&page).await.ticked("large-print"), ["yes"]);
        // What is written to them is a letter, and none goes in small print by a service: somebody prints and posts it.
        w.staff("Sam").does("Ada", "ask", &[("text", "Where is the rash?")]).await.is_done();
        w.work_in_the_background().await;
        assert!(fake.sent().iter().all(|m| !m.body.contains("Where is the rash?")), "nothing in small print");
        w.staff("Sam").opens("/desk").await.sees("A letter to the patient must be in large print.");
        w.staff("Sam").opens(page.trim_end_matches("/letters")).await.sees("Letter: Not delivered");
        w.nothing_is_lost().await;
    }
}
