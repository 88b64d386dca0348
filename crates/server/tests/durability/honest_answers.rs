//! A page says that something was done only when it is durable, and a form does it once however often it is sent.

use std::{path::PathBuf, process::Command};

use portico_store::queries::booking;
use portico_testkit::databases;

use crate::{
    client::{Answer, Browser},
    practice::{
        Practice, ServedHere, config, field, fill_in_before, fresh_key, front_desk_form, reference_after, send_front_desk, serve_here,
        sign_in,
    },
};

/// Longer than the boxes that an error page hides, and than a page of the database.
fn long_words(marker: &str) -> String {
    format!("{marker} – my chest has been wheezing, worse at night. {}", "It began after the flu; I cough. ".repeat(400))
}

/// Sends the same form many times at once, from browsers that share their cookies.
async fn at_once(served: &ServedHere, like: &Browser, path: &str, fields: &[(&str, &str)]) -> Vec<Answer> {
    let fields: Vec<(String, String)> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let sent: Vec<_> = (0..8)
        .map(|_| {
            let (mut browser, path, fields) = (Browser::new(served.address), path.to_owned(), fields.clone());
            browser.cookies.clone_from(&like.cookies);
            tokio::spawn(async move {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                browser.post(&path, &fields).await.expect("an answer")
            })
        })
        .collect();
    let mut answers = Vec::new();
    for one in sent {
        answers.push(one.await.expect("a browser"));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_acts_once() {
    for database in databases::both() {
        let practice = Practice::now_on(database).await;
        let kind = practice.database.kind;
        let served = serve_here(&practice, &config()).await;
        let mut browser = Browser::new(served.address);

        // The patient presses "Send request" eight times at once, and once more after that.
        fill_in_before(&mut browser, "Ada", "a rash since Sunday", "check").await;
        let key = fresh_key();
        for answer in at_once(&served, &browser, "/ask/check", &[("_key", &key)]).await {
            assert_eq!((answer.status, answer.location()), (303, "/ask/done"), "{kind}");
        }
        let again = fresh_key();
        assert_eq!(browser.post("/ask/check", &[("_key", &again)]).await.unwrap().location(), "/ask/done");
        let done = browser.get("/ask/done").await.unwrap().text();
        let reference = reference_after(&done, "Your reference is").unwrap();
        let items = practice.open_items().await;
        assert_eq!(items.iter().map(|l| l.reference.to_string()).collect::<Vec<_>>(), [reference], "{kind}: one request");

        // So does reception.
        let csrf = sign_in(&mut browser).await;
        let key = fresh_key();
        let form = front_desk_form(&csrf, &key, "Ben", "a letter for work");
        let answers = at_once(&served, &browser, "/front-desk", &form).await;
        assert!(answers.iter().all(|a| a.status == 303 && a.location() == answers[0].location()), "{kind}: one reference");
        assert_eq!(practice.open_items().await.len(), 2, "{kind}: one more request");

        // And the coordinator who books.
        let slots = practice.add_slots(2).await;
        let item = practice.triaged_items(1).await[0];
        let (key, slot) = (fresh_key(), slots[0].to_string());
        let form = [("_csrf", csrf.as_str()), ("_key", &key), ("_version", "2"), ("slot-id", &slot)];
        for answer in at_once(&served, &browser, &format!("/items/{item}/booking"), &form).await {
            assert_eq!((answer.status, answer.location()), (303, format!("/items/{item}").as_str()), "{kind}");
        }
        let mut conn = practice.store.reader().await.unwrap();
        assert_eq!(booking::booked(&mut conn, practice.organisation).await.unwrap(), 1, "{kind}: one booking");
        drop(conn);
        practice.nothing_is_lost().await;
    }
}

/// The page says that nothing was saved, keeps what was typed, and offers to send the same again; its fields are answered.
fn check_honest(answer: &Answer, kind: &str, words: &str) {
    let page = answer.text();
    // The embedded database's disk is full; the other database is gone.
    assert_eq!(page.contains("disk is full"), kind == "sqlite", "{kind}: {page}");
    assert_eq!(answer.status, 503, "{kind}: {page}");
    assert!(page.contains("We cannot save anything at the moment") && page.contains("Try again"), "{kind}: {page}");
    assert!(page.contains(words.split('.').next().unwrap()), "{kind}: the page keeps what was typed");
    assert!(page.contains("</textarea>"), "{kind}: what was typed is in sight");
    assert!(!page.contains("Request sent") && answer.location().is_empty(), "{kind}: {page}");
}

/// A patient and reception in the middle of their forms while the database breaks and heals.
async fn stays_honest(practice: &Practice, breaks: impl AsyncFn(), heals: impl AsyncFn()) {
    let kind = practice.database.kind;
    let served = serve_here(practice, &config()).await;
    let (mut patient, mut sam) = (Browser::new(served.address), Browser::new(served.address));
    let csrf = sign_in(&mut sam).await;
    let (page_words, desk_words) = (long_words("Page"), long_words("Desk"));
    fill_in_before(&mut patient, "Ada", "never sent from here", "words").await;
    let (page_key, desk_key) = (fresh_key(), fresh_key());
    let page_form = [("words", page_words.as_str()), ("_key", &page_key)];

    for _ in 0..2 {
        // Broken before each form: the embedded engine may have opened its file afresh after the one before.
        breaks().await;
        check_honest(&patient.post("/ask/words", &page_form).await.unwrap(), kind, &page_words);
        breaks().await;
        check_honest(&send_front_desk(&mut sam, &csrf, &desk_key, "Ben", &desk_words).await.unwrap(), kind, &desk_words);
    }
    heals().await;

    // "Try again" sends what the error page holds; here it is the same form.
    assert_eq!(patient.post("/ask/words", &page_form).await.unwrap().location(), "/ask/duration", "{kind}");
    let shown = patient.get("/ask/words").await.unwrap().text();
    assert!(shown.contains("Page – my chest has been wheezing"), "{kind}: the text is kept");
    for _ in 0..2 {
        let sent = send_front_desk(&mut sam, &csrf, &desk_key, "Ben", &desk_words).await.unwrap();
        assert_eq!(sent.status, 303, "{kind}: {}", sent.text());
    }
    let there = practice.open_items().await.into_iter().filter(|l| l.summary.starts_with("Desk – ")).count();
    assert_eq!(there, 1, "{kind}: the form that failed twice and succeeded twice made one request");
    practice.nothing_is_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_success_page_without_a_durable_commit_when_the_disk_is_full() {
    let practice = Practice::now_on(databases::sqlite()).await;
    // The smallest limit that the engine takes is what it has already: there is not one page more.
    let limit = async |pages: &str| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        let limited = practice.store.write(
            practice.organisation,
            None,
            portico_store::work!(tx, [sql] => Ok(tx.conn().rows(&sql, &[]).await.map(|_| ())?)),
        );
        limited.await.expect("a limit");
    };
    stays_honest(&practice, async || limit("1").await, async || limit("1000000000").await).await;
}

/// Runs SQL on the server that holds a test database, but not in it.
fn on_server(url: &str, sql: &[&str]) {
    let (server, _) = url.rsplit_once('/').expect("a database in the address");
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|e| e.path().join("bin/psql"));
    let psql = installed.filter(|p| p.exists()).max().unwrap_or_else(|| PathBuf::from("psql"));
    let mut command = Command::new(psql);
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1"]);
    for one in sql {
        command.args(["-c", one]);
    }
    let done = command.arg(format!("{server}/postgres")).output().expect("psql runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_success_page_without_a_durable_commit_when_the_database_is_gone() {
    let practice = Practice::now_on(databases::postgres()).await;
    let url = practice.database.url.clone();
    let name = url.rsplit_once('/').expect("a name").1.to_owned();
    let gone = [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    ];
    let back = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    let breaks = async || on_server(&url, &gone.each_ref().map(String::as_str));
    stays_honest(&practice, breaks, async || on_server(&url, &[&back])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_page_sends_the_same_form_again() {
    let practice = Practice::now_on(databases::postgres()).await;
    let url = practice.database.url.clone();
    let name = url.rsplit_once('/').expect("a name").1.to_owned();
    let served = serve_here(&practice, &config()).await;
    let mut sam = Browser::new(served.address);
    let csrf = sign_in(&mut sam).await;
    let (key, words) = (fresh_key(), long_words("Again"));
    on_server(
        &url,
        &[
            &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
            &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        ],
    );
    let page = send_front_desk(&mut sam, &csrf, &key, "Ben", &words).await.unwrap().text();
    on_server(&url, &[&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")]);
    // What the page itself holds, field by field, is what the first form held.
    let kept =
        page.split_once("<textarea").and_then(|(_, after)| after.split_once('>')).and_then(|(_, after)| after.split_once("</textarea>"));
    let kept = kept.expect("the words").0.trim_start_matches('\n');
    assert_eq!(kept, words);
    let mut form: Vec<(&str, String)> =
        front_desk_form("", "", "", "").iter().filter(|(n, _)| *n != "words").map(|(n, _)| (*n, field(&page, n))).collect();
    form.push(("words", kept.to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let sent = sam.post("/front-desk", &form).await.unwrap();
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(send_front_desk(&mut sam, &csrf, &key, "Ben", &words).await.unwrap().location(), sent.location(), "the key was kept");
    assert_eq!(practice.open_items().await.len(), 1);
}
