//! What was measured, against what was aimed at.

use std::{fmt::Write, path::Path, time::Duration};

/// One line of the table.
struct Line {
    what: String,
    measured: String,
    goal: String,
    met: Option<bool>,
}

/// Everything that was measured.
pub struct Report {
    machine: Vec<(&'static str, String)>,
    quick: bool,
    lines: Vec<Line>,
}

/// The times that many answers took.
pub struct Times(Vec<Duration>);

impl Times {
    /// Of these, in any order.
    pub fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// The time within which this share of the answers came, in milliseconds.
    pub fn ms(&self, share: f64) -> f64 {
        let at = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len().max(1)) - 1;
        self.0.get(at).map_or(f64::NAN, |d| d.as_secs_f64() * 1000.0)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl Report {
    /// An empty one.
    pub fn new(machine: Vec<(&'static str, String)>, quick: bool) -> Self {
        Self { machine, quick, lines: Vec::new() }
    }

    /// A figure that nothing is aimed at.
    pub fn note(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.add(what.into(), measured.into(), String::new(), None);
    }

    /// A figure with its goal.
    pub fn goal(&mut self, what: impl Into<String>, measured: impl Into<String>, goal: impl Into<String>, met: bool) {
        self.add(what.into(), measured.into(), goal.into(), Some(met));
    }

    fn add(&mut self, what: String, measured: String, goal: String, met: Option<bool>) {
        eprintln!("{what}: {measured}");
        self.lines.push(Line { what, measured, goal, met });
    }

    /// The size of the program.
    pub fn size(&mut self, binary: &Path) -> anyhow::Result<()> {
        let octets = std::fs::metadata(binary)?.len();
        self.note("Release binary, everything in one file", format!("{:.1} MB", octets as f64 / 1e6));
        Ok(())
    }

    /// The table.
    pub fn markdown(&self) -> String {
        let mut page = String::new();
        if self.quick {
            page.push_str("**A quick run with small numbers: it shows that everything runs, not whether the goals are met.**\n\n");
        }
        page.push_str("| machine | |\n|---|---|\n");
        for (name, value) in &self.machine {
            let _ = writeln!(page, "| {name} | {value} |");
        }
        page.push_str("\n| what | measured | goal | |\n|---|---|---|---|\n");
        for l in &self.lines {
            let met = match l.met {
                Some(true) => "met",
                Some(false) => "**missed**",
                None => "",
            };
            let _ = writeln!(page, "| {} | {} | {} | {met} |", l.what, l.measured, l.goal);
        }
        page
    }
}
