//! Photos and documents on a request: the patient sends them on the private page, staff with a reply.

use std::sync::Arc;

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    message::{Direction, FileState},
};
use portico_files::{ACCEPT, AT_ONCE, Clean, Refused, clamd};
use portico_nhs::{AttachmentId, WorkItemId, when_words};
use portico_nhsuk::{Button, ErrorSummary, InsetText, Textarea};
use portico_store::{
    queries::{
        attachment::{self, Attachment},
        private_link,
    },
    work,
    work::NewFile,
};
use portico_web::{Access, Answer, App, Error, PatientVisit, Routes, StaffVisit, StaffVisitPost, Upload, go, layout};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/r/{link}/files", Access::Public, show)
        .post_files("/r/{link}/files", Access::Public, send)
        .get("/r/{link}/files/{file}", Access::Public, open)
        .post_files("/items/{id}/files", Access::Staff(Action::Converse), send_staff)
        .get("/items/{id}/files/{file}", Access::Staff(Action::ReadDesk), open_staff)
        .post("/items/{id}/files/{file}/remove", Access::Staff(Action::Converse), remove)
}

/// Looks at what was sent: each file is made anew or checked, then shown to the virus scanner when there is one.
async fn looked_at(app: &App, sent: &Arc<Vec<Upload>>) -> Result<Arc<Vec<NewFile>>, Error> {
    if sent.is_empty() {
        return Err(Error::Refused("Choose a photo or a PDF.".into()));
    }
    let files = sent.clone();
    let cleaned = tokio::task::spawn_blocking(move || {
        files.iter().map(|f| portico_files::clean(&f.name, &f.bytes)).collect::<Result<Vec<Clean>, Refused>>()
    })
    .await
    .map_err(|e| Error::Broken(e.to_string()))?
    .map_err(|why| Error::Refused(format!("{why} Nothing was taken.")))?;
    let mut fit = Vec::new();
    for (clean, sent) in cleaned.into_iter().zip(sent.iter()) {
        let state = match &app.config.scanner {
            None => FileState::Kept,
            Some(address) => match clamd::scan(address, &sent.bytes).await {
                Ok(clamd::Verdict::Clean) => FileState::Kept,
                Ok(clamd::Verdict::Infected(_)) => return Err(Error::Refused(Refused::Infected(clean.name).to_string())),
                Err(error) => {
                    tracing::warn!(%error, "a file waits for the virus scanner");
                    FileState::Unchecked
                }
            },
        };
        let pixels = (i64::from(clean.size.0), i64::from(clean.size.1));
        fit.push(NewFile { name: clean.name, media_type: clean.media.media_type(), pixels, state, content: clean.bytes });
    }
    Ok(Arc::new(fit))
}

async fn item_of(visit: &PatientVisit, link: &str) -> Result<WorkItemId, Error> {
    private_link::item(&mut visit.app.store.reader().await?, visit.practice.organisation.id, link, visit.now).await?.ok_or(Error::NotFound)
}

async fn show(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    Ok(page(&visit, &link, None).await?.into_response())
}

/// The box in which files are chosen, the same for patients and staff: the browser's own, for the script that makes a drop
/// zone of it hides its label from those who speak to their device.
fn chooser(error: Option<&str>) -> Markup {
    html! {
        div class=(if error.is_some() { "nhsuk-form-group nhsuk-form-group--error" } else { "nhsuk-form-group" }) {
            label class="nhsuk-label" for="files" { "Photos or PDFs" }
            div class="nhsuk-hint" id="files-hint" { "Up to " (AT_ONCE) " at once, each up to 10 MB. We keep the picture only, not where or when it was taken." }
            @if let Some(why) = error { span class="nhsuk-error-message" id="files-error" { span class="nhsuk-u-visually-hidden" { "Error: " } (why) } }
            input class="nhsuk-input" type="file" id="files" name="files" multiple accept=(ACCEPT) aria-describedby=(if error.is_some() { "files-hint files-error" } else { "files-hint" });
        }
    }
}

