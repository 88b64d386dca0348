//! The two sites' layouts: patients' and staff's.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use portico_domain::access::{Action, allowed};
use portico_nhsuk::{BackLink, Footer, Header, SkipLink};

use crate::{PatientVisit, StaffVisit, asset_path};

/// The parts of a page that differ between the sites.
struct Parts {
    title: String,
    header: Header,
    demonstration: bool,
    back: Option<String>,
    staff: bool,
    /// What every staff page says of triage advice.
    advice: Option<String>,
    main: Markup,
}

fn document(parts: Parts) -> Markup {
    let Parts { title, header, demonstration, back, staff, advice, main } = parts;
    html! {
        (DOCTYPE)
        html lang="en-GB" class="nhsuk-template" {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(asset_path("style.css"));
                script type="module" src=(asset_path("portico.js")) {}
            }
            body class=(if staff { "nhsuk-template__body app-staff" } else { "nhsuk-template__body" }) {
                (SkipLink::new("#maincontent", "Skip to main content"))
                (header)
                @if demonstration {
                    aside class="app-demo" aria-label="Demonstration" { p { "Demonstration: everybody here is made up. Do not use it to ask for help. In an emergency call 999." } }
                }
                @if let Some(advice) = advice { aside class="app-mode" aria-label="Triage advice" { p class="nhsuk-width-container" { a href="/triage" { "Triage advice" } ": " (advice) } } }
                div class="nhsuk-width-container" {
                    @if let Some(back) = back { nav aria-label="Back" { (BackLink::new(back)) } }
                    main class="nhsuk-main-wrapper" id="maincontent" tabindex="-1" { (main) }
                }
                (Footer::new().link("/help/accessibility", "Accessibility").link("/help/privacy", "Your information"))
            }
        }
    }
}

/// A page that needs no visit: errors.
pub(crate) fn bare(title: &str, practice: &str, main: Markup) -> Markup {
    let service = if practice.is_empty() { "Portico" } else { practice };
    let title = format!("{title} – {service}");
    document(Parts { title, header: Header::new(service, "/"), demonstration: false, back: None, staff: false, advice: None, main })
}

/// A patient's page. The title names no patient.
pub fn patient(visit: &PatientVisit, title: &str, back: Option<&str>, main: Markup) -> Markup {
    let o = &visit.practice.organisation;
    let mut header = Header::new(o.name.as_str(), "/");
    if visit.app.config.logo.is_some() {
        header = header.logo_image("/logo.svg", o.name.as_str());
    }
    let title = format!("{title} – {}", o.name);
    document(Parts { title, header, demonstration: o.demonstration, back: back.map(str::to_owned), staff: false, advice: None, main })
}

/// A staff page, with the work of one's role in its navigation. The title names no patient.
pub fn staff(visit: &StaffVisit, title: &str, here: &str, main: Markup) -> Markup {
    let o = &visit.practice.organisation;
    let role = visit.me.staff.role;
    let links: [(&str, &str, Action); 9] = [
        ("/desk", "Desk", Action::ReadDesk),
        ("/duty", "Duty", Action::ReadDuty),
        ("/day", "Appointments", Action::ReadRota),
        ("/front-desk", "New request", Action::EnterRequest),
        ("/patients", "Patients", Action::ReadPatient),
        ("/staff", "People", Action::ReadDuty),
        ("/triage", "Rules", Action::ReadRules),
        ("/audit", "Audit", Action::ReadAudit),
        ("/help", "Help", Action::ReadHelp),
    ];
    let mut header = Header::new(format!("Portico – {}", o.name), "/desk");
    for (href, label, action) in links {
        if allowed(role, action) {
            header = header.navigation_link(href, label, here == href);
        }
    }
    let out = html! { input type="hidden" name="_csrf" value=(visit.me.csrf); };
    header = header.account_text(visit.me.staff.name.as_str()).account_form("/sign-out", "Sign out", out);
    document(Parts {
        title: format!("{title} – Portico"),
        header,
        demonstration: o.demonstration,
        back: None,
        staff: true,
        advice: Some(advice_words(visit)),
        main,
    })
}

/// The mode of triage advice in words, with the reason when it is not the one that was signed for.
fn advice_words(visit: &StaffVisit) -> String {
    match visit.practice.advice_mode(visit.now) {
        (mode, Some(why)) => format!("{}. {why}", mode.label().to_lowercase()),
        (mode, None) => mode.label().to_lowercase(),
    }
}

/// Text that was written in paragraphs, as paragraphs.
pub fn paragraphs(text: &str) -> Markup {
    html! { @for part in text.split("\n\n").filter(|p| !p.trim().is_empty()) { p class="nhsuk-body app-break" { (PreEscaped(maud::html!{ (part) }.into_string().replace('\n', "<br>"))) } } }
}
