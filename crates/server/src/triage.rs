//! Triage on the command line: reading files of requests, explaining one, comparing advice with labels, checking rules.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::ValueEnum;
use jiff::{Span, Timestamp, civil::Date};
use portico_domain::{
    advice::{Mode, Signature},
    request::Kind,
    triage::Urgency,
};
use portico_duties::{Reading, replay};
use portico_nhs::{OrganisationId, uk_date};
use portico_store::Store;
use portico_triage::{Advice, Content, Engine, Evaluation, Judged, Learning, Rate, Request, RuleText, Status, age_days};
use serde::Serialize;
use serde_json::Value;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One row a request.
    Csv,
    /// One JSON object a line, with every finding and reason.
    Json,
}

/// What a row of a file of requests says.
struct Row {
    id: String,
    request: Request,
    gold: Option<Urgency>,
    trap: String,
}

/// The columns that are understood; all but `text` may be missing.
const COLUMNS: [&str; 10] = ["id", "text", "age", "sex", "pregnant", "known", "channel", "kind", "gold", "trap"];

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(flatten)]
    advice: &'a Advice,
}

/// Reads requests from a CSV file (`-` is standard input) and writes an answer for each. Says how many were read.
/// A row that cannot be read is answered as unsure, never left out.
pub fn read_file(engine: &Engine, file: &Path, format: Format, out: &mut impl Write) -> anyhow::Result<usize> {
    let mut csv_out = csv::Writer::from_writer(Vec::new());
    let mut count = 0;
    if format == Format::Csv {
        csv_out.write_record(["id", "urgency", "colour", "pathway", "findings", "rules", "unsure"])?;
    }
    for_each_row(file, |row, fault| {
        if let Some(fault) = fault {
            eprintln!("row {}: {fault}", row.id);
        }
        let advice = engine.advise(&row.request);
        match format {
            Format::Json => {
                serde_json::to_writer(&mut *out, &Line { id: &row.id, advice: &advice })?;
                out.write_all(b"\n")?;
            }
            Format::Csv => {
                let pathway = advice.pathways.first().map_or("", |p| p.pathway.code());
                let rules = advice.rules.iter().map(|r| r.rule.as_str()).collect::<Vec<_>>().join("; ");
                let unsure = if advice.unsure { "true" } else { "false" };
                csv_out.write_record([
                    &row.id,
                    advice.urgency.code(),
                    advice.colour.code(),
                    pathway,
                    &findings(&advice),
                    &rules,
                    unsure,
                ])?;
                if csv_out.get_ref().len() > 1 << 16 {
                    csv_out.flush()?;
                    let written = std::mem::replace(&mut csv_out, csv::Writer::from_writer(Vec::new())).into_inner()?;
                    out.write_all(&written)?;
                }
            }
        }
        count += 1;
        Ok(())
    })?;
    out.write_all(&csv_out.into_inner()?)?;
    out.flush()?;
    Ok(count)
}

