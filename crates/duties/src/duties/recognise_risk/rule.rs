//! One rule: what it says, its cases, where it fired, and proposing a change to it.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::{SignedDuration, civil::Date};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    layer::{Change, with_change},
    pathway::Pathway,
    triage::Urgency,
};
use portico_nhs::{uk_date, when_words};
use portico_nhsuk::{Button, ErrorSummary, InsetText, Select, SummaryList, Textarea};
use portico_store::{
    queries::{advice, layer},
    work,
};
use portico_triage::{Condition, Content, Rule, WORDING_RULE, WORDING_TITLE};
use portico_web::{Answer, Error, Form, StaffVisit, StaffVisitPost, layout};

use super::COUNTED_DAYS;
use crate::{item_words::urgency_tag, reading::Reading};

/// Firings are counted up to here.
const COUNTED: usize = 500;
/// The latest of them are listed.
const LISTED: usize = 10;

pub async fn show(visit: StaffVisit, Path(id): Path<String>) -> Answer {
    if id == WORDING_RULE {
        return Ok(wording(&visit).await?.into_response());
    }
    Ok(page(&visit, &id, &Form::default(), None).await?.into_response())
}

/// The reason that is no rule: the weights of words, where they come from and the heaviest of them.
async fn wording(visit: &StaffVisit) -> Result<Markup, Error> {
    let reading = Reading::of(&visit.practice);
    let content = reading.engine().content();
    let t = content.wording.about();
    let since = visit.now - SignedDuration::from_hours(24 * COUNTED_DAYS);
    let fired = advice::firings(&mut visit.app.store.reader().await?, visit.organisation(), WORDING_RULE, since, COUNTED).await?;
    let overdue = t.review.parse::<Date>().is_ok_and(|d| d < uk_date(visit.now));
    let main = html! {
        p class="nhsuk-body" { a href="/triage#rules" { "Back to the rules" } }
        h1 class="nhsuk-heading-l" { (WORDING_TITLE) }
        p class="nhsuk-body" { (urgency_tag(Some(Urgency::Emergency))) }
        p class="nhsuk-body" { "Rules know what somebody thought of; people write what nobody did. So every word, and every pair of near words, also has a weight that was learnt from labelled messages. When the words of a message together are like those of emergencies, the advice is raised though no rule says so. It is never lowered." }
        @if overdue { (InsetText::new(html! { p { "The weights were to be learnt anew by " (t.review) "." } })) }
        (SummaryList::new()
            .row("Raises to emergency", format!("from {:.0} % alike", t.alarm * 100.0))
            .row("Asks a person to read it now", format!("from {:.0} % alike", t.doubt * 100.0))
            .row("Learnt from", format!("{} ({})", t.source, t.source_date))
            .row("Owner", t.owner.as_str())
            .row("To be learnt anew by", t.review.as_str())
            .row("Id", WORDING_RULE))
        (history(visit, &fired))
        h2 class="nhsuk-heading-m" { "What weighs most" }
        table class="nhsuk-table" {
            caption class="nhsuk-table__caption nhsuk-u-visually-hidden" { "The heaviest weights" }
            thead class="nhsuk-table__head" { tr { th scope="col" { "Words" } th scope="col" { "Weight" } } }
            tbody class="nhsuk-table__body" { @for (weight, words) in t.weights.lines().filter_map(|l| l.split_once(' ')) {
                tr class="nhsuk-table__row" { td class="nhsuk-table__cell app-break" { (weighed_words(content, words)) } td class="nhsuk-table__cell" { (weight) } }
            } }
        }
    };
    Ok(layout::staff(visit, WORDING_TITLE, "/triage", main))
}

/// A weighed part as people read it: words in quotes, a concept by its name, `#` as any number.
fn weighed_words(content: &Content, part: &str) -> String {
    match part.strip_prefix("@ ") {
        Some(concept) => {
            let (id, status) = concept.split_once(' ').unwrap_or((concept, ""));
            let name = content.concepts.iter().find(|c| c.id == id).map_or(id, |c| c.name.as_str());
            if status.is_empty() { name.to_owned() } else { format!("{name}, {status}") }
        }
        None if part == "#" => "any number".to_owned(),
        None => format!("“{}”", part.replace(" _ ", " … ")),
    }
}

