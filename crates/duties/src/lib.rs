//! Every duty the product serves: one folder a duty with its line of the job, help, words, rules and pages.
//!
//! A duty of a known shape is one folder and one line in the list below.

pub mod duties;
mod help;
mod item_words;
mod reading;
mod week;
mod words;

use std::sync::OnceLock;

use serde::Deserialize;

pub use duties::assess_requests::emergency::{EmergencyCard, card};
pub use duties::recognise_risk::replay::replay;
pub use reading::Reading;
pub use words::Templates;

/// A duty as its folder declares it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Its id in the list of duties.
    pub id: String,
    /// Short.
    pub title: String,
    /// The line of the job that it serves.
    pub line: String,
    /// How its work arrives.
    pub way_in: String,
    /// The pages that serve it.
    pub pages: Vec<String>,
    /// The story test named for it.
    pub story: String,
    /// Its folder.
    #[serde(skip)]
    pub slug: &'static str,
    /// Its help page, Markdown.
    #[serde(skip)]
    pub help: &'static str,
}

macro_rules! duties {
    ($($slug:ident)+) => {
        const DECLARED: &[(&str, &str, &str)] = &[$((
            stringify!($slug),
            include_str!(concat!("duties/", stringify!($slug), "/duty.toml")),
            include_str!(concat!("duties/", stringify!($slug), "/help.md")),
        )),+];
    };
}

duties! {
    assess_requests
    allocate
    advise_availability
    book
    message_patient
    ask_more
    update_record
    same_day
    escalate
    carry_messages
    cover_absence
    allocate_slots
    clinic_changes
    clinic_templates
    confidentiality
    duty_tasks
    triage_change
    sign_off
    next_steps
    case_history
    recognise_risk
    plan_capacity
    online_limits
    choose_online
    safe_contact
    write_to_many
    named_contact
    coil_clinics
    practice_email
    draft_letters
    other_ways
    follow_up
    clear_answers
    holiday_limits
    bottlenecks
    home_visits
    flu_clinics
    flu_visits
    measurements
    private_work
}

/// Every duty, in the order of the list; panics never: a folder that does not read is left out and a test says so.
pub fn all() -> &'static [Duty] {
    static ALL: OnceLock<Vec<Duty>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read =
            |(slug, text, help): &(&'static str, &str, &'static str)| toml::from_str::<Duty>(text).map(|d| Duty { slug, help, ..d }).ok();
        DECLARED.iter().filter_map(read).collect()
    })
}

/// How many duties are declared, whether or not they read.
pub fn declared() -> usize {
    DECLARED.len()
}

/// The printed list of duties.
pub fn printed() -> String {
    let mut page = String::from(
        "# Duties\n\nPrinted from the code's own list by `cargo xtask docs`; do not edit.\n\n| id | duty | the line of the job | pages | story test |\n|---|---|---|---|---|\n",
    );
    for d in all() {
        let pages = d.pages.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(" ");
        page.push_str(&format!(
            "| {} | [{}](../crates/duties/src/duties/{}/help.md) | {} | {} | `{}` |\n",
            d.id, d.title, d.slug, d.line, pages, d.story
        ));
    }
    page
}

/// The printed table of routes and who may use them.
pub fn printed_routes(routes: &portico_web::Routes) -> String {
    let mut lines: Vec<String> =
        routes.declared().iter().map(|r| format!("| {} | `{}` | {} |", r.method, r.path, r.access.words())).collect();
    lines.sort_by_key(|l| l.split('`').nth(1).map(str::to_owned));
    format!("| method | route | who |\n|---|---|---|\n{}\n", lines.join("\n"))
}

/// Every duty's pages.
pub fn routes() -> portico_web::Routes {
    duties::assess_requests::routes()
        .and(duties::next_steps::routes())
        .and(duties::allocate::routes())
        .and(duties::triage_change::routes())
        .and(duties::book::routes())
        .and(duties::ask_more::routes())
        .and(duties::named_contact::routes())
        .and(duties::clear_answers::routes())
        .and(duties::draft_letters::routes())
        .and(duties::private_work::routes())
        .and(duties::update_record::routes())
        .and(duties::case_history::routes())
        .and(duties::same_day::routes())
        .and(duties::cover_absence::routes())
        .and(duties::allocate_slots::routes())
        .and(duties::clinic_changes::routes())
        .and(duties::clinic_templates::routes())
        .and(duties::recognise_risk::routes())
        .and(duties::plan_capacity::routes())
        .and(duties::online_limits::routes())
        .and(duties::write_to_many::routes())
        .and(help::routes())
}