/// `chest-pain: tight chest; fever (denied): fever`.
fn findings(advice: &Advice) -> String {
    let one = |f: &portico_triage::Finding| match f.status {
        Status::Present => format!("{}: {}", f.concept, f.words),
        status => format!("{} ({}): {}", f.concept, status.code(), f.words),
    };
    advice.findings.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn for_each_row(file: &Path, mut each: impl FnMut(Row, Option<String>) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let source: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(fs::File::open(file).with_context(|| format!("{} does not open", file.display()))?)
    };
    let mut source = BufReader::new(source);
    let first = source.fill_buf()?.iter().copied().find(|b| !b.is_ascii_whitespace());
    if matches!(first, Some(b'[' | b'{')) {
        return for_each_object(source, each);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
    let headers = reader.byte_headers()?.clone();
    let name = |h: &[u8]| String::from_utf8_lossy(h).trim().trim_start_matches('\u{feff}').to_lowercase();
    let place = |wanted: &str| headers.iter().position(|h| name(h) == wanted);
    let places = COLUMNS.map(place);
    anyhow::ensure!(
        places[1].is_some(),
        "the file has no column called text; its columns are {}",
        headers.iter().map(name).collect::<Vec<_>>().join(", ")
    );
    let mut record = csv::ByteRecord::new();
    let mut number = 0;
    while reader.read_byte_record(&mut record)? {
        number += 1;
        let get = |column: usize| {
            places[column].and_then(|p| record.get(p)).map(|b| String::from_utf8_lossy(b).trim().to_owned()).unwrap_or_default()
        };
        let (row, fault) = row(number, get);
        each(row, fault)?;
    }
    Ok(())
}

/// Requests as JSON: one list of objects, or an object a line, with the names of the columns.
fn for_each_object(source: impl Read, mut each: impl FnMut(Row, Option<String>) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut number = 0;
    for value in serde_json::Deserializer::from_reader(source).into_iter::<Value>() {
        let objects = match value.context("the file is neither CSV nor JSON")? {
            Value::Array(objects) => objects,
            one => vec![one],
        };
        for object in objects {
            number += 1;
            anyhow::ensure!(object["text"].is_string(), "object {number} has no text");
            let get = |column: usize| match &object[COLUMNS[column]] {
                Value::Null => String::new(),
                Value::String(written) => written.trim().to_owned(),
                Value::Array(several) => several.iter().map(|v| v.as_str().unwrap_or_default()).collect::<Vec<_>>().join("; "),
                other => other.to_string(),
            };
            let (row, fault) = row(number, get);
            each(row, fault)?;
        }
    }
    Ok(())
}

fn row(number: usize, get: impl Fn(usize) -> String) -> (Row, Option<String>) {
    let mut faults = Vec::new();
    let age = match get(2) {
        written if written.is_empty() => None,
        written => age_days(&written).map_err(|e| faults.push(e)).ok(),
    };
    let sex = match get(3).to_lowercase().as_str() {
        "f" | "female" | "woman" | "girl" => Some('f'),
        "m" | "male" | "man" | "boy" => Some('m'),
        _ => None,
    };
    let (pregnant, weeks_pregnant) = said_pregnant(&get(4)).unwrap_or_else(|fault| {
        faults.push(fault);
        (None, None)
    });
    let id = match get(0) {
        id if id.is_empty() => number.to_string(),
        id => id,
    };
    let request = Request {
        text: get(1),
        age_days: age,
        sex,
        pregnant,
        weeks_pregnant,
        known: get(5).split([';', ',', '|']).map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect(),
        administrative: get(7).parse::<Kind>().is_ok_and(|k| k.is_administrative()),
        ..Request::default()
    };
    (Row { id, request, gold: get(8).parse().ok(), trap: get(9) }, faults.into_iter().next())
}

/// What a column `pregnant` says: yes or no, with the completed weeks where they are told: `9 weeks`, `12+3`, `27/40`.
fn said_pregnant(written: &str) -> Result<(Option<bool>, Option<f64>), String> {
    let said = written.trim().to_lowercase();
    let begins = said.find(|c: char| c.is_ascii_digit()).unwrap_or(said.len());
    let ends = said[begins..].find(|c: char| !(c.is_ascii_digit() || c == '.')).map_or(said.len(), |n| begins + n);
    let unit = said[ends..].trim();
    let in_weeks = unit.is_empty() || unit.starts_with('w') || unit.starts_with('+') || unit.starts_with("/40");
    let number = said[begins..ends].parse::<f64>().ok().filter(|_| in_weeks && !said.contains("post"));
    let weeks = number.filter(|w| (2.0..=43.0).contains(w));
    match said.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default() {
        "" | "unknown" | "na" => Ok((None, None)),
        _ if said == "n/a" => Ok((None, None)),
        "no" | "n" | "not" | "false" | "0" => Ok((Some(false), None)),
        "yes" | "y" | "true" | "pregnant" => Ok((Some(true), weeks)),
        "1" if said == "1" => Ok((Some(true), None)),
        _ if weeks.is_some() => Ok((Some(true), weeks)),
        _ => Err(format!("“{written}” is not an answer to pregnant: write yes, no or the weeks, 2 to 43")),
    }
}

/// Which differences from the labels are shown one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Misses {
    /// Emergencies that were missed and emergencies that were made.
    Emergencies,
    /// Every one.
    All,
}

