//! Hours of a week in a form: from and until for each day, and what was typed read back.

use jiff::civil::{Time, Weekday};
use maud::{Markup, html};
use portico_nhsuk::Input;
use portico_web::Form;

/// The days of a week in order, with their names.
pub const DAYS: [(&str, Weekday); 7] = [
    ("Monday", Weekday::Monday),
    ("Tuesday", Weekday::Tuesday),
    ("Wednesday", Weekday::Wednesday),
    ("Thursday", Weekday::Thursday),
    ("Friday", Weekday::Friday),
    ("Saturday", Weekday::Saturday),
    ("Sunday", Weekday::Sunday),
];

pub use portico_domain::opening::Week;

/// Two fields a day, whose names begin with a prefix: what was typed, or what is known while nothing has been.
pub fn fields(form: &Form, prefix: &str, known: &Week) -> Markup {
    let fresh = form.fields().is_empty();
    let value = |name: String, known: Option<Time>| {
        if fresh { known.map(|t| t.strftime("%H:%M").to_string()).unwrap_or_default() } else { form.raw(&name).to_owned() }
    };
    html! {
        @for (n, (day, _)) in DAYS.iter().enumerate() {
            div class="app-actions" {
                (Input::new(format!("{prefix}from-{n}"), format!("{day} from")).input_type("time").value(value(format!("{prefix}from-{n}"), known[n].map(|h| h.0))))
                (Input::new(format!("{prefix}to-{n}"), format!("{day} until")).input_type("time").value(value(format!("{prefix}to-{n}"), known[n].map(|h| h.1))))
            }
        }
    }
}

/// What was typed, with a sentence for each day that does not read.
pub fn read(form: &Form, prefix: &str) -> (Week, Vec<String>) {
    let (mut week, mut faults) = ([None; 7], Vec::new());
    for (n, (day, _)) in DAYS.iter().enumerate() {
        let (from, to) = (form.get(&format!("{prefix}from-{n}")), form.get(&format!("{prefix}to-{n}")));
        week[n] = match (from.parse::<Time>(), to.parse::<Time>()) {
            (Ok(from), Ok(to)) => Some((from, to)),
            _ if from.is_empty() && to.is_empty() => None,
            _ => {
                faults.push(format!("{day}: enter both times, like 07:00 and 20:00, or leave both empty."));
                None
            }
        };
    }
    (week, faults)
}
