//! Advice on the item page: the words that were understood, why, what would change it, and one key to agree.

use maud::{Markup, html};
use portico_domain::{
    access::Action,
    advice::{Advice, Finding, Question, Status},
    request::YesNoUnsure,
};
use portico_nhsuk::{Button, Radios};
use portico_store::queries::advice::Kept;
use portico_web::StaffVisit;

use super::{
    page::Shown,
    panels::{hidden, key, may, to},
};
use crate::item_words::urgency_tag;

/// The patient's words with what was understood marked; plain when advice is not shown.
pub fn marked(s: &Shown) -> Markup {
    let words = s.request.words.as_str();
    let Some(kept) = &s.advice else { return html! { (words) } };
    let mut at = 0;
    let mut parts = Vec::new();
    for f in spans(&kept.advice, words) {
        if f.start < at {
            continue;
        }
        parts.push(html! { (words[at..f.start]) mark class={ "app-read app-read--" (f.status.code()) } title={ (f.named()) ", " (f.status.label().to_lowercase()) } { (words[f.start..f.end]) } });
        at = f.end;
    }
    html! { @for part in &parts { (part) } (words[at..]) }
}

/// Findings that lie in the words, the longest first where they overlap.
fn spans<'a>(advice: &'a Advice, words: &str) -> Vec<&'a Finding> {
    let mut found: Vec<&Finding> = advice.findings.iter().filter(|f| words.get(f.start..f.end).is_some() && f.end > f.start).collect();
    found.sort_by_key(|f| (f.start, usize::MAX - f.end));
    found
}

/// What is advised and why.
pub fn panel(visit: &StaffVisit, s: &Shown) -> Markup {
    let Some(kept) = &s.advice else { return html! {} };
    let a = &kept.advice;
    html! {
        section aria-labelledby="advice" class="app-box" {
            h2 class="nhsuk-heading-m" id="advice" { "Advice" }
            p class="nhsuk-body" { (urgency_tag(Some(a.urgency))) @if let Some(p) = a.pathways.first() { " " (p.pathway.label()) } @if a.unsure { " " strong { "Unsure: the words were not understood. Read it now." } } }
            @if a.rules.is_empty() { p class="nhsuk-body" { "No rule fired." } }
            @else {
                h3 class="nhsuk-heading-s" { "Why" }
                ul class="nhsuk-list nhsuk-list--bullet" { @for r in &a.rules { li { a href={ "/triage/rules/" (r.rule) } { (r.title) } ": " (r.why) } } }
            }
            (not_counted(a))
            (questions(visit, s, a))
            p class="nhsuk-body-s" { "Rule set " (a.version) ". A person decides." @if let Some(d) = kept.decided { " Set to " (d.label().to_lowercase()) @if d == a.urgency { ", as advised." } @else { ", not as advised." } } }
            (agree(visit, s, kept))
        }
    }
}

/// What would change the advice: asked while the patient is on the telephone or at the desk.
fn questions(visit: &StaffVisit, s: &Shown, a: &Advice) -> Markup {
    let answered = |q: &&Question| s.request.safety.iter().any(|known| known.concept == q.concept);
    let open: Vec<&Question> = a.questions.iter().filter(|q| !answered(q)).collect();
    let raises = |q: &Question| format!("(yes: {})", q.would_be.label().to_lowercase());
    html! {
        @if !open.is_empty() {
            h3 class="nhsuk-heading-s" { "What would change it" }
            @if may(visit, Action::Converse) && s.item.is_open() {
                form method="post" action=(to(s, "safety")) class="app-noprint" {
                    (hidden(visit, s))
                    @for q in &open {
                        (YesNoUnsure::ALL.iter().fold(Radios::new(format!("safety-{}", q.concept), html! { (q.text) " " span class="app-item__meta" { (raises(q)) } }), |r, x| r.item(x.code(), x.label())).small().inline().value(Some(s.typed("safety", &format!("safety-{}", q.concept), ""))))
                    }
                    (Button::new("Keep the answers").secondary().small())
                    p class="nhsuk-body-s" { "Ask while you speak with them. Not sure counts as yes." }
                }
            } @else {
                ul class="nhsuk-list nhsuk-list--bullet" { @for q in &open { li { (q.text) " " (raises(q)) } } }
            }
        }
    }
}

/// What was read and does not count, because it is denied, past, feared or somebody else's.
fn not_counted(a: &Advice) -> Markup {
    let others: Vec<&Finding> = a.findings.iter().filter(|f| f.status != Status::Present).collect();
    html! {
        @if !others.is_empty() {
            h3 class="nhsuk-heading-s" { "Read, and not counted" }
            ul class="nhsuk-list nhsuk-list--bullet" { @for f in others { li { "“" (f.words) "”: " (f.named()) ", " (f.status.label().to_lowercase()) } } }
        }
    }
}

/// One press sets what was advised; offered while nobody has decided.
fn agree(visit: &StaffVisit, s: &Shown, kept: &Kept) -> Markup {
    let Some(pathway) = kept.advice.pathways.first().filter(|_| kept.decided.is_none() && !kept.advice.unsure) else { return html! {} };
    html! {
        @if may(visit, Action::Triage) && s.item.is_open() {
            form method="post" action=(to(s, "triage")) class="app-noprint" {
                (hidden(visit, s))
                input type="hidden" name="urgency" value=(kept.advice.urgency.code());
                input type="hidden" name="pathway" value=(pathway.pathway.code());
                input type="hidden" name="reason" value="Agrees with the advice";
                (Button::new(html! { "Agree" (key("g")) }).secondary().attribute("data-key", "g").attribute("data-press", ""))
            }
        }
    }
}