/// Compares advice with the labels of a file (column `gold`, and `trap` for classes); writes the differences asked for.
pub fn judged(engine: &Engine, file: &Path, misses: Option<Misses>, out: &mut impl Write) -> anyhow::Result<Vec<Judged>> {
    let mut all = Vec::new();
    for_each_row(file, |row, _| {
        let Some(gold) = row.gold else {
            anyhow::bail!(
                "row {}: the column gold must hold one of {}",
                row.id,
                Urgency::ALL.iter().map(|u| u.code()).collect::<Vec<_>>().join(", ")
            );
        };
        let advice = engine.advise(&row.request);
        let emergency = (gold == Urgency::Emergency) != (advice.urgency == Urgency::Emergency);
        if misses.is_some_and(|m| emergency || m == Misses::All && gold != advice.urgency) {
            difference_shown(out, &row, gold, &advice)?;
        }
        all.push(Judged { id: row.id, trap: row.trap, gold, advised: advice.urgency, unsure: advice.unsure });
        Ok(())
    })?;
    Ok(all)
}

fn difference_shown(out: &mut impl Write, row: &Row, gold: Urgency, advice: &Advice) -> std::io::Result<()> {
    let unsure = if advice.unsure { ", unsure" } else { "" };
    writeln!(out, "{} [{}] labelled {}, advised {}{unsure}", row.id, row.trap, gold.code(), advice.urgency.code())?;
    writeln!(out, "  {}", row.request.text)?;
    writeln!(out, "  rules: {}", advice.rules.iter().map(|r| r.rule.as_str()).collect::<Vec<_>>().join(" "))?;
    writeln!(out, "  read: {}\n", findings(advice))
}

/// An evaluation as Markdown.
pub fn printed(e: &Evaluation) -> String {
    let rate = |r: Rate| {
        format!("{:.1} % ({} of {}; 95 % interval {:.1} to {:.1})", r.share() * 100.0, r.hits, r.of, r.low * 100.0, r.high * 100.0)
    };
    let mut out = String::from("| | |\n|---|---|\n");
    for (what, r) in [
        ("Emergencies advised as emergencies (sensitivity)", e.sensitivity),
        ("Everything else advised as an emergency", e.false_emergencies),
        ("Routine, self-care and administrative ones advised as an emergency", e.false_emergencies_of_harmless),
        ("Less urgent than the label (under-triage)", e.under),
        ("More urgent than the label (over-triage)", e.over),
        ("As labelled", e.exact),
        ("Unsure: a person reads it now", e.unsure),
    ] {
        out.push_str(&format!("| {what} | {} |\n", rate(r)));
    }
    out.push_str(&format!("| Emergencies advised as self-care or administration | {} |\n\n", e.emergencies_to_self_care));
    out.push_str("Label (rows) and advice (columns):\n\n|");
    for u in Urgency::ALL {
        out.push_str(&format!(" | {}", u.code()));
    }
    out.push_str(&format!(" |\n|---{}|\n", "|---:".repeat(Urgency::ALL.len())));
    for (u, counts) in Urgency::ALL.iter().zip(&e.confusion) {
        out.push_str(&format!("| {} | {} |\n", u.code(), counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" | ")));
    }
    if !e.traps.is_empty() {
        out.push_str("\nWith 95 % intervals in per cent:\n\n| trap | emergencies found | less urgent than the label | more urgent | as labelled |\n|---|---|---|---|---|\n");
        let cell = |r: &Rate| match r.of {
            0 => "none".to_owned(),
            of => format!("{} of {of} ({:.0} to {:.0})", r.hits, r.low * 100.0, r.high * 100.0),
        };
        for (trap, t) in &e.traps {
            out.push_str(&format!("| {trap} | {} | {} | {} | {} |\n", cell(&t.sensitivity), cell(&t.under), cell(&t.over), cell(&t.exact)));
        }
    }
    out
}

/// One text explained for people: what was read, which rules fired, what would change it.
pub fn explained(engine: &Engine, request: &Request) -> String {
    let a = engine.advise(request);
    let mut out =
        format!("{} ({}){}\n", a.urgency.label(), a.colour.label(), if a.unsure { ", unsure: a person reads it now" } else { "" });
    for p in &a.pathways {
        out.push_str(&format!("  to {}: {}\n", p.pathway.label(), p.reason));
    }
    out.push_str("Read:\n");
    for f in &a.findings {
        out.push_str(&format!("  {} ({}): “{}”\n", f.named(), f.status.code(), f.words));
    }
    out.push_str("Rules:\n");
    for r in &a.rules {
        out.push_str(&format!("  {} [{}]: {}\n", r.rule, r.urgency.code(), r.why));
    }
    if !a.questions.is_empty() {
        out.push_str("Would change it:\n");
        for q in &a.questions {
            out.push_str(&format!("  {} → {}\n", q.text, q.would_be.label()));
        }
    }
    out.push_str(&format!("Safety net: {}\nRule set {}\n", a.safety_net, a.version));
    out
}

