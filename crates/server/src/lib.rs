//! The portico program: everything put together.
//!
//! Only this crate sees both the database and the outside world, so calling out happens in jobs.

mod clock;
pub mod config;
pub mod demo;
pub mod import;
pub mod jobs;
mod post;
mod receipts;
pub mod set_up;
pub mod triage;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use portico_nhs::Clock;
use portico_store::{Store, StoreError};
use portico_web::{App, AppConfig, Routes};
use tokio::net::{TcpListener, TcpSocket, lookup_host};

pub use clock::SystemClock;
pub use post::{Outlet, Post};

/// Every route of the product with its declared access.
pub fn routes(post: Arc<Post>) -> Routes {
    portico_web::routes().and(portico_duties::routes()).and(receipts::routes(post))
}

/// Opens the store with the words of the duties.
pub async fn open_store(url: &str, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
    let words = portico_duties::Templates::read().map_err(StoreError::Setup)?;
    Store::open(url, clock, Arc::new(words), Arc::new(portico_duties::Reading::default())).await
}

/// The whole web service over a store.
pub fn router(store: Store, config: AppConfig, post: Arc<Post>) -> Router {
    let app = App::new(store, config);
    routes(post).into_router(app)
}

/// Connections that may wait to be taken; the system may allow fewer. A crowd that comes at once must not be turned away
/// at the door: whoever is tries again after a second.
const DOOR: u32 = 4096;

/// Listens on `host:port`, on the first address of the host that can be had.
pub async fn listen(address: &str) -> std::io::Result<TcpListener> {
    let open = |address: SocketAddr| {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A program that was just stopped leaves its port waiting; on Windows this would let two programs share one.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(DOOR)
    };
    let mut refused = std::io::Error::other("the name has no address");
    for address in lookup_host(address).await? {
        match open(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// How long requests in progress may take to end when the program is stopped; live streams would take minutes.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Serves until `stop` resolves, then lets requests in progress end.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    let graceful = async move {
        stop.await;
        stopping.send_replace(true);
        // The sender lives until the server ends, so that the wait below is for the stop and not for its going away.
        std::future::pending::<()>().await;
    };
    let mut told = stopped.clone();
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(async move {
        let _ = told.wait_for(|stop| *stop).await;
    });
    let watched = tokio::spawn(graceful);
    let ended = tokio::select! {
        ended = served => ended,
        () = async { let _ = stopped.wait_for(|stop| *stop).await; tokio::time::sleep(LAST_REQUESTS).await; } => Ok(()),
    };
    watched.abort();
    ended
}
