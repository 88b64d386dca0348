use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use portico_nhsuk::{Button, ErrorSummary, Textarea};
use portico_store::{Failure, StoreError};

use crate::{layout, visit::Kept};

/// Why a page cannot be shown or a form was not taken; each becomes a page that says what to do and keeps what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The person may not, with a sentence that says what to do.
    Refused(String),
    /// Somebody changed it first.
    Stale,
    /// There is no such thing.
    NotFound,
    /// Nobody is signed in.
    SignInFirst,
    /// The role does not hold the action.
    NotAllowed {
        /// Their role.
        role: &'static str,
        /// What they wanted.
        action: &'static str,
    },
    /// The form's token is of another session.
    FormExpired,
    /// The form came from another site.
    OtherSite,
    /// The form is larger than any form of ours.
    TooLarge,
    /// The body is not a form.
    WrongKind,
    /// Too many in too short a time.
    TooMany,
    /// The database is gone.
    Unavailable,
    /// The disk is full.
    DiskFull,
    /// The host means no organisation of this server.
    NoOrganisation,
    /// A defect.
    Broken(String),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(sentence) => Error::Refused(sentence),
            Failure::Stale => Error::Stale,
            Failure::NotFound => Error::NotFound,
            Failure::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => Error::DiskFull,
            StoreError::Unavailable(_) | StoreError::Conflict(_) => Error::Unavailable,
            other => Error::Broken(other.to_string()),
        }
    }
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Error::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Stale => StatusCode::CONFLICT,
            Error::NotFound | Error::NoOrganisation => StatusCode::NOT_FOUND,
            Error::SignInFirst => StatusCode::SEE_OTHER,
            Error::NotAllowed { .. } | Error::OtherSite | Error::FormExpired => StatusCode::FORBIDDEN,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::WrongKind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable | Error::DiskFull => StatusCode::SERVICE_UNAVAILABLE,
            Error::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The heading and the sentence that says what to do.
    fn words(&self) -> (&'static str, String) {
        let text = |title, sentence: &str| (title, sentence.to_owned());
        match self {
            Error::Refused(sentence) => ("That was not done", sentence.clone()),
            Error::Stale => text(
                "This has changed",
                "Somebody changed this while you had it open. Go back, look at what changed, and do it again if it is still right.",
            ),
            Error::NotFound => text("Page not found", "There is nothing here. The address may be old or mistyped."),
            Error::SignInFirst => text("Sign in first", "Your session has ended. Sign in again; what you typed is below."),
            Error::NotAllowed { role, action } => (
                "You may not do this",
                format!("Your role ({role}) does not include: {}. Ask a colleague whose role does.", action.to_lowercase()),
            ),
            Error::FormExpired => text(
                "This form is out of date",
                "You have signed in again since you opened it. Check what you typed below and send it again.",
            ),
            Error::OtherSite => text("This form came from another site", "It was not taken. Open the page here and send it again."),
            Error::TooLarge => text("That is too much for one form", "It was not taken. Shorten the text, or send it in parts."),
            Error::WrongKind => text("That is not a form", "It was not taken. Files cannot be sent here; write in the boxes of the page."),
            Error::TooMany => text("Too many tries", "Wait a minute and send it again. If it is urgent, ring us."),
            Error::Unavailable => text(
                "We cannot save anything at the moment",
                "This was not sent. Keep this page open and press “Try again” in a minute, or ring us.",
            ),
            Error::DiskFull => text(
                "We cannot save anything at the moment",
                "The server's disk is full, so this was not sent. Keep this page open and press “Try again” later, or ring us. Tell the person who looks after this server.",
            ),
            Error::NoOrganisation => text(
                "No practice here",
                "This server does not know a practice by this address. If you look after it, run “portico init” or check the host names.",
            ),
            Error::Broken(_) => {
                text("Something went wrong", "This was not done. It is our fault, not yours. Press “Try again”, or ring us.")
            }
        }
    }

    /// The page: what happened, what to do, and everything that was typed.
    pub(crate) fn page(&self, kept: &Kept) -> Response {
        if let Error::Broken(why) = self {
            tracing::error!(why, "a page broke");
        }
        if *self == Error::SignInFirst && !kept.posted {
            let to = format!("/sign-in?{}", crate::encode([("to", kept.path.as_str())]));
            return (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
        }
        let status = if *self == Error::SignInFirst { StatusCode::UNAUTHORIZED } else { self.status() };
        let (title, sentence) = self.words();
        let (practice, phone) = kept.practice.clone().unwrap_or_default();
        let body = html! {
            h1 class="nhsuk-heading-l" { (title) }
            @if kept.posted { (ErrorSummary { description_text: Some(sentence.clone()), ..ErrorSummary::new() }) } @else { p class="nhsuk-body" { (sentence) } }
            @if *self == Error::SignInFirst {
                p class="nhsuk-body" { a href="/sign-in" target="_blank" rel="noopener" { "Sign in on a new page" } ", then press “Try again” here." }
            }
            @if !phone.is_empty() { p class="nhsuk-body" { "If this is urgent, ring " (practice) " on " (phone) ". If life is in danger, call 999." } }
            // What was refused or has changed is refused again as it is: those who read this look first, and copy what they typed.
            @if kept.posted && matches!(self, Error::Refused(_) | Error::Stale | Error::NotAllowed { .. } | Error::NotFound) { (typed(kept)) }
            @else if kept.posted { (again(kept)) }
            (ways_on(&kept.path))
        };
        (status, layout::bare(title, &practice, body)).into_response()
    }
}