/// Content in a folder, as the engine takes it.
pub fn content_of(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for sub in ["", "lexicon", "rules"] {
        let Ok(entries) = fs::read_dir(folder.join(sub)) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|e| e == "toml") {
                let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
                files.push((name, fs::read_to_string(&path)?));
            }
        }
    }
    anyhow::ensure!(!files.is_empty(), "{} holds no content", folder.display());
    files.sort();
    Ok(files)
}

/// The files of a folder of content, or the shipped ones.
pub fn files_of(folder: Option<&Path>) -> anyhow::Result<Vec<(String, String)>> {
    match folder {
        None => Ok(portico_triage::SHIPPED.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect()),
        Some(folder) => content_of(folder),
    }
}

/// The engine on a folder's content, whose faults are told on standard error, or on the shipped content.
pub fn engine_of(folder: Option<&Path>) -> anyhow::Result<Engine> {
    if folder.is_none() {
        return Ok(Engine::new(portico_triage::SHIPPED)?);
    }
    let (engine, faults) = lenient(&files_of(folder)?);
    faults.iter().for_each(|f| eprintln!("{f}"));
    Ok(engine)
}

fn lenient(files: &[(String, String)]) -> (Engine, Vec<String>) {
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Engine::lenient(&borrowed)
}

/// Checks content: every fault and every failing case, or those with a word of `only`. The sentence says how much was checked.
pub fn check(files: &[(String, String)], only: &[String]) -> Result<String, String> {
    let (engine, mut faults) = lenient(files);
    faults.extend(engine.failing_cases());
    let c = engine.content();
    let cases: usize = c.rules.iter().map(|r| r.text.cases.len()).sum();
    let said = format!(
        "Rule set {}: {} concepts, {} phrasings, {} rules, {cases} cases",
        c.version,
        c.concepts.len(),
        c.phrasings(),
        c.rules.len()
    );
    if faults.is_empty() {
        return Ok(format!("{said}; all as they should be."));
    }
    let told: Vec<&str> =
        faults.iter().map(String::as_str).filter(|f| only.is_empty() || only.iter().any(|w| f.contains(w.as_str()))).collect();
    Err(format!("{}\n{said}; {} faults and failing cases.", told.join("\n"), faults.len()))
}

/// The weights of words, learnt from labelled messages, as content; how well they do is told on standard error.
pub fn learnt(engine: &Engine, files: &[PathBuf], date: Date) -> anyhow::Result<String> {
    let mut learning = Learning::default();
    learning.add_cases(engine.content());
    learning.add_plain(engine.content());
    for file in files {
        for_each_row(file, |row, _| {
            let gold = row.gold.with_context(|| format!("row {}: no label in the column gold", row.id))?;
            learning.add(engine.content(), &row.request, gold == Urgency::Emergency);
            Ok(())
        })?;
    }
    let tried = learning.tried();
    for at in [0.5, 0.6, 0.7, 0.8, 0.9] {
        let rate = |label: bool| {
            let of: Vec<f64> = tried.iter().filter(|(l, _)| *l == label).map(|(_, s)| *s).collect();
            100.0 * of.iter().filter(|s| **s >= at).count() as f64 / of.len().max(1) as f64
        };
        eprintln!("at {at}: {:.1} % of emergencies not learnt from, {:.1} % of the others", rate(true), rate(false));
    }
    let (bias, weights) = learning.learn();
    let (read, emergencies) = learning.count();
    let review = date.checked_add(Span::new().years(1))?;
    let mut out = format!(
        "# How much words are like those of emergencies: printed by `portico rules learn` over vignettes/, not written by hand.\n\n\
         [wording]\nalarm = 0.8\ndoubt = 0.6\nbias = {bias:.3}\n\
         source = \"{read} labelled messages, {emergencies} of them emergencies, of rules and of crates/triage/vignettes\"\n\
         source_date = \"{date}\"\nowner = \"Clinical safety lead\"\nreview = \"{review}\"\nweights = '''\n"
    );
    weights.iter().for_each(|(weight, part)| out.push_str(&format!("{weight:.2} {part}\n")));
    Ok(out + "'''\n")
}

