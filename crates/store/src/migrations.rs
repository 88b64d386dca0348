use jiff::Timestamp;

use crate::{
    StoreError, args,
    engine::{Conn, Engine, EngineKind, schema_words},
};

/// Every migration in order: its name and its text in neutral words.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_front_door", include_str!("../migrations/0001_front_door.sql")),
    ("0002_triage", include_str!("../migrations/0002_triage.sql")),
    ("0003_rule_book", include_str!("../migrations/0003_rule_book.sql")),
    ("0004_desk_index", include_str!("../migrations/0004_desk_index.sql")),
    ("0005_rota", include_str!("../migrations/0005_rota.sql")),
    ("0006_capacity", include_str!("../migrations/0006_capacity.sql")),
    ("0007_contact", include_str!("../migrations/0007_contact.sql")),
    ("0008_files", include_str!("../migrations/0008_files.sql")),
    ("0009_questionnaires", include_str!("../migrations/0009_questionnaires.sql")),
    ("0010_offers", include_str!("../migrations/0010_offers.sql")),
    ("0011_overbooking", include_str!("../migrations/0011_overbooking.sql")),
    ("0012_procedures", include_str!("../migrations/0012_procedures.sql")),
    ("0013_ways_in", include_str!("../migrations/0013_ways_in.sql")),
    ("0014_letters", include_str!("../migrations/0014_letters.sql")),
    ("0015_reply_templates", include_str!("../migrations/0015_reply_templates.sql")),
    ("0016_opening_until", include_str!("../migrations/0016_opening_until.sql")),
    ("0017_practice_details", include_str!("../migrations/0017_practice_details.sql")),
    ("0018_services", include_str!("../migrations/0018_services.sql")),
    ("0019_private_work", include_str!("../migrations/0019_private_work.sql")),
    ("0020_working_hours", include_str!("../migrations/0020_working_hours.sql")),
    ("0021_slot_by_service", include_str!("../migrations/0021_slot_by_service.sql")),
    ("0022_service_before", include_str!("../migrations/0022_service_before.sql")),
    ("0023_baby_dates", include_str!("../migrations/0023_baby_dates.sql")),
    ("0024_final_states", include_str!("../migrations/0024_final_states.sql")),
    ("0025_batch_lines", include_str!("../migrations/0025_batch_lines.sql")),
    ("0026_escalation_contacts", include_str!("../migrations/0026_escalation_contacts.sql")),
    ("0027_by_address", include_str!("../migrations/0027_by_address.sql")),
    ("0028_as_it_was", include_str!("../migrations/0028_as_it_was.sql")),
    ("0029_skill_wanted", include_str!("../migrations/0029_skill_wanted.sql")),
    ("0030_kept_search", include_str!("../migrations/0030_kept_search.sql")),
];

/// A migration's text in the engine's own words, statement by statement.
fn statements(text: &str, kind: EngineKind) -> Vec<String> {
    let without_comments: String =
        text.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code).to_owned() + "\n").collect();
    let worded = schema_words(kind).iter().fold(without_comments, |text, (neutral, own)| text.replace(neutral, own));
    worded.split(';').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect()
}

/// Brings the schema up to date; each migration is one transaction.
pub(crate) async fn run(engine: &Engine, now: Timestamp) -> Result<(), StoreError> {
    let mut conn = engine.writer().await?;
    let kind = conn.kind();
    for statement in statements(
        "CREATE TABLE IF NOT EXISTS schema_migration (name {text} NOT NULL PRIMARY KEY, applied_at {time} NOT NULL) {strict}",
        kind,
    ) {
        conn.script(&statement).await?;
    }
    for (name, text) in MIGRATIONS {
        conn.begin().await?;
        let applied = apply(&mut conn, name, text, now).await;
        if applied.is_ok() {
            conn.commit().await?
        } else {
            conn.roll_back().await?
        }
        applied.map_err(|e| StoreError::Setup(format!("migration {name} failed: {e}")))?;
    }
    Ok(())
}

async fn apply(conn: &mut Conn, name: &str, text: &str, now: Timestamp) -> Result<(), StoreError> {
    if conn.row("SELECT name FROM schema_migration WHERE name = $1", &args![name]).await?.is_some() {
        return Ok(());
    }
    for statement in statements(text, conn.kind()) {
        conn.script(&statement).await?;
    }
    conn.execute("INSERT INTO schema_migration (name, applied_at) VALUES ($1, $2)", &args![name, now]).await?;
    Ok(())
}

/// Every column of every table as the migrations declare it: (table, column, neutral type, may be missing).
pub fn schema_of() -> Vec<(String, String, String, bool)> {
    let mut columns = Vec::new();
    for (_, text) in MIGRATIONS {
        let mut table = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ").or_else(|| line.strip_prefix("ALTER TABLE ")) {
                table = rest.split_whitespace().next().unwrap_or_default().to_owned();
            }
            let mut words = line.split_whitespace();
            if let (Some(column), Some(kind)) = (words.next(), words.next())
                && kind.starts_with('{')
                && column != ")"
            {
                let kind = kind.trim_end_matches([',', ';']).to_owned();
                columns.push((table.clone(), column.to_owned(), kind, !line.contains("NOT NULL")));
            }
        }
    }
    columns
}
