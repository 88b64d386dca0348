//! How long triage takes to read a request on one core, and the memory its content takes.

use std::{
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use portico_domain::triage::Urgency;
use portico_triage::{Engine, Request, wilson};

use crate::report::{Report, Times};

/// Measures them.
pub fn measure(report: &mut Report) -> anyhow::Result<()> {
    let before = resident();
    let began = Instant::now();
    let engine = Engine::new(portico_triage::SHIPPED)?;
    let took = began.elapsed();
    let grown = resident().saturating_sub(before) as f64 / 1e6;
    report.note("Triage: content read at start", format!("{:.0} ms", took.as_secs_f64() * 1000.0));
    report.goal("Triage: memory of the engine and its content", format!("{grown:.1} MB"), "≤ 30 MB", grown <= 30.0);
    let vignettes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../triage/vignettes");
    let mut sources = vec![("our own vignettes", texts(&vignettes.join("open-a.csv"), "text")?)];
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let there = |name: &str| Some(shared.join(name)).filter(|f| f.exists());
    if let Some(file) = there("healthbench_prompts.jsonl") {
        sources.push(("messages from the wild (HealthBench)", prompts(&file)?));
    }
    if let Some(file) = there("primock57_dev.csv") {
        sources.push(("what 29 people said to a GP (PriMock57)", texts(&file, "presenting_complaint")?));
    }
    for (name, texts) in sources {
        let times = read(&engine, &texts);
        report.goal(
            format!("Triage: one request read, {name}"),
            format!("p50 {:.0} µs, p99 {:.2} ms, longest {:.2} ms", times.ms(0.5) * 1000.0, times.ms(0.99), times.ms(1.0)),
            "p50 ≤ 200 µs, p99 ≤ 2 ms, none over 50 ms",
            times.ms(0.5) <= 0.2 && times.ms(0.99) <= 2.0 && times.ms(1.0) <= 50.0,
        );
    }
    if let Some(file) = there("healthbench_prompts.jsonl") {
        report.note("Triage: what is advised on messages from the wild (HealthBench)", shares(&engine, &prompts(&file)?));
    }
    if let Some(file) = there("primock57_dev.csv") {
        let said = judged(&engine, &file, &vignettes.join("primock57-labels.csv"))?;
        report.note("Triage: the opening words of 29 consultations (PriMock57), by the plan in the doctor's note", said);
    }
    Ok(())
}

/// How many texts are an emergency, the same day, and unsure, with 95 % intervals.
fn shares(engine: &Engine, texts: &[String]) -> String {
    let all: Vec<_> = texts.iter().map(|t| engine.advise(&Request::new(t.clone()))).collect();
    let share = |what: &str, counts: &dyn Fn(&portico_triage::Advice) -> bool| {
        let n = all.iter().filter(|a| counts(a)).count();
        let rate = wilson(n, all.len());
        format!("{what} {n} ({:.1} %, {:.1} to {:.1})", rate.share() * 100.0, rate.low * 100.0, rate.high * 100.0)
    };
    format!(
        "{} messages: {}, {}, {}",
        all.len(),
        share("emergency", &|a| a.urgency == Urgency::Emergency),
        share("same day", &|a| a.urgency == Urgency::SameDay),
        share("unsure", &|a| a.unsure)
    )
}

/// The 29 consultations against their labels: emergencies found, and others called one.
fn judged(engine: &Engine, consultations: &Path, labels: &Path) -> anyhow::Result<String> {
    let rows = |file: &Path| -> anyhow::Result<Vec<csv::StringRecord>> {
        Ok(csv::Reader::from_path(file)
            .with_context(|| format!("{} does not open", file.display()))?
            .records()
            .collect::<Result<_, _>>()?)
    };
    let said = rows(consultations)?;
    let (mut found, mut emergencies, mut called, mut others) = (0, 0, 0, 0);
    for label in rows(labels)? {
        let of = said.iter().find(|r| r.get(0) == label.get(0) && r.get(1) == label.get(1)).context("a label without its consultation")?;
        let advised = engine.advise(&Request::new(of.get(2).unwrap_or_default())).urgency == Urgency::Emergency;
        if label.get(2) == Some(Urgency::Emergency.code()) {
            (found, emergencies) = (found + usize::from(advised), emergencies + 1);
        } else {
            (called, others) = (called + usize::from(advised), others + 1);
        }
    }
    Ok(format!("{found} of {emergencies} emergencies found; {called} of {others} others called one"))
}

fn read(engine: &Engine, texts: &[String]) -> Times {
    let one = |text: &String| -> Duration {
        let request = Request::new(text.clone());
        let began = Instant::now();
        black_box(engine.advise(&request));
        began.elapsed()
    };
    // The first round warms the caches and is not counted.
    Times::of((0..4).flat_map(|round| texts.iter().map(one).filter(move |_| round > 0).collect::<Vec<_>>()).collect())
}

fn texts(file: &Path, column: &str) -> anyhow::Result<Vec<String>> {
    let mut reader = csv::Reader::from_path(file).with_context(|| format!("{} does not open", file.display()))?;
    let at = reader.headers()?.iter().position(|h| h == column).with_context(|| format!("no column {column}"))?;
    reader.records().map(|r| Ok(r?.get(at).unwrap_or_default().to_owned())).collect()
}

/// The texts of a file of JSON lines: every string that a line holds under `prompt` or `text`.
fn prompts(file: &Path) -> anyhow::Result<Vec<String>> {
    let mut out = Vec::new();
    for line in fs::read_to_string(file)?.lines() {
        let value: serde_json::Value = serde_json::from_str(line)?;
        out.extend(["text", "prompt"].iter().find_map(|n| value[*n].as_str()).map(str::to_owned));
    }
    Ok(out)
}

/// Octets of this process in memory.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").ok().and_then(|s| s.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
