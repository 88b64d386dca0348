//! Measures the whole product on this machine and prints a table with machine and commit: `cargo run --release -p portico-bench`.
//!
//! The program that is measured is the real one, as a process of its own; its clients are in this process on the same cores.

mod appointments;
mod client;
mod data;
mod desk;
mod disk;
mod intake;
mod machine;
mod practice;
mod program;
mod report;
mod rush;
mod rush_clients;
mod triage;
mod weight;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use portico_testkit::databases;

use report::Report;

#[derive(Parser)]
#[command(about = "Measures Portico and prints a Markdown table with machine and commit")]
struct Asked {
    /// Small numbers, to see that everything runs; the figures say nothing about the goals.
    #[arg(long)]
    quick: bool,
    /// PostgreSQL too: the server that PORTICO_TEST_POSTGRES names, or a private one.
    #[arg(long)]
    postgres: bool,
    /// Where databases are made; its disk is what is measured.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// Measure only the parts whose name begins so: triage, disk, intake, appointments, rush, desk, pages.
    #[arg(long)]
    only: Option<String>,
}

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Open items on the large desk.
    pub open: usize,
    /// Closed items under it.
    pub closed: usize,
    /// How long each rate is measured.
    pub long: Duration,
    /// How often each page is opened.
    pub times: usize,
}

/// The database that a part is measured on.
#[derive(Debug, Clone)]
pub struct Place {
    /// As the table says it.
    pub engine: &'static str,
    /// What the store opens.
    pub url: String,
}

impl Asked {
    fn does(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| part.starts_with(only.as_str()))
    }

    fn places(&self, name: &str) -> Vec<(Place, Option<databases::TestDatabase>)> {
        let file = self.folder.join(format!("{name}.db"));
        let mut places = vec![(Place { engine: "SQLite", url: format!("sqlite:{}", file.display()) }, None)];
        if self.postgres {
            let database = databases::postgres();
            places.push((Place { engine: "PostgreSQL", url: database.url.clone() }, Some(database)));
        }
        places
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut asked = Asked::parse();
    let size = if asked.quick {
        Size { open: 2_000, closed: 20_000, long: Duration::from_secs(3), times: 40 }
    } else {
        Size { open: 50_000, closed: 500_000, long: Duration::from_secs(10), times: 300 }
    };
    let _ = std::fs::remove_dir_all(&asked.folder);
    std::fs::create_dir_all(&asked.folder).with_context(|| format!("{} cannot be made", asked.folder.display()))?;
    // The program runs in a folder of its own, so the database's address is a whole path.
    asked.folder = asked.folder.canonicalize()?;
    let folder = asked.folder.clone();
    let mut report = Report::new(machine::describe(&folder), asked.quick);
    if asked.does("triage") {
        triage::measure(&mut report)?;
    }
    let binary = program::build()?;
    if asked.does("disk") {
        disk::measure(&mut report, &folder, size).await?;
    }
    if asked.does("intake") {
        for (place, _kept) in asked.places("intake") {
            intake::measure(&mut report, &place, &binary, &folder, size).await?;
        }
    }
    if asked.does("appointments") {
        appointments::allocation(&mut report);
        for (place, _kept) in asked.places("appointments") {
            appointments::search(&mut report, &place).await?;
        }
    }
    if asked.does("rush") {
        for (place, _kept) in asked.places("rush") {
            rush::measure(&mut report, &place, &binary, &folder).await?;
        }
    }
    if asked.does("desk") || asked.does("pages") {
        for (place, _kept) in asked.places("desk") {
            desk::measure(&mut report, &place, &binary, &folder, size).await?;
        }
    }
    report.size(&binary)?;
    println!("{}", report.markdown());
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