/// The words of a list of English that spelling repair would take for a word of the lexicon: it must leave them alone.
pub fn protected(mut files: Vec<(String, String)>, words: &str) -> String {
    files.retain(|(name, _)| name != "protected.toml");
    let (engine, _) = lenient(&files);
    let mut kept: Vec<&str> = words
        .lines()
        .filter(|w| w.len() >= 3 && w.bytes().all(|b| b.is_ascii_lowercase()) && engine.content().speller.would_change(w))
        .collect();
    kept.sort_unstable();
    kept.dedup();
    let mut out = String::from(
        "# English words and names that spelling repair would take for a word of the lexicon, and that it leaves alone:\n# portico rules protect british-english-small crates/triage/ordinary-words.txt (the first is a list of Debian).\nprotected = [\n",
    );
    for line in kept.chunks(12) {
        out.push_str(&format!("  {}\n", line.iter().map(|w| format!("\"{w}\",")).collect::<Vec<_>>().join(" ")));
    }
    out + "]\n"
}

/// A signature under the rule set that an organisation uses, from now until the end of `expires`. Says what is wrong with one that may not be.
pub fn signature(
    (now, version): (Timestamp, &str),
    mode: Mode,
    (name, registration): (&str, &str),
    evaluation: &str,
    expires: Date,
) -> anyhow::Result<Signature> {
    let days = expires.duration_since(uk_date(now)).as_hours() / 24;
    anyhow::ensure!((1..=366).contains(&days), "A signature holds for at most a year: choose a date within it.");
    anyhow::ensure!(!name.trim().is_empty() && !registration.trim().is_empty(), "A signature needs a name and a registration number.");
    anyhow::ensure!(evaluation.chars().count() >= 20, "Say which evaluation it rests on, in a sentence or more.");
    Ok(Signature {
        mode,
        version: version.to_owned(),
        name: name.to_owned(),
        registration: registration.to_owned(),
        evaluation: evaluation.to_owned(),
        signed_at: now,
        expires_at: expires.at(23, 59, 0, 0).to_zoned(portico_nhs::london())?.timestamp(),
    })
}

/// The rules in force against others, over the requests of so many months, in words.
pub async fn replayed(store: &Store, organisation: OrganisationId, new: Engine, months: i64) -> anyhow::Result<String> {
    anyhow::ensure!((1..=120).contains(&months), "Choose from 1 to 120 months.");
    let practice = store.practice(organisation).await?;
    let (old, new) = (Reading::of(&practice), Reading::by(new));
    let r = replay(store, organisation, (&old, &new), months).await?;
    let new = new.engine();
    let mut out = format!(
        "{} → {}\n{} requests of the last {months} months{}: {} more urgent, {} less urgent; {} cases of rules fail\n",
        old.engine().version(),
        new.version(),
        r.read,
        if r.cut { " (the newest only)" } else { "" },
        r.up,
        r.down,
        r.failing
    );
    for m in &r.moved {
        out.push_str(&format!("{} {} → {}\n", m.reference, m.from.code(), m.to.code()));
    }
    for (kind, group, up, down, of) in &r.groups {
        out.push_str(&format!("{kind}: {group}: {up} up, {down} down, of {of}\n"));
    }
    r.failures.iter().for_each(|f| out.push_str(&format!("fails: {f}\n")));
    Ok(out)
}

