//! The desk of a practice with many years behind it: how fast its pages come, how fast the program starts, what memory it takes.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use portico_domain::{request::Kind, triage::Urgency, work_item::NextAction};
use portico_nhs::Reference;
use portico_store::{
    Value,
    queries::{patient, search},
};
use uuid::{NoContext, Uuid};

use crate::{
    Place, Size,
    client::Browser,
    data, practice,
    practice::Practice,
    program::Program,
    report::{Report, Times},
    weight,
};

/// Items in one commit.
const ROWS: usize = 2000;
/// Parameters in one statement: SQLite reads a longer list of places slowly.
const PARAMETERS: usize = 1200;

/// Makes the data, then measures.
pub async fn measure(report: &mut Report, place: &Place, binary: &Path, folder: &Path, size: Size) -> anyhow::Result<()> {
    let engine = place.engine;
    let began = Instant::now();
    let practice = practice::make(&place.url).await?;
    fill(&practice, size).await?;
    practice.store.analyse().await?;
    practice.store.close().await;
    eprintln!("{engine}: {} open and {} closed items made in {:.0} s", size.open, size.closed, began.elapsed().as_secs_f64());

    let mut starts = Vec::new();
    for _ in 0..5 {
        let program = Program::start(binary, &place.url, folder).await?;
        starts.push(program.started_in);
        program.stop()?;
    }
    let starts = Times::of(starts);
    report.goal(
        format!("{engine}: start to the first answer on that database, median and slowest of 5"),
        format!("{:.0} ms, {:.0} ms", starts.ms(0.5), starts.ms(1.0)),
        "≤ 1 s",
        starts.ms(1.0) <= 1000.0,
    );

    let program = Program::start(binary, &place.url, folder).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (idle, _) = program.memory()?;
    report.goal(format!("{engine}: idle memory (RSS) on that database"), format!("{idle:.0} MB"), "≤ 100 MB", idle <= 100.0);
    pages(report, engine, &program, size).await?;
    let (after, most) = program.memory()?;
    report.note(format!("{engine}: memory (RSS) after all those pages, and at its highest"), format!("{after:.0} MB, {most:.0} MB"));
    if engine == "SQLite" {
        weight::measure(report, &program).await?;
    }
    program.stop()
}

/// Opens every list of the desk many times and says how long the answers took.
async fn pages(report: &mut Report, engine: &str, program: &Program, size: Size) -> anyhow::Result<()> {
    let mut browser = Browser::new(program.address);
    practice::sign_in(&mut browser).await?;
    let first = browser.get("/desk").await?.text();
    let after = |mark: &str| first.split_once(mark).and_then(|(_, after)| after.split(['"', '<']).next()).unwrap_or_default().to_owned();
    let item = after("href=\"/items/");
    let reference = first.split('>').filter_map(|a| a.split('<').next()).find(|t| t.find('-') == Some(4) && t.parse::<Reference>().is_ok());
    let next_page = after("href=\"/desk?after=");
    anyhow::ensure!(!item.is_empty() && !next_page.is_empty() && reference.is_some(), "the desk shows no items:\n{first}");
    let lists = [
        ("all open", "/desk".to_owned()),
        ("the next 50", format!("/desk?after={next_page}")),
        ("mine", "/desk?show=mine".to_owned()),
        ("my team", "/desk?show=team".to_owned()),
        ("overdue", "/desk?show=overdue".to_owned()),
        ("unassigned", "/desk?show=unassigned".to_owned()),
        ("waiting for patient", "/desk?show=patient".to_owned()),
        ("one kind", "/desk?kind=medicine".to_owned()),
        ("one urgency", "/desk?urgency=routine".to_owned()),
        ("search: a common name", "/desk?q=smith".to_owned()),
        ("search: two names", "/desk?q=priya+patel".to_owned()),
        ("search: a reference", format!("/desk?q={}", reference.unwrap_or_default())),
    ];
    browser.accept_encoding = "gzip, br";
    for (name, path) in &lists {
        let times = opened(&mut browser, path, size.times).await?;
        report.goal(
            format!("{engine}: desk page with {} open and {} closed items, {name}", size.open, size.closed),
            format!("p50 {:.1} ms, p95 {:.1} ms", times.ms(0.5), times.ms(0.95)),
            "p95 ≤ 30 ms",
            times.ms(0.95) <= 30.0,
        );
    }
    for (name, path) in
        [("duty screen", "/duty".to_owned()), ("one item", format!("/items/{item}")), ("patient's first page", "/".to_owned())]
    {
        let times = opened(&mut browser, &path, size.times).await?;
        report.note(format!("{engine}: {name}"), format!("p50 {:.1} ms, p95 {:.1} ms", times.ms(0.5), times.ms(0.95)));
    }
    Ok(())
}

async fn opened(browser: &mut Browser, path: &str, times: usize) -> anyhow::Result<Times> {
    let mut all = Vec::with_capacity(times);
    for n in 0..times + 5 {
        let one = Instant::now();
        let answer = browser.get(path).await?;
        anyhow::ensure!(answer.status == 200, "{path} answered {}", answer.status);
        // The first few warm the caches of the connection, as the first pages of a morning do.
        if n >= 5 {
            all.push(one.elapsed());
        }
    }
    Ok(Times::of(all))
}

/// One item's values, spread over three tables.
struct Row {
    id: Uuid,
    item: Vec<Value>,
    details: String,
    tokens: Vec<String>,
}

/// Fills the tables that the desk reads, with as few statements as may be. The audit log stays as it is: pages of the desk do not read it.
async fn fill(practice: &Practice, size: Size) -> anyhow::Result<()> {
    let mut rows = Vec::with_capacity(ROWS);
    for n in 0..size.open + size.closed {
        rows.push(row(practice, n as u64, n >= size.closed, size));
        if rows.len() == ROWS {
            write(practice, std::mem::take(&mut rows)).await?;
        }
    }
    write(practice, rows).await
}

