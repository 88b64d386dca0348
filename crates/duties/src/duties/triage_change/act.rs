//! What can be done to an item: each handler reads its form, asks the store to act, and shows the item again.

use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use jiff::civil::{Date, Time};
use portico_domain::{
    message::{Facts, GAPS},
    pathway::Pathway,
    record::{CodedReason, Outcome},
    request::YesNoUnsure,
    rota::moment,
    triage::Urgency,
    work_item::Command,
};
use portico_nhs::{PatientId, StaffId, TeamId, WorkItemId};
use portico_store::{
    queries::{staff, work_item},
    work,
};
use portico_web::{Answer, Error, StaffVisitPost, go};

use super::page::{self, Tried};
use crate::{Templates, duties::clear_answers};

/// Acts on the version that the page showed; a note or a reading matters on any version.
async fn act(post: &StaffVisitPost, id: WorkItemId, command: Command, any_version: bool) -> Answer {
    act_with(post, id, command, any_version, Facts::default()).await
}

async fn act_with(post: &StaffVisitPost, id: WorkItemId, command: Command, any_version: bool, facts: Facts) -> Answer {
    let version = if any_version { None } else { Some(post.version()?) };
    let practice = post.visit.practice.clone();
    let what = work::Act { actor: post.visit.me.actor(), item: id, version, command, facts };
    post.write(work!(tx, [practice, what] => work::act(tx, &practice, &what).await)).await?;
    go(format!("/items/{id}"))
}

/// A refusal is told on the item's own page, beside the form that was refused, with everything that was typed.
async fn told(post: &StaffVisitPost, id: WorkItemId, what: &'static str, done: Answer) -> Answer {
    match done {
        Err(Error::Refused(why)) => page::refused(&post.visit, id, Tried { what, form: post.form.clone(), why }).await,
        other => other,
    }
}

/// Tells the others that this person has the item open.
pub async fn here(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let visit = &post.visit;
    visit.app.presence.here(visit.organisation(), id, visit.me.staff.id, &visit.me.staff.name, visit.now);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Records a call: what was agreed, or that nobody answered.
pub async fn call(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let text = post.form.get("text").to_owned();
    let command = match post.form.get("reached") {
        "yes" => Command::Called { text },
        "no" => Command::NoAnswer { attempt: 0, text },
        "later" => {
            let at = post.form.read::<Date>("day").zip(post.form.read::<Time>("at")).and_then(|(day, at)| moment(day, at));
            let Some(at) = at else {
                return told(&post, id, "call", Err(Error::Refused("Choose on which day and at what time they are rung.".into()))).await;
            };
            Command::RingAt { at, text }
        }
        _ => {
            return told(&post, id, "call", Err(Error::Refused("Say whether you spoke with them, or when they are to be rung.".into())))
                .await;
        }
    };
    told(&post, id, "call", act(&post, id, command, false).await).await
}

/// Gives the item to me, to a colleague, or to a team.
pub async fn assign(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, "assign", give(&post, id).await).await
}

async fn give(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let organisation = post.visit.organisation();
    let to = post.form.get("to");
    let person: Option<StaffId> = to.strip_prefix("person-").and_then(|p| p.parse().ok());
    let team: Option<TeamId> = to.strip_prefix("team-").and_then(|t| t.parse().ok());
    let command = match (person, team) {
        (Some(person), _) => {
            let who = staff::load(&mut post.visit.app.store.reader().await?, organisation, person).await?.ok_or(Error::NotFound)?;
            let at_work = who.presence == portico_domain::staff::Presence::AtWork;
            Command::Assign { team: who.team, person: Some((person, at_work)) }
        }
        (None, Some(team)) if post.visit.practice.teams.iter().any(|t| t.id == team) => Command::Assign { team, person: None },
        _ => return Err(Error::Refused("Choose who gets it.".into())),
    };
    act(post, id, command, false).await
}

/// Sets urgency and pathway.
pub async fn triage(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, "triage", set(&post, id).await).await
}

async fn set(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let Some(urgency) = post.form.read::<Urgency>("urgency") else { return Err(Error::Refused("Choose an urgency.".into())) };
    let pathway = post.form.read::<Pathway>("pathway");
    let list = post.form.get("reason-list");
    let free = post.form.get("reason");
    let reason = [list, free].into_iter().filter(|r| !r.is_empty()).collect::<Vec<_>>().join(". ");
    act(post, id, Command::Triage { urgency, pathway, reason }, false).await
}

