//! The server: accepts connections, hands each to the router, and ends in order. It knows no route.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::connection::{self, Timeouts};

/// How long to wait before accepting again where the system has no more to give (file descriptors,
/// memory).
const EXHAUSTED: Duration = Duration::from_secs(1);

/// Serves HTTP/1.1 and HTTP/2 (prior knowledge) until `shutdown` resolves, then stops accepting,
/// lets the requests at hand end for up to `shutdown_grace_ms`, and closes what is left.
///
/// What is no HTTP never reaches the router: hyper answers it with 400, 414 or 431 and no body, and
/// closes.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: &Config,
    shutdown: impl Future<Output = ()> + Send,
) {
    // Once for all: a router without state is otherwise made ready anew for each request.
    let router = router.with_state(());
    let timeouts = Timeouts::new(config);
    let room = Arc::new(Semaphore::new(config.max_connections as usize));
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer, permit) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            next = next(&listener, &room) => next,
            Some(_) = connections.join_next() => continue,
        };
        let connection =
            connection::serve_connection(stream, peer, router.clone(), timeouts, stopping.clone());
        connections.spawn(async move {
            connection.await;
            drop(permit);
        });
    }
    drop(listener);
    drop(stopping);
    // Nobody listens where no connection is open.
    stop.send_replace(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    let grace = Duration::from_millis(config.shutdown_grace_ms);
    if tokio::time::timeout(grace, ended).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "the time to end is over: connections are closed with requests at hand"
        );
        connections.shutdown().await;
    }
}

/// The next connection, once there is room for it.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there is always a permit in the end.
    let permit = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection cannot be accepted");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

/// Whether an error of accept(2) is about the one connection only.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
