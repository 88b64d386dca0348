//! Importing requests from CSV or JSON lines: dry run, an error for each bad row, safe to run twice, progress shown.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, bail};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use portico_domain::{
    request::{Contact, Door, ForWhom, Kind, Person, Request, TEXT_MAX},
    staff::Actor,
};
use portico_store::{Failure, Store, hash_of, work, work::Practice};

/// The fields that a row may have; `text` alone is needed.
pub const FIELDS: &[&str] = &[
    "text",
    "id",
    "given",
    "family",
    "birth_date",
    "postcode",
    "nhs_number",
    "phone",
    "email",
    "kind",
    "channel",
    "received_at",
    "duration",
    "tried",
    "wish",
];
/// Rows in work at once; the store groups them into shared commits.
const AT_ONCE: usize = 64;
/// Rows between two lines of progress.
const PROGRESS: usize = 500;

/// What came of an import.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows read.
    pub rows: usize,
    /// Rows that are on the desk now, or would be.
    pub taken: usize,
    /// Rows with something wrong: the row's number and the sentence.
    pub wrong: Vec<(usize, String)>,
}

/// A row: its number and its fields by our names.
pub type Fields = BTreeMap<String, String>;

/// Reads `ours=theirs` mappings; a field that we do not know is refused with the list of those we do.
pub fn mapping(given: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    given
        .iter()
        .map(|pair| {
            let (ours, theirs) = pair.split_once('=').with_context(|| format!("write --map OURS=THEIRS, not {pair:?}"))?;
            if !FIELDS.contains(&ours) {
                bail!("{ours:?} is not a field; the fields are: {}", FIELDS.join(", "));
            }
            Ok((ours.to_owned(), theirs.to_owned()))
        })
        .collect()
}

/// Reads a file of CSV (by its header) or JSON lines (by its first character or ending); every row is kept, good or bad.
pub fn read(path: &Path, map: &BTreeMap<String, String>) -> anyhow::Result<Vec<(usize, Result<Fields, String>)>> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    if bytes.contains(&0) {
        bail!("{} is not a text file. Import CSV or JSON lines.", path.display());
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let json = path.extension().is_some_and(|e| e == "jsonl" || e == "ndjson") || text.trim_start().starts_with('{');
    let rows = if json { json_lines(text) } else { csv_rows(text)? };
    let theirs = |ours: &str| map.get(ours).map_or(ours, String::as_str).to_owned();
    if let Some((_, Ok(first))) = rows.iter().find(|(_, r)| r.is_ok())
        && !first.contains_key(&theirs("text"))
    {
        let columns = first.keys().cloned().collect::<Vec<_>>().join(", ");
        bail!("there is no column {:?}; the columns are: {columns}. Say which one holds the words: --map text=COLUMN", theirs("text"));
    }
    let ours = |row: Fields| FIELDS.iter().filter_map(|f| row.get(&theirs(f)).map(|v| ((*f).to_owned(), v.clone()))).collect();
    Ok(rows.into_iter().map(|(n, row)| (n, row.map(ours))).collect())
}

fn csv_rows(text: &str) -> anyhow::Result<Vec<(usize, Result<Fields, String>)>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().context("the first line must name the columns")?.clone();
    let row_of = |record: Result<csv::StringRecord, csv::Error>| match record {
        Ok(r) if r.len() == headers.len() => Ok(headers.iter().map(str::to_owned).zip(r.iter().map(str::to_owned)).collect()),
        Ok(r) => Err(format!("has {} columns, the header has {}", r.len(), headers.len())),
        Err(error) => Err(error.to_string()),
    };
    Ok(reader.records().enumerate().map(|(n, record)| (n + 2, row_of(record))).collect())
}

fn json_lines(text: &str) -> Vec<(usize, Result<Fields, String>)> {
    let plain = |v: serde_json::Value| match v {
        serde_json::Value::String(s) => s,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| {
            let row =
                serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).map_err(|e| format!("is not a JSON object: {e}"));
            (n + 1, row.map(|o| o.into_iter().map(|(k, v)| (k, plain(v))).collect()))
        })
        .collect()
}