async fn page(visit: &StaffVisit, id: &str, form: &Form, refused: Option<&str>) -> Result<Markup, Error> {
    let reading = Reading::of(&visit.practice);
    let content = reading.engine().content();
    let rule = content.rules.iter().find(|r| r.text.id == id).ok_or(Error::NotFound)?;
    let since = visit.now - SignedDuration::from_hours(24 * COUNTED_DAYS);
    let fired = advice::firings(&mut visit.app.store.reader().await?, visit.organisation(), id, since, COUNTED).await?;
    let t = &rule.text;
    let pathways = t.pathways.iter().map(|p| p.label()).collect::<Vec<_>>().join(", then ");
    let overdue = t.review.parse::<Date>().is_ok_and(|d| d < uk_date(visit.now));
    let changed = visit.practice.changes.iter().any(|c| c.subject() == id || concepts(content, rule).any(|k| k.id == c.subject()));
    let main = html! {
        p class="nhsuk-body" { a href="/triage#rules" { "Back to the rules" } }
        @if let Some(why) = refused { (ErrorSummary::new().title("That was not proposed").error("#propose", why)) }
        h1 class="nhsuk-heading-l" { (t.title) }
        p class="nhsuk-body" { (urgency_tag(Some(t.urgency))) }
        @if overdue { (InsetText::new(html! { p { "This rule was to be reviewed by " (t.review) "." } })) }
        @if changed { (InsetText::new(html! { p { "This practice has changed this rule, or words that it looks for. " a href="/triage/changes" { "See its changes" } } })) }
        (SummaryList::new()
            .row("Fires when", t.when.as_str())
            .row("Goes to", pathways)
            .row("Why", t.why.as_str())
            .row("The patient is told", own_or(&t.tell, "What everybody with this urgency is told."))
            .row("Asked next", own_or(&asked_next(content, rule), "Whatever could make it more urgent, chosen from the other rules."))
            .row("Meanwhile", own_or(&t.safety_net, "To call 111 when it gets worse or something new worries, and 999 in an emergency."))
            .row("Source", format!("{} ({})", t.source, t.source_date))
            .row("Owner", t.owner.as_str())
            .row("To be reviewed by", t.review.as_str())
            .row("Id", t.id.as_str()))
        (history(visit, &fired))
        (cases(rule))
        (phrasings(content, rule))
        @if allowed(visit.me.staff.role, Action::ProposeRules) { (proposing(visit, content, rule, form)) }
    };
    Ok(layout::staff(visit, &t.title, "/triage", main))
}

/// What the rule says itself, or what holds when it says nothing.
fn own_or<'a>(own: &'a str, usual: &'a str) -> &'a str {
    if own.is_empty() { usual } else { own }
}

/// The questions that a rule says to ask next, when their answer could raise the urgency.
fn asked_next(content: &Content, rule: &Rule) -> String {
    rule.ask.iter().filter_map(|&c| content.concepts[c].ask.as_deref()).collect::<Vec<_>>().join(" ")
}

fn history(visit: &StaffVisit, fired: &[advice::Firing]) -> Markup {
    if !super::may_see_readings(visit) {
        return html! {
            h2 class="nhsuk-heading-m" { "Where it fired" }
            p class="nhsuk-body" { "While advice is in shadow, only whoever may sign for the rules sees on which requests they fire." }
        };
    }
    let agreed = fired.iter().filter(|f| f.decided == Some(f.advised)).count();
    let decided = fired.iter().filter(|f| f.decided.is_some()).count();
    html! {
        h2 class="nhsuk-heading-m" { "Where it fired over the last " (COUNTED_DAYS) " days" }
        @if fired.is_empty() { p class="nhsuk-body" { "On no request." } }
        @else {
            p class="nhsuk-body" { "On " (fired.len()) @if fired.len() == COUNTED { " requests or more" } @else if fired.len() == 1 { " request" } @else { " requests" } ". People have triaged " (decided) " of them, " (agreed) " as advised." }
            ul class="nhsuk-list" {
                @for (n, f) in fired.iter().take(LISTED).enumerate() {
                    li { (when_words(f.at, visit.now)) ": advised " (f.advised.label().to_lowercase()) @match f.decided { Some(d) => { ", set to " (d.label().to_lowercase()) } None => { ", not triaged yet" } } " " a href={ "/items/" (f.item) } { "Open" span class="nhsuk-u-visually-hidden" { " request " (n + 1) } } }
                }
            }
        }
    }
}