/// A form that sends the same again, with what was typed in sight.
fn again(kept: &Kept) -> Markup {
    let typed = kept.form.typed();
    let shown = |name: &str| !matches!(name, "password") && !name.ends_with("-id");
    html! {
        form method="post" action=(kept.path) id="again" novalidate {
            @for (name, value) in kept.form.fields() {
                @if name == "_csrf" { input type="hidden" name="_csrf" value=(kept.csrf.as_deref().unwrap_or(value)); }
                @else if name == "password" {}
                @else if !(value.len() > 60 && shown(name)) { input type="hidden" name=(name) value=(value); }
            }
            @for (name, value) in &typed {
                @if value.len() > 60 && shown(name) { (Textarea::new(*name, "What you typed").value(*value).rows(6)) }
            }
            (Button::new("Try again"))
        }
    }
}

/// The texts that were typed, to read and to copy.
fn typed(kept: &Kept) -> Markup {
    let typed = kept.form.typed();
    let texts: Vec<_> = typed.iter().filter(|(name, value)| !matches!(**name, "password") && value.contains(' ')).collect();
    html! {
        @if !texts.is_empty() {
            h2 class="nhsuk-heading-s" { "What you typed" }
            @for (_, text) in texts { div class="app-typed" { (text) } }
        }
    }
}

/// Where to go from here: the page that the form stood on when it is known, else the site's first page.
fn ways_on(path: &str) -> Markup {
    let parts: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').filter(|p| !p.is_empty()).collect();
    let on = match parts[..] {
        ["items", id, _, ..] => Some((format!("/items/{id}"), "Open the item again")),
        ["r", link, _, ..] => Some((format!("/r/{link}"), "Go back to your request")),
        ["desk" | "items" | "duty" | "patients" | "audit" | "help", ..] => Some(("/desk".to_owned(), "Go to the desk")),
        ["staff" | "closures", ..] => Some(("/staff".to_owned(), "Go back to people")),
        ["front-desk", ..] => Some(("/front-desk".to_owned(), "Open a new form")),
        _ => None,
    };
    html! { p class="nhsuk-body" { @if let Some((href, words)) = on { a href=(href) { (words) } } @else { a href="/" { "Go to the start" } } } }
}

impl IntoResponse for Error {
    /// The guard turns it into its page, because only the guard still has what was typed.
    fn into_response(self) -> Response {
        let mut answer = self.status().into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}