async fn page(visit: &PatientVisit, link: &str, why_not: Option<&str>) -> Result<Markup, Error> {
    let item = item_of(visit, link).await?;
    let files = attachment::of_item(&mut visit.app.store.reader().await?, visit.practice.organisation.id, item).await?;
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            @if let Some(why) = why_not { (ErrorSummary::new().error("#files", why)) }
            h1 class="nhsuk-heading-l" { "Send photos or documents" }
            (InsetText::new(html! {
                p { "Take the photo in daylight, one from about an arm's length and one close up. " strong { "Do not send photos of the private parts of the body" } " unless a clinician has asked you for one, and never of somebody under 18." }
            }))
            form method="post" action={ "/r/" (link) "/files" } enctype="multipart/form-data" novalidate {
                (visit.key())
                (chooser(why_not))
                (Textarea::new("text", "What do they show? (optional)").hint("If it has become an emergency, do not write: call 999.").rows(3).value(visit.form.raw("text")))
                (Button::new("Send").prevent_double_click())
            }
            (for_patient(link, &files))
        } }
    };
    let title = if why_not.is_some() { "Error: Send photos or documents" } else { "Send photos or documents" };
    Ok(layout::patient(visit, title, Some(&format!("/r/{link}")), main))
}

async fn send(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    let item = item_of(&visit, &link).await?;
    match sends(&visit, item).await {
        Err(Error::Refused(why)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&visit, &link, Some(&why)).await?).into_response()),
        Err(other) => Err(other),
        Ok(()) => go(format!("/r/{link}")),
    }
}

async fn sends(visit: &PatientVisit, item: WorkItemId) -> Result<(), Error> {
    let files = looked_at(&visit.app, &visit.files).await?;
    let (practice, words) = (visit.practice.clone(), visit.form.get("text").to_owned());
    visit.write(work!(tx, [practice, files, words] => work::patient_sends(tx, &practice, item, &files, &words).await)).await?;
    Ok(())
}

async fn open(visit: PatientVisit, Path((link, file)): Path<(String, AttachmentId)>) -> Answer {
    let item = item_of(&visit, &link).await?;
    handed_out(&visit.app, visit.practice.organisation.id, item, file).await
}

async fn open_staff(visit: StaffVisit, Path((item, file)): Path<(WorkItemId, AttachmentId)>) -> Answer {
    let (organisation, mut conn) = (visit.organisation(), visit.app.store.reader().await?);
    let found = attachment::load(&mut conn, organisation, item, file).await?.ok_or(Error::NotFound)?.0;
    drop(conn);
    // Photos are read with the page that shows them; a document is read when it is opened.
    if !found.is_photo() {
        visit.log_reading("File opened", Some(item), None).await?;
    }
    handed_out(&visit.app, organisation, item, file).await
}

/// The file itself. A document is only ever saved, so that nothing in it runs within these pages.
async fn handed_out(app: &App, organisation: portico_nhs::OrganisationId, item: WorkItemId, file: AttachmentId) -> Answer {
    let (found, content) = attachment::load(&mut app.store.reader().await?, organisation, item, file).await?.ok_or(Error::NotFound)?;
    match (found.state, content) {
        (FileState::Kept, Some(content)) => {
            let how = if found.is_photo() { "inline" } else { "attachment" };
            let plain: String =
                found.name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '-' }).collect();
            let disposition = format!("{how}; filename=\"{plain}\"");
            let mut answer: Response = content.into_response();
            let headers = answer.headers_mut();
            headers.insert(
                header::CONTENT_TYPE,
                if found.is_photo() { HeaderValue::from_static("image/jpeg") } else { HeaderValue::from_static("application/pdf") },
            );
            headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(|e| Error::Broken(e.to_string()))?);
            Ok(answer)
        }
        (FileState::Unchecked, _) => Err(Error::Refused("This file is being checked for viruses. Open it in a few minutes.".into())),
        _ => Err(Error::NotFound),
    }
}

async fn send_staff(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let files = looked_at(&post.visit.app, &post.files).await?;
    let (practice, actor, words) = (post.visit.practice.clone(), post.visit.me.actor(), post.form.get("text").to_owned());
    let version = Some(post.version()?);
    post.write(work!(tx, [practice, actor, files, words] => work::staff_sends(tx, &practice, (&actor, version), id, &files, &words).await))
        .await?;
    go(format!("/items/{id}#files-list"))
}

