//! Live updates: one small event stream a page, which says only that something changed.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    IntoResponse,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt, stream};
use tokio_stream::wrappers::WatchStream;

use crate::{Access, Answer, Routes, StaffVisit};

/// A page that shows more often than this is no easier to read.
const PAUSE: Duration = Duration::from_millis(700);
/// A stream ends after this and the browser opens another, which checks the session again.
const LIFE: Duration = Duration::from_secs(300);

pub(crate) fn routes() -> Routes {
    Routes::new().get("/live", Access::SignedIn, stream_of_changes)
}

async fn stream_of_changes(visit: StaffVisit) -> Answer {
    let changes = WatchStream::new(visit.app.store.changes()).then(|n| async move {
        tokio::time::sleep(PAUSE).await;
        Ok::<_, Infallible>(Event::default().event("change").data(n.to_string()))
    });
    let hello = stream::once(async { Ok(Event::default().retry(Duration::from_secs(3)).comment("open")) });
    let ended = tokio::time::sleep(LIFE);
    let body = ends_at(hello.chain(changes), ended);
    Ok(Sse::new(body).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response())
}

fn ends_at<T>(stream: impl Stream<Item = T>, end: impl Future<Output = ()>) -> impl Stream<Item = T> {
    stream.take_until(end)
}
