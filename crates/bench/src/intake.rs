//! How many requests a second are taken in, each durable before it is answered.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use portico_domain::{
    request::{Door, Kind},
    staff::Actor,
};
use portico_nhs::DraftId;
use portico_store::{
    queries::{draft, work_item},
    work,
};

use crate::{
    Place, Size,
    client::Browser,
    data, practice,
    practice::Practice,
    program::Program,
    report::{Report, Times},
};

const CLIENTS: usize = 64;
/// Forms filled in beforehand, for each second: more than can be sent.
const FORMS_A_SECOND: u64 = 2500;

/// Measures the store alone, then the whole program over HTTP.
pub async fn measure(report: &mut Report, place: &Place, binary: &Path, folder: &Path, size: Size) -> anyhow::Result<()> {
    let practice = practice::make(&place.url).await?;
    let engine = place.engine;
    for clients in [1, CLIENTS] {
        let times = store_alone(&practice, clients, size.long).await?;
        let rate = times.count() as f64 / size.long.as_secs_f64();
        report.note(
            format!("{engine}: requests received by the store alone, {clients} at once, one durable commit each"),
            format!("{rate:.0}/s, p50 {:.1} ms, p99 {:.1} ms", times.ms(0.5), times.ms(0.99)),
        );
    }
    let forms = fill_in(&practice, FORMS_A_SECOND * size.long.as_secs()).await?;
    let before = work_item::ledger(&mut practice.store.reader().await?, practice.organisation).await?.received;
    practice.store.close().await;

    let program = Program::start(binary, &place.url, folder).await?;
    let (times, processor) = over_http(&program, forms, size.long).await?;
    let (rate, p99) = (times.count() as f64 / size.long.as_secs_f64(), times.ms(0.99));
    let figures = format!("{rate:.0}/s, p50 {:.1} ms, p99 {p99:.1} ms", times.ms(0.5));
    let what = format!(
        "{engine}: online requests sent over HTTP (`POST /ask/check`), {CLIENTS} clients, kept and received durably before the answer"
    );
    if engine == "SQLite" {
        report.goal(what, figures, "≥ 1,000/s, p99 ≤ 150 ms", rate >= 1000.0 && p99 <= 150.0);
    } else {
        report.note(what, figures);
    }
    report.note(
        format!("{engine}: processor time of the program for one such request"),
        format!("{:.2} ms", processor * 1000.0 / times.count().max(1) as f64),
    );
    program.stop()?;

    // What was answered as done is there, no more and no less.
    let store = portico_server::open_store(&place.url, practice.store.clock()).await?;
    let after = work_item::ledger(&mut store.reader().await?, practice.organisation).await?.received;
    anyhow::ensure!(after - before == times.count() as i64, "{} answered, {} there", times.count(), after - before);
    let audit = store.verify_audit(practice.organisation).await?;
    anyhow::ensure!(audit.broken.is_none(), "{audit:?}");
    store.close().await;
    Ok(())
}

async fn store_alone(practice: &Practice, clients: usize, long: Duration) -> anyhow::Result<Times> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let needed = practice.store.practice(practice.organisation).await?;
    let began = Instant::now();
    let running: Vec<_> = (0..clients)
        .map(|_| {
            let (store, needed, organisation) = (practice.store.clone(), needed.clone(), practice.organisation);
            tokio::spawn(async move {
                let mut times = Vec::new();
                while began.elapsed() < long {
                    let n = NEXT.fetch_add(1, Ordering::Relaxed);
                    let intake = work::Intake {
                        link: Some(format!("a private link {n}")),
                        confirm: true,
                        ..work::Intake::new(Kind::NewProblem, Door::Online, data::request(n), Actor::Patient)
                    };
                    let (practice, key, one) = (needed.clone(), format!("measured {n}"), Instant::now());
                    store
                        .write(
                            organisation,
                            Some(&key),
                            portico_store::work!(tx, [practice, intake] => work::receive(tx, &practice, &intake).await),
                        )
                        .await?;
                    times.push(one.elapsed());
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut all = Vec::new();
    for one in running {
        all.extend(one.await??);
    }
    Ok(Times::of(all))
}

/// Forms as they stand when the patient has answered every page and presses "Send request".
async fn fill_in(practice: &Practice, count: u64) -> anyhow::Result<Vec<String>> {
    let needed = practice.store.practice(practice.organisation).await?;
    let mut carried = Vec::new();
    for first in (0..count).step_by(500) {
        let (practice_, organisation) = (needed.clone(), practice.organisation);
        let ids: Vec<DraftId> = practice
            .store
            .write(
                organisation,
                None,
                portico_store::work!(tx, [practice_] => {
                    let mut ids = Vec::new();
                    for n in first..count.min(first + 500) {
                        let id = work::start_draft(tx, &practice_, &secret(n)).await?;
                        let now = tx.now();
                        draft::save(tx.conn(), organisation, id, &data::answers(n + 1_000_000), now).await?;
                        ids.push(id);
                    }
                    Ok(ids)
                }),
            )
            .await?;
        carried.extend(ids.iter().zip(first..).map(|(id, n)| format!("{id}.{}", secret(n))));
    }
    Ok(carried)
}

fn secret(n: u64) -> String {
    format!("the secret of the measured form {n}")
}

async fn over_http(program: &Program, forms: Vec<String>, long: Duration) -> anyhow::Result<(Times, f64)> {
    let (forms, next, address) = (Arc::new(forms), Arc::new(AtomicU64::new(0)), program.address);
    let (processor, began) = (program.processor_seconds()?, Instant::now());
    let running: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (forms, next) = (forms.clone(), next.clone());
            tokio::spawn(async move {
                let (mut browser, mut times) = (Browser::new(address), Vec::new());
                browser.accept_encoding = "gzip, br";
                while began.elapsed() < long {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(form) = forms.get(n as usize) else { anyhow::bail!("more forms are needed: the server is faster than that") };
                    let (key, one) = (format!("measured form {n}"), Instant::now());
                    let answer = browser.post("/ask/check", &[("_draft", form), ("_key", &key)]).await?;
                    times.push(one.elapsed());
                    browser.cookies.clear();
                    anyhow::ensure!(answer.location() == "/ask/done", "{}: {}", answer.status, answer.text());
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut all = Vec::new();
    for one in running {
        all.extend(one.await??);
    }
    Ok((Times::of(all), program.processor_seconds()? - processor))
}