/// The oldest are closed and lie up to two years back; the open ones came within two weeks.
fn row(practice: &Practice, n: u64, open: bool, size: Size) -> Row {
    let now = practice.store.now();
    let back = if open {
        (size.open + size.closed - n as usize) as f64 / size.open as f64 * 14.0 * 86_400.0
    } else {
        (14.0 + (size.closed - n as usize) as f64 / size.closed as f64 * 716.0) * 86_400.0
    };
    let received = now - jiff::SignedDuration::from_secs(back as i64);
    let at = uuid::Timestamp::from_unix(NoContext, received.as_second().unsigned_abs(), (n % 1_000_000_000) as u32);
    let id = Uuid::new_v7(at);
    // Multiplying by an odd number keeps references apart; random ones would meet among half a million.
    let reference = Reference::from_random(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let request = data::request(n.wrapping_mul(2_654_435_761) % 30_000);
    let person = &request.person;
    let kind = Kind::ASKED[(n % 8) as usize];
    let urgency = match n % 50 {
        0 => Some(Urgency::Emergency),
        1..10 => Some(Urgency::SameDay),
        10..20 => Some(Urgency::Soon),
        20..35 => Some(Urgency::Routine),
        35..38 => Some(Urgency::Administrative),
        _ => None,
    };
    let team = practice.teams[(n % practice.teams.len() as u64) as usize].id;
    let staff = (!n.is_multiple_of(5)).then(|| practice.staff[(n / 5 % practice.staff.len() as u64) as usize].id);
    let waiting = match n % 12 {
        0 => "patient",
        1 => "appointment",
        _ => "practice",
    };
    let action = if urgency.is_none() { NextAction::Triage } else { NextAction::Answer };
    // What a patient has been asked is not late, or the program would be busy with chasing them.
    let from = if waiting == "patient" { now } else { received };
    let due = from + jiff::SignedDuration::from_hours(2 + (n % 400) as i64);
    let summary: String = request.words.chars().take(140).collect();
    let mut item: Vec<Value> = portico_store::args![
        practice.organisation,
        id,
        reference.compact(),
        kind.code(),
        "online",
        Value::Null,
        person.name(),
        patient::person_key(&person.given, &person.family, person.birth_date),
        person.birth_date,
        summary,
        received,
        received + jiff::SignedDuration::from_hours(24),
        urgency == Some(Urgency::Emergency),
        Value::Null,
        Value::Null,
        3i64,
        urgency.map(Urgency::code),
        urgency.map(|_| "gp"),
        open,
        i64::from(urgency != Some(Urgency::Emergency))
    ]
    .to_vec();
    if open {
        item.extend(portico_store::args![waiting, team, staff, action.code(), due]);
        item.push(if waiting == "patient" { received.into() } else { Value::Null });
        item.push(if waiting == "appointment" { id.into() } else { Value::Null });
        item.push(if waiting == "appointment" { due.into() } else { Value::Null });
    } else {
        item.extend(std::iter::repeat_n(Value::Null, 8));
    }
    item.extend([Value::Null, true.into()]);
    item.extend(if open { [Value::Null, Value::Null] } else { [due.into(), "advice".into()] });
    let mut tokens = search::tokens_of(person);
    tokens.push(search::fold(reference.compact()));
    Row { id, item, details: serde_json::to_string(&request).unwrap_or_default(), tokens }
}

const ITEM: &str = "INSERT INTO work_item (organisation_id, id, reference, kind, door, patient_id, person_name, person_key, birth_date, summary, received_at, promised_by, \
     was_red, earlier_id, about_id, version, urgency, pathway, is_open, list_rank, waiting_for, owner_team, owner_staff, action, due_at, asked_at, \
     booking_id, booking_starts, proposal, earlier_read, closed_at, outcome) VALUES ";
const REQUEST: &str = "INSERT INTO request (organisation_id, item_id, details) VALUES ";
const TOKEN: &str = "INSERT INTO search_token (organisation_id, token, subject, subject_id) VALUES ";

/// The places of the parameters of many rows.
fn places(rows: usize, columns: usize) -> String {
    let row = |n: usize| format!("({})", (1..=columns).map(|c| format!("${}", n * columns + c)).collect::<Vec<_>>().join(","));
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

async fn write(practice: &Practice, rows: Vec<Row>) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let organisation: Value = practice.organisation.into();
    let items: Vec<Value> = rows.iter().flat_map(|r| r.item.iter().cloned()).collect();
    let requests: Vec<Value> = rows.iter().flat_map(|r| [organisation.clone(), r.id.into(), (&r.details).into()]).collect();
    let token =
        |r: &Row| r.tokens.iter().flat_map(|t| [organisation.clone(), t.into(), "item".into(), r.id.into()]).collect::<Vec<Value>>();
    let tokens: Vec<Value> = rows.iter().flat_map(token).collect();
    let mut statements = Vec::new();
    for (sql, values, columns) in [(ITEM, items, 32), (REQUEST, requests, 3), (TOKEN, tokens, 4)] {
        for part in values.chunks(PARAMETERS / columns * columns) {
            statements.push((format!("{sql}{}", places(part.len() / columns, columns)), part.to_vec()));
        }
    }
    let statements = Arc::new(statements);
    practice
        .store
        .write(
            practice.organisation,
            None,
            portico_store::work!(tx, [statements] => {
                for (sql, values) in statements.iter() {
                    tx.conn().execute(sql, values).await?;
                }
                Ok(())
            }),
        )
        .await?;
    Ok(())
}
