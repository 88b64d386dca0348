//! Questionnaires are sent, filled in, scored and read; the practice makes its own.

use jiff::SignedDuration;
use portico_testkit::{Seen, World, databases::both};

/// The page of the questionnaire that waits on the private page.
async fn waiting(w: &World, who: &str) -> Seen {
    let page = w.patient(who).opens_private_page().await;
    let link = page.links(&format!("{}/questions/", page.path)).pop().expect("a questionnaire to fill in");
    w.patient(who).opens(&link).await
}

/// Every question of PHQ-9 with the same answer, but the last.
fn phq(most: &'static str, last: &'static str) -> Vec<(&'static str, &'static str)> {
    const NAMES: [&str; 9] = ["q-phq9-1", "q-phq9-2", "q-phq9-3", "q-phq9-4", "q-phq9-5", "q-phq9-6", "q-phq9-7", "q-phq9-8", "q-phq9-9"];
    NAMES.into_iter().enumerate().map(|(n, name)| (name, if n == 8 { last } else { most })).collect()
}

async fn world(db: portico_testkit::databases::TestDatabase) -> World {
    World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").clinician("Osei").manager("Helen").patient("Ada").start().await
}

#[tokio::test]
async fn a_questionnaire_comes_back_scored_to_the_same_request() {
    for db in both() {
        let w = world(db).await;
        w.patient("Ada").asks_online("I feel low since the summer").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await;
        w.staff("Sam")
            .does("Ada", "questionnaire", &[("questionnaire", "phq-9")])
            .await
            .sees("Patient to answer")
            .sees("Please answer by Thursday 8 January 2026 at 6:30pm");
        let page = waiting(&w, "Ada").await.sees("Little interest or pleasure in doing things").sees("No permission is required");
        // One is left out: the page says which, and keeps the others.
        let mut some = phq("2", "0");
        some.remove(3);
        let wrong = w.patient("Ada").posts(&page.path, &some).await.is_refused("Answer “Feeling tired or having little energy”");
        assert!(wrong.html.matches("checked").count() >= 8, "what was answered stands");
        w.patient("Ada").posts(&page.path, &phq("2", "0")).await.sees("Answers sent").does_not_see("worry us");
        w.patient("Ada").posts(&page.path, &phq("1", "0")).await.is_refused("You have sent your answers already");
        let item = w.staff("Sam").opens_item_of("Ada").await;
        let item = item
            .sees("Read the patient's answer")
            .sees("PHQ-9 score 16: moderately severe (SNOMED CT 720433000)")
            .sees("More than half the days");
        w.patient("Ada").opens_private_page().await.sees("Filled in: Mood questionnaire").does_not_see("moderately severe");
        let file = item.links(&format!("{}/questionnaire/", item.path)).remove(0);
        let file = w.staff("Sam").opens(&file).await.is_done();
        assert!(file.html.contains("QuestionnaireResponse") && file.html.contains("urn:portico:questionnaire:phq-9|1.0.0"));
        let summary = w.staff("Sam").opens(&format!("{}/summary.txt", item.path)).await.html;
        assert!(summary.contains("PHQ-9 score 16: moderately severe [SNOMED CT 720433000]"), "{summary}");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn an_answer_that_cannot_wait_turns_the_request_red() {
    for db in both() {
        let w = world(db).await;
        w.patient("Ada").asks_online("I feel low since the summer").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await;
        w.staff("Sam").does("Ada", "questionnaire", &[("questionnaire", "phq-9")]).await.is_done();
        let page = waiting(&w, "Ada").await;
        w.patient("Ada").posts(&page.path, &phq("0", "1")).await.sees("Some of your answers worry us").sees("116 123");
        let item = w.staff("Sam").opens_item_of("Ada").await.sees("Red").sees("Contact the patient now");
        item.sees("thoughts of self-harm");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn one_reminder_and_none_once_the_same_questions_were_answered() {
    for db in both() {
        let w = world(db).await;
        for words in ["I feel low since the summer", "Still low"] {
            w.patient("Ada").asks_online(words).await;
            w.staff("Sam").triages("Ada", "routine", "gp", "").await;
            w.staff("Sam").does("Ada", "questionnaire", &[("questionnaire", "blood-pressure-week")]).await.is_done();
        }
        let second = w.staff("Sam").opens_item_of("Ada").await;
        let first = w.item_of("Ada").await.earlier.expect("the request before it");
        let reminders = async || {
            w.work_in_the_background().await;
            w.signs_in_again("Sam").await;
            let mut count = 0;
            for path in [second.path.clone(), format!("/items/{first}")] {
                count += w
                    .staff("Sam")
                    .opens(&path)
                    .await
                    .sees("Blood pressure at home")
                    .words()
                    .matches("We still wait for your answers")
                    .count();
            }
            count
        };
        assert_eq!(reminders().await, 0, "not yet");
        w.clock.forward(SignedDuration::from_hours(49));
        // She answers the second; the first asks the same and is not reminded of.
        let page = waiting(&w, "Ada").await;
        w.patient("Ada").posts(&page.path, &[("q-symptoms", "no")]).await.sees("Answers sent");
        assert_eq!(reminders().await, 0, "never nagged after an answer");
        w.nothing_is_lost().await;
        let w = world(portico_testkit::databases::sqlite()).await;
        w.patient("Ada").asks_online("I feel low since the summer").await;
        w.staff("Sam").triages("Ada", "routine", "gp", "").await;
        w.staff("Sam").does("Ada", "questionnaire", &[("questionnaire", "blood-pressure-week")]).await.is_done();
        for _ in 0..4 {
            w.clock.forward(SignedDuration::from_hours(25));
            w.work_in_the_background().await;
        }
        w.signs_in_again("Sam").await;
        let item = w.staff("Sam").opens_item_of("Ada").await;
        assert_eq!(item.words().matches("We still wait for your answers").count(), 1, "once: {}", item.words());
    }
}

#[tokio::test]
async fn the_practice_makes_its_own_and_a_clinician_approves_it() {
    for db in both() {
        let w = world(db).await;
        let lines =
            "How often do you use the blue one? [Never=0; Every day=2!]\nDo you smoke? [yes/no]\nHow many a day? [number 1-100] if 2=yes";
        let new = |what: &'static str, lines: &'static str| [("title", "Inhaler check"), ("lines", lines), ("what", what)];
        let helen = w.staff("Helen");
        helen
            .sends("/questionnaires/new", "/questionnaires/new", &new("preview", "How often?"))
            .await
            .is_refused("Line 1: say what answers it");
        let wrote = helen.sends("/questionnaires/new", "/questionnaires/new", &new("preview", lines)).await;
        let wrote = wrote.sees("As the patient sees it").sees("How often do you use the blue one?").does_not_see("How many a day? (");
        let draft = helen.sends_from(&wrote, "/questionnaires/new", &new("save", lines)).await.sees("waits for somebody to approve it");
        let key = draft.path.rsplit('/').next().expect("a key").to_owned();
        w.patient("Ada").asks_online("Cough at night").await;
        w.staff("Sam").does("Ada", "questionnaire", &[("questionnaire", &key)]).await.is_refused("waits for somebody");
        helen.sends(&draft.path, &format!("{}/approve", draft.path), &[]).await.is_refused("You may not do this");
        w.staff("Osei").sends(&draft.path, &format!("{}/approve", draft.path), &[]).await.sees("Approved");
        w.staff("Sam").does("Ada", "questionnaire", &[("questionnaire", &key)]).await.sees("Questionnaire sent: Inhaler check");
        // An answer opens a question more; the page comes again with it.
        let page = waiting(&w, "Ada").await.does_not_see("How many a day?");
        w.patient("Ada").posts(&page.path, &[("q-1", "Never"), ("q-2", "yes")]).await.is_refused("Answer “How many a day?”");
        w.patient("Ada").posts(&page.path, &[("q-1", "Never"), ("q-2", "yes"), ("q-3", "10")]).await.sees("Answers sent");
        w.staff("Sam").opens_item_of("Ada").await.sees("Score 0");
        // A year later somebody must read it again.
        w.clock.forward(SignedDuration::from_hours(24 * 367));
        w.signs_in_again("Sam").await;
        w.staff("Sam").does("Ada", "questionnaire", &[("questionnaire", &key)]).await.is_refused("must be reviewed first");
        w.nothing_is_lost().await;
    }
}