/// What differs between two rule sets: rules, cases, phrasings, markers, other words and weights.
pub fn difference(old: &Engine, new: &Engine) -> String {
    let mut out = format!("{} → {}\n", old.version(), new.version());
    let (before, after) = (old.content(), new.content());
    let find = |content: &Content, id: &str| content.rules.iter().find(|r| r.text.id == id).map(|r| r.text.clone());
    for rule in &after.rules {
        match find(before, &rule.text.id) {
            None => out.push_str(&format!("new      {} [{}]\n", rule.text.id, rule.text.urgency.code())),
            Some(was) => rule_difference(&was, &rule.text, &mut out),
        }
    }
    for rule in before.rules.iter().filter(|r| find(after, &r.text.id).is_none()) {
        out.push_str(&format!("gone     {} [{}]\n", rule.text.id, rule.text.urgency.code()));
    }
    let none = Vec::new();
    let ids: BTreeSet<&str> = before.concepts.iter().chain(&after.concepts).map(|c| c.id.as_str()).collect();
    for id in ids {
        let of = |content: &'_ Content| content.concept(id).map(|c| content.concepts[c].clone());
        match (of(before), of(after)) {
            (None, Some(_)) => out.push_str(&format!("concept  {id}: new\n")),
            (Some(_), None) => out.push_str(&format!("concept  {id}: gone\n")),
            (Some(a), Some(b)) if (a.kind, &a.is, a.alone, &a.ask) != (b.kind, &b.is, b.alone, &b.ask) => {
                out.push_str(&format!("concept  {id}: its kind, what it is, its urgency alone or its question\n"));
            }
            _ => {}
        }
        let phrases = |content: &Content| content.concept(id).map_or(none.clone(), |c| content.concepts[c].phrases.clone());
        lines_difference(&format!("phrase   {id}: "), &phrases(before), &phrases(after), &mut out);
    }
    let markers = |content: &Content| content.marker_texts.iter().map(|m| format!("{m:?}")).collect::<Vec<_>>();
    lines_difference("marker   ", &markers(before), &markers(after), &mut out);
    let (was, is) = (before.wording.about(), after.wording.about());
    if (was.alarm, was.doubt, was.bias) != (is.alarm, is.doubt, is.bias) {
        out.push_str("weights  when the words together raise or are doubtful\n");
    }
    let weights = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    lines_difference("weight   ", &weights(&was.weights), &weights(&is.weights), &mut out);
    if out.lines().count() == 1 && old.version() != new.version() {
        out.push_str("Only sources, owners, review dates, spellings, lighter weights, other words or the engine differ.\n");
    }
    out
}

fn rule_difference(was: &RuleText, is: &RuleText, out: &mut String) {
    let id = &is.id;
    if was.urgency != is.urgency {
        out.push_str(&format!("urgency  {id} {} → {}\n", was.urgency.code(), is.urgency.code()));
    }
    if was.pathways != is.pathways {
        let named = |r: &RuleText| r.pathways.iter().map(|p| p.code()).collect::<Vec<_>>().join(", ");
        out.push_str(&format!("pathways {id} {} → {}\n", named(was), named(is)));
    }
    for (what, a, b) in [
        ("when    ", &was.when, &is.when),
        ("title   ", &was.title, &is.title),
        ("tell    ", &was.tell, &is.tell),
        ("why     ", &was.why, &is.why),
        ("net     ", &was.safety_net, &is.safety_net),
    ] {
        if a != b {
            out.push_str(&format!("{what} {id}\n  - {a}\n  + {b}\n"));
        }
    }
    let cases = |r: &RuleText| r.cases.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>();
    lines_difference(&format!("case     {id}: "), &cases(was), &cases(is), out);
}

/// What is in one list and not in the other.
fn lines_difference(what: &str, before: &[String], after: &[String], out: &mut String) {
    let (was, is): (BTreeSet<&String>, BTreeSet<&String>) = (before.iter().collect(), after.iter().collect());
    was.difference(&is).for_each(|line| out.push_str(&format!("{what}- {line}\n")));
    is.difference(&was).for_each(|line| out.push_str(&format!("{what}+ {line}\n")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pregnancy_is_told_in_any_usual_form() {
        for (written, read) in [
            ("", (None, None)),
            ("n/a", (None, None)),
            ("No", (Some(false), None)),
            ("not pregnant", (Some(false), None)),
            ("yes", (Some(true), None)),
            ("1", (Some(true), None)),
            ("9 weeks", (Some(true), Some(9.0))),
            ("yes, 20 weeks", (Some(true), Some(20.0))),
            ("12+3", (Some(true), Some(12.0))),
            ("27/40", (Some(true), Some(27.0))),
        ] {
            assert_eq!(said_pregnant(written), Ok(read), "{written}");
        }
        for unclear in ["perhaps", "6 weeks postpartum", "3 months", "2nd trimester", "13/07/2026"] {
            assert!(said_pregnant(unclear).is_err(), "{unclear}");
        }
    }
}
