//! How many claims on slots a second are answered when everybody wants one.

use std::{path::Path, sync::atomic::Ordering, time::Instant};

use portico_store::queries::booking;
use tokio::sync::watch;

use crate::{
    Place, practice,
    program::Program,
    report::{Report, Times},
    rush_clients::{add_slots, invite, rush},
};

const PEOPLE: usize = 5000;
const SLOTS: i64 = 63;
const AT_ONCE: usize = 256;

/// Measures a rush over HTTP: every answer is a durable hold, a durable booking, or a refusal in words with what is left.
pub async fn measure(report: &mut Report, place: &Place, binary: &Path, folder: &Path) -> anyhow::Result<()> {
    let practice = practice::make(&place.url).await?;
    let doctor = &practice.staff[2];
    let slots = add_slots(&practice.store, practice.organisation, (doctor.id, &doctor.name), SLOTS).await;
    let people = invite(&practice.store, practice.organisation, PEOPLE).await;
    practice.store.analyse().await?;
    practice.store.close().await;
    let program = Program::start(binary, &place.url, folder).await?;
    program.settles().await?;
    let (_where_it_is, server) = watch::channel(Some(program.address));
    let (processor, began) = (program.processor_seconds()?, Instant::now());
    let told = rush(&server, people, &slots, AT_ONCE).await;
    let (long, processor) = (began.elapsed().as_secs_f64(), program.processor_seconds()? - processor);
    program.stop()?;
    let times = Times::of(std::mem::take(&mut *told.times.lock().expect("a list")));
    let (rate, goal) = (times.count() as f64 / long, if place.engine == "SQLite" { 5000.0 } else { 3000.0 });
    report.goal(
        format!("{}: claims on slots over HTTP, {PEOPLE} people, {SLOTS} slots, {AT_ONCE} at once", place.engine),
        format!(
            "{rate:.0}/s, p50 {:.1} ms, p99 {:.1} ms; {} booked, {} told that none is left; {:.2} ms of processor time a claim",
            times.ms(0.5),
            times.ms(0.99),
            told.booked.lock().expect("a map").len(),
            told.none_left.load(Ordering::Relaxed),
            processor * 1000.0 / times.count().max(1) as f64
        ),
        format!("≥ {goal:.0}/s"),
        rate >= goal,
    );
    let store = portico_server::open_store(&place.url, practice.store.clock()).await?;
    let booked = booking::booked(&mut store.reader().await?, practice.organisation).await?;
    anyhow::ensure!(booked == SLOTS, "{booked} booked");
    store.close().await;
    Ok(())
}
