//! How an item is named and coloured on every page that shows one.

use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};
use portico_domain::{
    booking::age_on,
    triage::{self, Colour, Urgency},
};
use portico_nhs::{uk_date, when_words};
use portico_nhsuk::Tag;

/// The colour's name for style sheets.
pub fn colour_class(urgency: Option<Urgency>) -> &'static str {
    triage::colour(urgency).code()
}

/// The urgency as a tag: its colour in words, then itself.
pub fn urgency_tag(urgency: Option<Urgency>) -> Markup {
    let label = urgency.map_or("Not triaged yet", Urgency::label);
    let colour = triage::colour(urgency);
    let tag = Tag::new(format!("{}: {label}", colour.label()));
    let tag = match colour {
        Colour::Red => tag.red(),
        Colour::Amber => tag.orange(),
        Colour::Green => tag.green(),
    };
    html! { (tag) }
}

/// "born 15 March 1984, 41 years", or nothing.
pub fn born(birth_date: Option<Date>, now: Timestamp) -> String {
    let Some(born) = birth_date else { return "date of birth not known".into() };
    let day = portico_nhs::uk_date_long(born);
    let day = day.split_once(' ').map_or(day.as_str(), |(_, d)| d).to_owned();
    let age = match age_on(born, uk_date(now)) {
        Some(0) => format!("{} months", months(born, uk_date(now))),
        Some(years) => format!("{years} years"),
        None => "not born yet".into(),
    };
    format!("born {day}, {age}")
}

fn months(born: Date, today: Date) -> i32 {
    let whole = (i32::from(today.year()) - i32::from(born.year())) * 12 + i32::from(today.month()) - i32::from(born.month());
    whole - i32::from(today.day() < born.day())
}

/// How long ago, in the largest unit that says enough: "5 min", "3 h", "2 days".
pub fn age(since: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(since).as_secs() / 60;
    match minutes {
        ..=0 => "now".into(),
        1..=99 => format!("{minutes} min"),
        100..=2879 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// The same as people say it after the event: "just now", "5 min ago".
pub fn ago(since: Timestamp, now: Timestamp) -> String {
    match age(since, now).as_str() {
        "now" => "just now".into(),
        age => format!("{age} ago"),
    }
}

/// The due time, marked when it has passed; the mark is in words, not only in colour.
pub fn due(at: Timestamp, now: Timestamp) -> Markup {
    html! {
        @if at < now { span class="app-overdue" { "Overdue: " (when_words(at, now)) } } @else { "by " (when_words(at, now)) }
    }
}
