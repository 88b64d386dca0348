//! Whether this server does its work, for whatever watches over it: the database answers, and what is to be done in the
//! background is being done.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;
use portico_store::{
    StoreError,
    queries::{job, organisation},
};

use crate::{Access, App, Routes};

/// Background work that has been due for so long is not being done. What an outside service does not take is put off.
const LATE: SignedDuration = SignedDuration::from_mins(15);

pub(crate) fn routes() -> Routes {
    Routes::new().get("/health", Access::Public, health)
}

async fn health(State(app): State<App>) -> Response {
    match is_late(&app).await {
        Ok(false) => "ok".into_response(),
        Ok(true) => (StatusCode::SERVICE_UNAVAILABLE, "background work has not been done for 15 minutes").into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
        }
    }
}

async fn is_late(app: &App) -> Result<bool, StoreError> {
    let mut conn = app.store.reader().await?;
    let now = app.store.now();
    for o in organisation::list(&mut conn).await? {
        if job::oldest(&mut conn, o.id).await?.is_some_and(|due| now.duration_since(due) > LATE) {
            return Ok(true);
        }
    }
    Ok(false)
}
