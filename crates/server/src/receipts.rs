//! Delivery receipts that GOV.UK Notify posts to us.

use std::sync::Arc;

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use portico_interop::notify::{CallbackRefused, Delivery, Receipt};
use portico_store::{
    Failure, Store,
    queries::{message, organisation},
    work,
    work::Practice,
};
use portico_web::{Access, Error, PatientVisit, Routes};

use crate::Post;

pub(crate) fn routes(post: Arc<Post>) -> Routes {
    Routes::new().post("/receipts/notify", Access::Service, move |visit: PatientVisit, headers: HeaderMap, body: Bytes| {
        take(post.clone(), visit, headers, body)
    })
}

async fn take(post: Arc<Post>, visit: PatientVisit, headers: HeaderMap, body: Bytes) -> Result<Response, Error> {
    let Some(notify) = post.notify() else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let token = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    match notify.read_callback(token, &body) {
        Ok(receipt) => {
            let store = &visit.app.store;
            // One account with Notify may serve every organisation here, whatever address it posts to.
            for o in organisation::list(&mut store.reader().await?).await? {
                settle(store, &store.practice(o.id).await.map_err(Failure::from)?, &receipt).await?;
            }
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Err(CallbackRefused::WrongToken) => Ok(StatusCode::UNAUTHORIZED.into_response()),
        Err(CallbackRefused::Unreadable(_) | CallbackRefused::UnknownStatus(_)) => Ok(StatusCode::BAD_REQUEST.into_response()),
    }
}

/// Writes what a receipt says; one for a message that is not ours changes nothing.
pub(crate) async fn settle(store: &Store, practice: &Arc<Practice>, receipt: &Receipt) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let found = message::by_provider(&mut store.reader().await?, organisation, &receipt.provider_id).await?;
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
