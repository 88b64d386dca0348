//! What every request passes: security headers, the organisation, the session, the form with its token, declared access.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use portico_domain::{access::allowed, staff::Presence};
use portico_store::{queries::staff, work, work::Practice};

use crate::{
    Access, App, Error, Form, Me,
    form::BODY_MAX,
    routes::TakesFiles,
    upload,
    visit::{Address, Kept},
};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The outermost layer: the visitor's address, the organisation, and headers that every answer carries.
pub(crate) async fn shell(mut request: Request, next: Next) -> Response {
    let Some(app) = request.extensions().get::<App>().cloned() else { return Error::Broken("no application".into()).into_response() };
    let address = address_of(&app, request.headers(), request.extensions().get::<ConnectInfo<SocketAddr>>());
    request.extensions_mut().insert(Address(address));
    let static_file = request.uri().path().starts_with("/assets/");
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    let fixed: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !static_file {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if app.config.tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    answer
}

fn address_of(app: &App, headers: &HeaderMap, peer: Option<&ConnectInfo<SocketAddr>>) -> String {
    let forwarded = app.config.address_header.as_ref().and_then(|name| headers.get(name.as_str())).and_then(|v| v.to_str().ok());
    match forwarded {
        // The nearest proxy writes the last one; those before it are the visitor's own claim.
        Some(list) => list.rsplit(',').next().unwrap_or_default().trim().to_owned(),
        None => peer.map(|p| p.0.ip().to_string()).unwrap_or_default(),
    }
}

/// The layer of one route: checks its declared access before its handler runs.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let mut kept = Kept::default();
    let for_people = request.extensions().get::<Access>().is_none_or(|access| *access != Access::Service);
    match admit(request, &mut kept).await {
        Ok(request) => {
            let answer = next.run(request).await;
            match answer.extensions().get::<Error>().cloned() {
                Some(error) => error.page(&kept),
                // The router's own words, for an id that does not read or a form's address that is opened, are not a page.
                None if for_people && matches!(answer.status(), StatusCode::BAD_REQUEST | StatusCode::METHOD_NOT_ALLOWED) => {
                    Error::NotFound.page(&kept)
                }
                None => answer,
            }
        }
        Err(error) => error.page(&kept),
    }
}

async fn admit(request: Request, kept: &mut Kept) -> Result<Request, Error> {
    let missing = || Error::Broken("a route without access".into());
    let app = request.extensions().get::<App>().cloned().ok_or_else(missing)?;
    let access = request.extensions().get::<Access>().copied().ok_or_else(missing)?;
    let path = request.uri().path().to_owned();
    kept.path = request.uri().path_and_query().map_or(path.clone(), ToString::to_string);
    if path.starts_with("/assets/") || path == "/health" || path == "/logo.svg" {
        return Ok(request);
    }
    let posted = request.method() == Method::POST;
    let (mut parts, body) = request.into_parts();
    let mut service_body = Body::empty();
    if posted && access == Access::Service {
        service_body = body;
    } else if posted {
        check_origin(&parts.headers)?;
        let boundary = parts.extensions.get::<TakesFiles>().and_then(|_| upload::is_multipart(&parts.headers));
        if let Some(boundary) = boundary {
            let address = parts.extensions.get::<Address>().map(|a| a.0.clone()).unwrap_or_default();
            if !app.limits.form(&address) {
                return Err(Error::TooMany);
            }
            let (form, files) = upload::read(&app, body, boundary).await?;
            kept.form = form;
            parts.extensions.insert(files);
        } else {
            kept.form = plain_form(&parts.headers, body).await?;
        }
        kept.posted = true;
        parts.extensions.insert(kept.form.clone());
    }
    let host = parts.headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default().to_owned();
    let practice = app.practice_for(&host).await?;
    kept.practice = Some((practice.organisation.name.clone(), practice.organisation.phone.clone()));
    parts.extensions.insert(practice.clone());
    let me = session_of(&app, &practice, &parts.headers).await?;
    if let Some(me) = &me {
        kept.csrf = Some(me.csrf.clone());
    }
    check_access(access, me.as_ref(), posted, kept)?;
    if let Some(me) = me {
        parts.extensions.insert(me);
    }
    Ok(Request::from_parts(parts, service_body))
}