async fn remove(post: StaffVisitPost, Path((id, file)): Path<(WorkItemId, AttachmentId)>) -> Answer {
    let (practice, actor, why) = (post.visit.practice.clone(), post.visit.me.actor(), post.form.get("why").to_owned());
    post.write(work!(tx, [practice, actor, why] => work::remove_file(tx, &practice, &actor, id, file, &why).await)).await?;
    go(format!("/items/{id}#files-list"))
}

fn size_words(bytes: i64) -> String {
    if bytes < 1024 * 1024 { format!("{} KB", (bytes / 1024).max(1)) } else { format!("{:.1} MB", bytes as f64 / 1_048_576.0) }
}

/// The files of a request on the patient's private page.
pub(crate) fn for_patient(link: &str, files: &[Attachment]) -> Markup {
    html! {
        @if !files.is_empty() {
            h2 class="nhsuk-heading-m" { "Photos and documents" }
            ul class="nhsuk-list nhsuk-list--bullet" { @for f in files { li {
                @if f.state == FileState::Kept { a href={ "/r/" (link) "/files/" (f.id) } { (f.name) } } @else { (f.name) }
                " (" (if f.direction == Direction::In { "from you" } else { "from us" }) ", " (size_words(f.size)) ")"
                @if f.state != FileState::Kept { ": " (f.state.label().to_lowercase()) }
            } } }
        }
    }
}

/// The files of a request on the item page: photos are shown, documents can be saved.
pub(crate) fn for_staff(visit: &StaffVisit, item: WorkItemId, hidden: &Markup, files: &[Attachment]) -> Markup {
    let may = allowed(visit.me.staff.role, Action::Converse);
    html! {
        @if !files.is_empty() {
            section aria-labelledby="files-list" {
                h2 class="nhsuk-heading-m" id="files-list" { "Photos and documents" }
                ul class="app-files" { @for f in files { li { (file(visit, item, hidden, f, may)) } } }
            }
        }
    }
}

fn file(visit: &StaffVisit, item: WorkItemId, hidden: &Markup, f: &Attachment, may: bool) -> Markup {
    let here = format!("/items/{item}/files/{}", f.id);
    let from = if f.direction == Direction::In { "from the patient".to_owned() } else { format!("to the patient, by {}", f.by) };
    html! {
        @match f.state {
            FileState::Kept if f.is_photo() => { a href=(here) { img class="app-photo" src=(here) width=(f.pixels.0) height=(f.pixels.1) loading="lazy" alt={ "Photo " (f.name) ", " (from) }; } }
            FileState::Kept => { p { a href=(here) { "Save " (f.name) } } }
            FileState::Unchecked | FileState::Removed => { p { (f.name) ": " strong { (f.state.label()) } } }
        }
        p class="app-item__meta" { (f.name) ", " (size_words(f.size)) ", " (from) ", " (when_words(f.at, visit.now)) }
        @if may && f.state != FileState::Removed {
            details class="nhsuk-details app-noprint" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Remove" span class="nhsuk-u-visually-hidden" { " " (f.name) } } }
                form method="post" action={ (here) "/remove" } {
                    (hidden)
                    label class="nhsuk-label" for={ "why-" (f.id) } { "Why (for example: a photo of somebody else)" }
                    input class="nhsuk-input nhsuk-u-margin-bottom-2" id={ "why-" (f.id) } name="why" required;
                    (Button::new("Remove for good").warning().small())
                }
            }
        }
    }
}

/// Where staff choose a file and write a word to it.
pub(crate) fn send_panel(item: WorkItemId, hidden: &Markup) -> Markup {
    html! {
        details class="nhsuk-details nhsuk-expander" {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Send a file to the patient" } }
            div class="nhsuk-details__text" {
                form method="post" action={ "/items/" (item) "/files" } enctype="multipart/form-data" {
                    (hidden)
                    (chooser(None))
                    (Textarea::new("text", "What it is, for the patient").id("files-text").rows(3))
                    (Button::new("Send with a message").prevent_double_click())
                }
            }
        }
    }
}