/// A second person confirms or refuses a lower urgency.
pub async fn lower(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let command = match post.form.get("answer") {
        "confirm" => Command::ConfirmLower,
        "keep" => Command::RefuseLower,
        _ => return Err(Error::Refused("Choose to confirm or to keep it red.".into())),
    };
    told(&post, id, "lower", act(&post, id, command, false).await).await
}

/// Asks the patient for more.
pub async fn ask(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let text = post.form.get("text").to_owned();
    told(&post, id, "ask", act(&post, id, Command::Ask { text }, false).await).await
}

/// Answers the patient. What began from a template is the whole message; its gaps must have been filled.
pub async fn reply(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let text = post.form.get("text").to_owned();
    let whole = !post.form.get("template").is_empty();
    let done = match GAPS.iter().find(|g| text.contains(**g)) {
        Some(gap) => Err(Error::Refused(format!("Fill in {gap} before you send it."))),
        None => act_with(&post, id, Command::Reply { text }, false, Facts { whole, ..Facts::default() }).await,
    };
    told(&post, id, "reply", done).await
}

/// Writes to colleagues.
pub async fn note(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let text = post.form.get("text").to_owned();
    told(&post, id, "note", act(&post, id, Command::Note { text }, true).await).await
}

/// Says that the earlier request has been read.
pub async fn earlier(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, "earlier", act(&post, id, Command::ReadEarlier, true).await).await
}

/// Looks for whose request it is.
pub async fn find_patient(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    post.search("person", &format!("/items/{id}"), &[]).await
}

/// Says whose request it is.
pub async fn match_patient(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let patient: PatientId = post.form.read("patient-id").ok_or_else(|| Error::Refused("Choose the patient.".into()))?;
    let version = post.version()?;
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor] => work::match_to_patient(tx, &practice, &actor, id, version, patient).await)).await?;
    go(format!("/items/{id}"))
}

/// Keeps what the patient answers a colleague to the safety questions.
pub async fn safety(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, "safety", keep_answers(&post, id).await).await
}

async fn keep_answers(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let answer = |(name, value): &(String, String)| Some((name.strip_prefix("safety-")?.to_owned(), value.parse::<YesNoUnsure>().ok()?));
    let given: Vec<(String, YesNoUnsure)> = post.form.fields().iter().filter_map(answer).collect();
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor, given] => work::answer_safety(tx, &practice, &actor, id, &given).await)).await?;
    go(format!("/items/{id}"))
}

/// Closes with an outcome.
pub async fn close(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, "close", end(&post, id).await).await
}

async fn end(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let Some(outcome) = post.form.read::<Outcome>("outcome") else { return Err(Error::Refused("Choose an outcome.".into())) };
    let code = post.form.read::<CodedReason>("code");
    let text = post.form.get("text").to_owned();
    act(post, id, Command::Close { outcome, code, text }, false).await
}

/// Undoes the last change.
pub async fn undo(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, "undo", put_back(&post, id).await).await
}

async fn put_back(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let version = post.version()?;
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor] => work::undo(tx, &practice, &actor, id, version).await)).await?;
    go(format!("/items/{id}"))
}

/// A reply template filled in for an item, for the text box.
pub async fn filled(visit: &portico_web::StaffVisit, item: &portico_domain::work_item::WorkItem, name: &str) -> Result<String, Error> {
    let templates = Templates::get().ok_or_else(|| Error::Broken("message templates do not read".into()))?;
    let request = work_item::request(&mut visit.app.store.reader().await?, visit.organisation(), item.id).await?.unwrap_or_default();
    if let Some(own) = clear_answers::filled(visit, item, &request.person.given, name).await? {
        return Ok(own);
    }
    let [text, when, place, due] = GAPS.map(str::to_owned);
    let facts = Facts {
        practice: visit.practice.organisation.name.clone(),
        practice_phone: visit.practice.organisation.phone.clone(),
        patient_first_name: request.person.given.clone(),
        reference: item.reference.to_string(),
        text,
        when,
        place,
        who: visit.me.staff.name.clone(),
        due,
        whole: false,
    };
    templates.render(name, &facts).map(|(_, body)| body).map_err(Error::Broken)
}