async fn plain_form(headers: &HeaderMap, body: Body) -> Result<Form, Error> {
    let bytes = to_bytes(body, BODY_MAX).await.map_err(|_| Error::TooLarge)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(Error::WrongKind);
    }
    Ok(Form::parse(&bytes))
}

fn check_access(access: Access, me: Option<&Me>, posted: bool, kept: &Kept) -> Result<(), Error> {
    let action = match access {
        Access::Public | Access::Service => return Ok(()),
        Access::SignedIn => None,
        Access::Staff(action) => Some(action),
    };
    let me = me.ok_or(Error::SignInFirst)?;
    if me.staff.presence == Presence::Left {
        return Err(Error::SignInFirst);
    }
    if let Some(action) = action
        && !allowed(me.staff.role, action)
    {
        return Err(Error::NotAllowed { role: me.staff.role.label(), action: action.label() });
    }
    if posted && kept.form.get("_csrf") != me.csrf {
        return Err(Error::FormExpired);
    }
    Ok(())
}

/// A form that another site sends is refused: modern browsers say where it came from.
fn check_origin(headers: &HeaderMap) -> Result<(), Error> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { Err(Error::OtherSite) };
    }
    let (Some(origin), Some(host)) = (text("origin"), text("host")) else { return Ok(()) };
    let same = origin.split_once("://").is_some_and(|(_, rest)| rest == host);
    if same { Ok(()) } else { Err(Error::OtherSite) }
}

/// The name of the session cookie; the prefix makes browsers insist on TLS and this host.
pub(crate) fn session_cookie(app: &App) -> &'static str {
    if app.config.tls { "__Host-portico" } else { "portico" }
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.to_owned())
}

/// Whether a page asks by itself, without anybody having done anything.
fn is_background(headers: &HeaderMap) -> bool {
    let stream = headers.get(header::ACCEPT).is_some_and(|a| a.as_bytes().starts_with(b"text/event-stream"));
    stream || headers.contains_key("x-live")
}

async fn session_of(app: &App, practice: &Arc<Practice>, headers: &HeaderMap) -> Result<Option<Me>, Error> {
    let Some(token) = cookie(headers, session_cookie(app)) else { return Ok(None) };
    let now = app.now();
    let organisation = practice.organisation.id;
    let found = staff::session(&mut app.store.reader().await?, organisation, &token, now).await?;
    let Some(session) = found else { return Ok(None) };
    // The session is kept alive at most once in five minutes, so that reading a page is not a write; and only by a
    // person: a page that refreshes itself on an empty chair does not keep anybody signed in.
    if !is_background(headers) && now.duration_since(session.seen_at) > jiff::SignedDuration::from_mins(5) {
        let (token, expires) = (token.clone(), now + portico_store::work::SESSION_IDLE);
        app.store
            .write(organisation, None, work!(tx, [token] => Ok(staff::seen(tx.conn(), organisation, &token, now, expires).await?)))
            .await?;
    }
    Ok(Some(Me { staff: session.staff, csrf: session.csrf, token }))
}

/// A page that is not there.
pub(crate) async fn not_found(request: Request) -> Response {
    let kept = Kept { path: request.uri().path().to_owned(), ..Kept::default() };
    Error::NotFound.page(&kept)
}

/// A handler that panics is a defect; the person is told and nothing is answered as done.
pub(crate) async fn last_resort(request: Request, next: Next) -> Response {
    let kept = Kept { path: request.uri().path().to_owned(), ..Kept::default() };
    match tokio::spawn(next.run(request)).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "a handler broke");
            Error::Broken("a handler broke".into()).page(&kept)
        }
    }
}
