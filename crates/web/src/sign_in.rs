//! Signing in and out.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use axum::{
    extract::Query,
    http::{HeaderMap, HeaderValue, header},
    response::IntoResponse,
};
use maud::html;
use portico_nhsuk::{Button, ErrorSummary, Input, PasswordInput};
use portico_store::{queries::staff, work};
use serde::Deserialize;

use crate::{Access, Answer, App, Error, PatientVisit, Routes, StaffVisitPost, go, guard::session_cookie, layout};

pub(crate) fn routes() -> Routes {
    Routes::new().get("/sign-in", Access::Public, page).post("/sign-in", Access::Public, sign_in).post(
        "/sign-out",
        Access::SignedIn,
        sign_out,
    )
}

#[derive(Deserialize)]
struct To {
    #[serde(default)]
    to: String,
}

/// Only paths of this site are gone to after signing in.
fn safe(to: &str) -> &str {
    if to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.chars().any(char::is_control) { to } else { "/desk" }
}

async fn page(visit: PatientVisit, Query(to): Query<To>) -> Answer {
    Ok(show(&visit, safe(&to.to), "", None).into_response())
}

fn show(visit: &PatientVisit, to: &str, email: &str, error: Option<&str>) -> maud::Markup {
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            @if let Some(error) = error { (ErrorSummary::new().error("#email", error)) }
            h1 class="nhsuk-heading-l" { "Sign in to Portico" }
            form method="post" action="/sign-in" novalidate {
                input type="hidden" name="to" value=(to);
                (Input::new("email", "E-mail address").value(email).input_type("email").autocomplete("username").spellcheck(false).error(error))
                (PasswordInput::new("password", "Password").autocomplete("current-password"))
                (Button::new("Sign in").prevent_double_click())
            }
            p class="nhsuk-body" { "If you have forgotten your password, ask your practice manager: they set a new one with “portico staff password”." }
        } }
    };
    let title = if error.is_some() { "Error: Sign in" } else { "Sign in" };
    layout::patient(visit, title, None, main)
}

/// A hash of no password, so that an unknown address takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$5rJvI0Qd0PqWJc1lA0K7J3c0WmGQ6h0a6m9C8m1mV0s";

/// Checks a password against its hash on a thread that may be busy.
async fn fits(password: String, hash: String) -> bool {
    let check = move || PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

/// The argon2id hash of a new password, with a random salt.
pub fn hash_password(password: &str) -> Result<String, Error> {
    Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(|e| Error::Broken(e.to_string()))
}

async fn sign_in(visit: PatientVisit) -> Answer {
    let (email, password) = (visit.form.get("email").to_owned(), visit.form.raw("password").to_owned());
    let to = safe(visit.form.get("to")).to_owned();
    if !visit.app.limits.sign_in(&email, visit.address()) {
        let sentence = "Too many tries. Wait 15 minutes, or ask your practice manager.";
        return Ok((axum::http::StatusCode::TOO_MANY_REQUESTS, show(&visit, &to, &email, Some(sentence))).into_response());
    }
    let organisation = visit.practice.organisation.id;
    let found = staff::by_email(&mut visit.app.store.reader().await?, organisation, &email).await?;
    let hash = found.as_ref().map_or_else(|| NOBODY.to_owned(), |(_, hash)| hash.clone());
    let right = fits(password, hash).await;
    let who = found.map(|(who, _)| who);
    let admitted = who.clone().filter(|w| right && w.presence != portico_domain::staff::Presence::Left);
    let Some(who) = admitted else {
        let (practice, name) = (visit.practice.clone(), who.map(|w| w.name));
        visit
            .app
            .store
            .write(organisation, None, work!(tx, [practice, name] => work::sign_in_refused(tx, &practice, name.as_deref()).await))
            .await?;
        let sentence = "The e-mail address or the password is not right. Check both and try again.";
        return Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, show(&visit, &to, &email, Some(sentence))).into_response());
    };
    let (token, csrf) = (visit.app.ids.secret(), visit.app.ids.secret());
    let cookie = cookie_of(&visit.app, token.as_str(), false);
    let (practice, actor) =
        (visit.practice.clone(), portico_domain::staff::Actor::Staff { id: who.id, role: who.role, name: who.name.clone() });
    let id = who.id;
    visit
        .app
        .store
        .write(
            organisation,
            None,
            work!(tx, [practice, actor, token, csrf] => work::sign_in(tx, &practice, &actor, id, token.as_str(), csrf.as_str()).await),
        )
        .await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, cookie?);
    Ok((headers, axum::response::Redirect::to(&to)).into_response())
}

fn cookie_of(app: &App, token: &str, ended: bool) -> Result<HeaderValue, Error> {
    let secure = if app.config.tls { "; Secure" } else { "" };
    let life = if ended { "; Max-Age=0" } else { "" };
    let text = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{life}", session_cookie(app));
    HeaderValue::from_str(&text).map_err(|e| Error::Broken(e.to_string()))
}

async fn sign_out(post: StaffVisitPost) -> Answer {
    let (practice, me) = (post.visit.practice.clone(), post.visit.me.clone());
    let organisation = post.visit.organisation();
    post.visit
        .app
        .store
        .write(organisation, None, work!(tx, [practice, me] => work::sign_out(tx, &practice, &me.actor(), &me.token).await))
        .await?;
    let mut answer = go("/sign-in")?;
    answer.headers_mut().insert(header::SET_COOKIE, cookie_of(&post.visit.app, "", true)?);
    Ok(answer)
}