fn cases(rule: &Rule) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Cases" }
        table class="nhsuk-table" {
            caption class="nhsuk-table__caption nhsuk-u-visually-hidden" { "Cases of this rule" }
            thead class="nhsuk-table__head" { tr { th scope="col" { "Words" } th scope="col" { "Age, sex, record" } th scope="col" { "The rule" } } }
            tbody class="nhsuk-table__body" {
                @for c in &rule.text.cases {
                    tr class="nhsuk-table__row" {
                        td class="nhsuk-table__cell app-break" { (c.text) }
                        td class="nhsuk-table__cell" { (c.age.as_deref().unwrap_or("")) " " (c.sex.as_deref().unwrap_or("")) @if c.pregnant == Some(true) { " pregnant" } " " (c.known.join(", ")) }
                        td class="nhsuk-table__cell" { @if c.fires { "fires" } @else { "does not fire" } }
                    }
                }
            }
        }
    }
}

/// The concepts that a rule looks for.
fn concepts<'a>(content: &'a Content, rule: &Rule) -> impl Iterator<Item = &'a portico_triage::Concept> {
    let mut named = Vec::new();
    rule.when.concepts(&mut named);
    named.sort_unstable();
    named.dedup();
    named.into_iter().map(|c| &content.concepts[c])
}

/// The words by which each concept of the rule is found.
fn phrasings(content: &Content, rule: &Rule) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "The words that it looks for" }
        p class="nhsuk-hint" { "(a|b) is a choice, ~ joins words that may stand apart in one sentence, … stands for up to three words, # for a number." }
        @for concept in concepts(content, rule) {
            details class="nhsuk-details" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { (concept.name) " (" (concept.phrases.len()) ")" } }
                div class="nhsuk-details__text" { ul class="nhsuk-list app-break" { @for phrase in &concept.phrases { li { (phrase) } } } }
            }
        }
    }
}

fn proposing(visit: &StaffVisit, content: &Content, rule: &Rule, form: &Form) -> Markup {
    let t = &rule.text;
    let typed = |name: &str, now: &str| if form.fields().is_empty() { now.to_owned() } else { form.raw(name).to_owned() };
    let concept = concepts(content, rule)
        .fold(Select::new("concept", "Is read as").option("", "Choose"), |s, c| s.option(c.id.as_str(), c.name.as_str()));
    let pathway = |n: usize| {
        let name = format!("pathway-{n}");
        let now = t.pathways.get(n).map_or("", |p| p.code());
        let select = Select::new(name.as_str(), if n == 0 { "Goes to" } else { "Then to" }).option("", "Nowhere else");
        let value = typed(&name, now);
        Pathway::ALL.iter().filter(|p| p.may_take(t.urgency)).fold(select, |s, p| s.option(p.code(), p.label())).value(Some(value.as_str()))
    };
    let what = |value: &str, words: Markup, button: &str| {
        html! {
            form method="post" action={ "/triage/rules/" (t.id) "/propose" } class="app-box" {
                (visit.tokens())
                input type="hidden" name="what" value=(value);
                (words)
                (Button::new(button).secondary())
            }
        }
    };
    html! {
        section aria-labelledby="propose" {
            h2 class="nhsuk-heading-m" id="propose" { "Propose a change" }
            p class="nhsuk-body" { "A change goes into the practice's draft. Nothing changes for patients until the draft has been replayed over earlier requests, published, and signed for again." }
            (what("phrase", html! { (Textarea::new("phrase", "Another way that patients say it").hint("For example: elephant on my chest. Use ~ between words that may stand apart: elephant ~ chest").rows(2).value(form.raw("phrase"))) (concept.clone().value(Some(form.raw("concept")))) }, "Propose the phrasing"))
            (what("drop", html! { (Textarea::new("dropped", "A phrasing that shall no longer be read so").hint("As it is written in the list above").rows(2).value(form.raw("dropped"))) (concept.clone().value(Some(form.raw("concept")))) }, "Propose to take it out"))
            (what("tell", html! { (Textarea::new("tell", "What the patient is told").rows(3).value(typed("tell", &t.tell))) }, "Propose these words"))
            (what("safety-net", html! { (Textarea::new("safety-net", "What the patient watches for meanwhile").rows(3).value(typed("safety-net", &t.safety_net))) }, "Propose this safety net"))
            (what("why", html! { (Textarea::new("why", "Why, for staff").rows(3).value(typed("why", &t.why))) }, "Propose this reason"))
            (what("pathways", html! { (pathway(0)) (pathway(1)) (pathway(2)) }, "Propose these pathways"))
            (what("when", html! { (Textarea::new("when", "Fires when").hint("Concepts with and, or, not; age < 5; temp >= 38; days(cough) > 21. Every case of the rule must still come out right.").rows(4).value(typed("when", &t.when))) }, "Propose this condition"))
        }
    }
}