fn optional<T: std::str::FromStr<Err: std::fmt::Display>>(row: &Fields, field: &str) -> Result<Option<T>, String> {
    match row.get(field).map(|v| v.trim()).filter(|v| !v.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|e| format!("{field}: {e}")),
    }
}

/// A row as a request, or the sentence that says what is wrong with it.
fn request_of(row: &Fields, now: Timestamp) -> Result<work::Intake, String> {
    let text = |field: &str| row.get(field).map_or("", |v| v.trim()).to_owned();
    let words = text("text");
    if words.is_empty() {
        return Err("text: is empty".into());
    }
    if words.chars().count() > TEXT_MAX {
        return Err(format!("text: is longer than {TEXT_MAX} characters"));
    }
    let person = Person {
        given: text("given"),
        family: text("family"),
        birth_date: optional(row, "birth_date")?,
        postcode: optional(row, "postcode")?,
        nhs_number: optional(row, "nhs_number")?,
        phone: optional(row, "phone")?,
        email: Some(text("email")).filter(|e| !e.is_empty()),
        address: Vec::new(),
    };
    let kind = optional::<Kind>(row, "kind")?.unwrap_or(Kind::SomethingElse);
    if !Kind::ASKED.contains(&kind) {
        return Err(format!("kind: {:?} is not something that people ask for", kind.code()));
    }
    let received_at = optional::<Timestamp>(row, "received_at")?;
    if received_at.is_some_and(|at| at > now) {
        return Err("received_at: is in the future".into());
    }
    if person.given.chars().count() > 100 || person.family.chars().count() > 100 {
        return Err("given, family: a name has at most 100 characters".into());
    }
    let request = Request {
        for_whom: ForWhom::Myself,
        person,
        words,
        duration: text("duration"),
        tried: text("tried"),
        wish: text("wish"),
        contact: Contact::default(),
        ..Request::default()
    };
    Ok(work::Intake {
        received_at,
        ..work::Intake::new(kind, optional(row, "channel")?.unwrap_or(Door::Online), request, Actor::System { job: "Import".into() })
    })
}

/// The key that makes a row be taken once: its own id with everything in it, else everything in it and its place among
/// equal rows, so that neither reused ids nor rows that move lose or double anything.
fn key_of(row: &Fields, seen: &mut HashMap<String, u32>) -> String {
    let all: String = row.iter().map(|(k, v)| format!("{k}\u{1f}{v}\u{1e}")).collect();
    let content = hex(&hash_of(&all));
    if row.get("id").is_some_and(|id| !id.trim().is_empty()) {
        return format!("import id {content}");
    }
    let place = seen.entry(content.clone()).or_default();
    *place += 1;
    format!("import row {content} {place}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Takes every good row in and reports every bad one. A dry run checks and writes nothing.
pub async fn run(
    store: &Store,
    practice: Arc<Practice>,
    rows: Vec<(usize, Result<Fields, String>)>,
    dry_run: bool,
    progress: impl Fn(usize, usize),
) -> anyhow::Result<Report> {
    let mut report = Report { rows: rows.len(), ..Report::default() };
    let mut good = Vec::new();
    let mut seen = HashMap::new();
    let now = store.now();
    for (number, row) in rows {
        match row.and_then(|row| request_of(&row, now).map(|intake| (key_of(&row, &mut seen), intake))) {
            Ok((key, intake)) => good.push((number, key, intake)),
            Err(why) => report.wrong.push((number, why)),
        }
    }
    if dry_run {
        report.taken = good.len();
        return Ok(report);
    }
    let organisation = practice.organisation.id;
    let mut taking = stream::iter(good)
        .map(|(number, key, intake)| {
            let practice = practice.clone();
            async move {
                (
                    number,
                    store
                        .write(organisation, Some(&key), work!(tx, [practice, intake] => work::receive(tx, &practice, &intake).await))
                        .await,
                )
            }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((number, taken)) = taking.next().await {
        match taken {
            Ok(_) => report.taken += 1,
            Err(Failure::Refused(why)) => report.wrong.push((number, why)),
            Err(error) => bail!(
                "stopped at row {number}: {error}. Every row before it that was counted is kept; run the same command again to go on."
            ),
        }
        if report.taken.is_multiple_of(PROGRESS) {
            progress(report.taken, report.rows);
        }
    }
    report.wrong.sort();
    Ok(report)
}
