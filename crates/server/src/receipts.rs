//! Delivery receipts that GOV.UK Notify and NHS Notify post to us.

use std::sync::Arc;

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use portico_interop::{CallbackRefused, Delivery, Receipt};
use portico_store::{
    Failure, Store,
    queries::{message, organisation},
    work,
    work::Practice,
};
use portico_web::{Access, Error, PatientVisit, Routes};

use crate::Post;

pub(crate) fn routes(post: Arc<Post>) -> Routes {
    let nhs = post.clone();
    Routes::new()
        .post("/receipts/notify", Access::Service, move |visit: PatientVisit, headers: HeaderMap, body: Bytes| {
            from_govuk_notify(post.clone(), visit, headers, body)
        })
        .post("/receipts/nhs-notify", Access::Service, move |visit: PatientVisit, headers: HeaderMap, body: Bytes| {
            from_nhs_notify(nhs.clone(), visit, headers, body)
        })
}

async fn from_govuk_notify(post: Arc<Post>, visit: PatientVisit, headers: HeaderMap, body: Bytes) -> Result<Response, Error> {
    let Some(notify) = post.notify() else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let read = notify.read_callback(value(&headers, header::AUTHORIZATION.as_str()), &body);
    take(&visit.app.store, read.map(|receipt| vec![receipt]), StatusCode::NO_CONTENT).await
}

async fn from_nhs_notify(post: Arc<Post>, visit: PatientVisit, headers: HeaderMap, body: Bytes) -> Result<Response, Error> {
    let Some(service) = post.nhs_notify() else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let read = service.read_callback(value(&headers, "x-api-key"), value(&headers, "x-hmac-sha256-signature"), &body);
    take(&visit.app.store, read, StatusCode::ACCEPTED).await
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

async fn take(store: &Store, read: Result<Vec<Receipt>, CallbackRefused>, taken: StatusCode) -> Result<Response, Error> {
    let receipts = match read {
        Ok(receipts) => receipts,
        Err(CallbackRefused::WrongToken) => return Ok(StatusCode::UNAUTHORIZED.into_response()),
        Err(CallbackRefused::WrongSignature) => return Ok(StatusCode::FORBIDDEN.into_response()),
        Err(CallbackRefused::Unreadable(_) | CallbackRefused::UnknownStatus(_)) => return Ok(StatusCode::BAD_REQUEST.into_response()),
    };
    // One account with a service may serve every organisation here, whatever address it posts to.
    for o in organisation::list(&mut store.reader().await?).await? {
        let practice = store.practice(o.id).await.map_err(Failure::from)?;
        for receipt in &receipts {
            settle(store, &practice, receipt).await?;
        }
    }
    Ok(taken.into_response())
}

/// Writes what a receipt says; one for a message that is not ours changes nothing.
pub(crate) async fn settle(store: &Store, practice: &Arc<Practice>, receipt: &Receipt) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let mut reader = store.reader().await?;
    let mut found = message::by_provider(&mut reader, organisation, &receipt.provider_id).await?;
    // A service that took a message and never told its id for it: we know the message by our own.
    if let (None, Some(reference)) = (found, &receipt.reference) {
        found = message::by_provider(&mut reader, organisation, reference).await?.filter(|id| id.to_string() == *reference);
    }
    drop(reader);
    let Some(id) = found else { return Ok(()) };
    let practice = practice.clone();
    match &receipt.delivery {
        Delivery::Sending => Ok(()),
        Delivery::Delivered => store.write(organisation, None, work!(tx, [practice] => work::arrived(tx, &practice, id).await)).await,
        Delivery::Failed { why, .. } => {
            let why = why.clone();
            store.write(organisation, None, work!(tx, [practice, why] => work::undelivered(tx, &practice, id, &why).await)).await
        }
    }
}
