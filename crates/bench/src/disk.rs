//! Named limits to compare with: what the disk can make durable, and what SQLite does with one plain connection.

use std::{
    io::{Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

use sqlx::{
    Connection, Executor,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    Size,
    report::{Report, Times},
};

/// Measures them.
pub async fn measure(report: &mut Report, folder: &Path, size: Size) -> anyhow::Result<()> {
    let long = size.long.min(Duration::from_secs(5));
    for (how, grows) in [("at the end of a growing file", true), ("over what a file holds, as a write-ahead log does", false)] {
        let raw = fsyncs(folder, long, grows)?;
        report.note(
            format!("Limit: the disk alone, one after another: 4 KiB written and made durable (`fdatasync`) {how}"),
            format!("{:.0}/s, p50 {:.2} ms, p99 {:.2} ms", raw.count() as f64 / long.as_secs_f64(), raw.ms(0.5), raw.ms(0.99)),
        );
    }
    let plain = inserts(folder, long).await?;
    let rate = plain.count() as f64 / long.as_secs_f64();
    report.note(
        "Peer: SQLite alone through the same sqlx, one connection, one row a commit, WAL, `FULL`",
        format!("{rate:.0}/s, p50 {:.2} ms, p99 {:.2} ms", plain.ms(0.5), plain.ms(0.99)),
    );
    Ok(())
}

fn fsyncs(folder: &Path, long: Duration, grows: bool) -> anyhow::Result<Times> {
    const BLOCKS: u64 = 1000;
    let path = folder.join("raw");
    let mut file = std::fs::File::create(&path)?;
    let block = [7u8; 4096];
    if !grows {
        for _ in 0..BLOCKS {
            file.write_all(&block)?;
        }
        file.sync_all()?;
    }
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed() < long {
        if !grows && (times.len() as u64).is_multiple_of(BLOCKS) {
            file.rewind()?;
        }
        let one = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(one.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(Times::of(times))
}

async fn inserts(folder: &Path, long: Duration) -> anyhow::Result<Times> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("plain.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    connection.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, words TEXT NOT NULL) STRICT").await?;
    let (words, began, mut times) = ("It began on Sunday. ".repeat(25), Instant::now(), Vec::new());
    while began.elapsed() < long {
        let one = Instant::now();
        sqlx::query("INSERT INTO plain (words) VALUES ($1)").bind(&words).execute(&mut connection).await?;
        times.push(one.elapsed());
    }
    connection.close().await?;
    Ok(Times::of(times))
}