pub async fn propose(post: StaffVisitPost, Path(id): Path<String>) -> Answer {
    match change_of(&post, &id) {
        Err(Error::Refused(why)) => {
            let shown = page(&post.visit, &id, &post.form, Some(&why)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
        Err(other) => Err(other),
        Ok(change) => {
            let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
            let draft = layer::draft(&mut post.visit.app.store.reader().await?, practice.organisation.id).await?;
            let before = draft.map_or_else(|| practice.changes.clone(), |d| d.changes);
            // What does not even read is refused here, not at the replay.
            let all = with_change(&before, change.clone());
            let fits = tokio::task::spawn_blocking(move || Reading::with(&all).map(|_| ())).await;
            if let Err(why) = fits.map_err(|e| Error::Broken(e.to_string()))? {
                let shown = page(&post.visit, &id, &post.form, Some(&why)).await?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
            }
            let edit = work::Edit::Add(change);
            post.write(work!(tx, [practice, actor, edit] => work::change_rules(tx, &practice, &actor, &edit).await)).await?;
            Ok(Redirect::to("/triage/changes").into_response())
        }
    }
}

/// The change that a form asks for.
fn change_of(post: &StaffVisitPost, id: &str) -> Result<Change, Error> {
    let form = &post.form;
    let reading = Reading::of(&post.visit.practice);
    let content = reading.engine().content();
    let rule = content.rules.iter().find(|r| r.text.id == id).ok_or(Error::NotFound)?;
    let refused = |why: &str| Err(Error::Refused(why.to_owned()));
    let same = "That is what the rule says already.";
    match form.get("what") {
        "phrase" => {
            let phrase = form.get("phrase").split_whitespace().collect::<Vec<_>>().join(" ");
            let Some(concept) = concepts(content, rule).find(|c| c.id == form.get("concept")) else {
                return refused("Choose what the words are read as.");
            };
            if !(3..=200).contains(&phrase.chars().count()) {
                return refused("Enter a phrasing of 3 to 200 characters.");
            }
            if concept.phrases.contains(&phrase) {
                return refused("These words are read so already.");
            }
            Ok(Change::AddPhrase { concept: concept.id.clone(), phrase })
        }
        "drop" => {
            let Some(concept) = concepts(content, rule).find(|c| c.id == form.get("concept")) else {
                return refused("Choose what the words are read as.");
            };
            match concept.phrases.iter().find(|p| p.as_str() == form.get("dropped")) {
                Some(phrase) => Ok(Change::DropPhrase { concept: concept.id.clone(), phrase: phrase.clone() }),
                None => Err(Error::Refused(format!(
                    "“{}” is not one of the phrasings of “{}”. Copy it as it is written in the list above.",
                    form.get("dropped"),
                    concept.name
                ))),
            }
        }
        what @ ("tell" | "why" | "safety-net") => {
            let words = form.get(what).to_owned();
            let (now, change) = match what {
                "tell" => (&rule.text.tell, Change::Tell { rule: id.to_owned(), words: words.clone() }),
                "why" => (&rule.text.why, Change::Why { rule: id.to_owned(), words: words.clone() }),
                _ => (&rule.text.safety_net, Change::SafetyNet { rule: id.to_owned(), words: words.clone() }),
            };
            match words.chars().count() {
                0 | 601.. => refused("Enter words of at most 600 characters."),
                _ if words == *now => refused(same),
                _ => Ok(change),
            }
        }
        "pathways" => {
            let mut pathways: Vec<Pathway> = Vec::new();
            for pathway in (0..3).filter_map(|n| form.read::<Pathway>(&format!("pathway-{n}"))) {
                if !pathways.contains(&pathway) {
                    pathways.push(pathway);
                }
            }
            if pathways.is_empty() {
                return refused("Choose at least one pathway.");
            }
            if pathways == rule.text.pathways { refused(same) } else { Ok(Change::Pathways { rule: id.to_owned(), pathways }) }
        }
        "when" => {
            let condition = form.get("when").split_whitespace().collect::<Vec<_>>().join(" ");
            if condition == rule.text.when {
                return refused(same);
            }
            match Condition::parse(&condition, &|c| content.concept(c)) {
                Ok(_) => Ok(Change::When { rule: id.to_owned(), condition }),
                Err(why) => Err(Error::Refused(format!("The condition does not read: {why}"))),
            }
        }
        _ => refused("Choose what to change."),
    }
}
