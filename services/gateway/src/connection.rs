//! One connection: how long it may stand still, and how it is closed. It knows no route.
//!
//! hyper bounds the time of a head only together with the idle time of a connection, and neither
//! the first bytes nor a peer that stops reading. So the time is kept here, in one place: while a
//! request is pending its time limit counts; else the connection has a deadline that bytes move.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tower::Service;

use crate::config::Config;
use crate::request_limits::BodyUnread;

/// The most that the head of a request may weigh; more is 431.
const HEAD_LIMIT: usize = 64 * 1024;

/// How long a connection is drained after an answer that left a body unread, so that the client
/// sees the answer and not a reset.
const DRAIN_FOR: Duration = Duration::from_secs(2);

/// How long to wait for a peer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    head: Duration,
    idle: Duration,
}

impl Timeouts {
    pub(crate) const fn new(config: &Config) -> Self {
        Self {
            head: Duration::from_millis(config.header_timeout_ms),
            idle: Duration::from_millis(config.idle_timeout_ms),
        }
    }
}

/// Serves one connection to its end.
pub(crate) async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    timeouts: Timeouts,
    mut stopping: watch::Receiver<bool>,
) {
    // Answers are written whole; waiting for more to send would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was served");
        return;
    }
    let idle_timer = IdleTimer::new(timeouts);
    let socket = Socket {
        stream,
        idle_timer: Arc::clone(&idle_timer),
    };
    let service = {
        let idle_timer = Arc::clone(&idle_timer);
        service_fn(move |request| answer(router.clone(), peer, request, Arc::clone(&idle_timer)))
    };
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .header_read_timeout(None)
        .max_buf_size(HEAD_LIMIT);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
    // A sender that is gone has told everybody to stop.
    let mut stop = pin!(async move { stopping.wait_for(|stop| *stop).await.is_err() });
    let mut draining = false;
    let mut timer = pin!(sleep_until(
        idle_timer.deadline().unwrap_or_else(Instant::now)
    ));
    poll_fn(|cx| {
        if !draining && stop.as_mut().poll(cx).is_ready() {
            draining = true;
            connection.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
            if let Err(error) = ended {
                tracing::debug!(error, "a connection ended early");
            }
            return Poll::Ready(());
        }
        let Some(deadline) = idle_timer.deadline() else {
            return Poll::Pending;
        };
        // Deadlines mostly move away: the timer then fires early and is set again, which costs less
        // than setting it for each request.
        if deadline < timer.deadline() {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if timer.deadline() >= deadline {
                tracing::debug!("a connection stood still for too long and is closed");
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    })
    .await;
}

fn answer(
    mut router: Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
    idle_timer: Arc<IdleTimer>,
) -> impl Future<Output = Result<Response, Infallible>> {
    idle_timer.request_started(request.version());
    request.extensions_mut().insert(ConnectInfo(peer));
    let pending = PendingRequest(idle_timer);
    let answer = router.call(request);
    async move {
        let response = answer.await?;
        if response.extensions().get::<BodyUnread>().is_some() {
            pending.0.lock().body_unread = true;
        }
        Ok(response)
    }
}

/// A request that waits for its answer; dropped with it.
struct PendingRequest(Arc<IdleTimer>);

impl Drop for PendingRequest {
    fn drop(&mut self) {
        self.0.request_finished();
    }
}

/// What a connection waits for, and until when.
#[derive(Debug)]
struct IdleTimer {
    timeouts: Timeouts,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pending: usize,
    multiplexed: bool,
    body_unread: bool,
    waiting_for: WaitingFor,
    until: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WaitingFor {
    /// The rest of a request's head.
    Head,
    /// The next request, or that the peer takes more of an answer.
    Activity,
    /// The end of the connection.
    End,
}

impl IdleTimer {
    fn new(timeouts: Timeouts) -> Arc<Self> {
        let state = State {
            pending: 0,
            multiplexed: false,
            body_unread: false,
            waiting_for: WaitingFor::Head,
            until: Instant::now() + timeouts.head,
        };
        Arc::new(Self {
            timeouts,
            state: Mutex::new(state),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when something must happen; `None` while requests are at hand.
    fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        (state.pending == 0 || state.waiting_for == WaitingFor::End).then_some(state.until)
    }

    fn request_started(&self, version: Version) {
        let mut state = self.lock();
        state.pending += 1;
        state.multiplexed = version == Version::HTTP_2;
        state.body_unread = false;
    }

    fn request_finished(&self) {
        let mut state = self.lock();
        state.pending = state.pending.saturating_sub(1);
        self.restart_idle(&mut state);
    }

    /// Bytes came in.
    fn bytes_received(&self) {
        let mut state = self.lock();
        if state.pending > 0 || state.waiting_for != WaitingFor::Activity {
            return;
        }
        if state.multiplexed {
            self.restart_idle(&mut state);
        } else {
            state.waiting_for = WaitingFor::Head;
            state.until = Instant::now() + self.timeouts.head;
        }
    }

    /// Bytes went out.
    fn bytes_sent(&self) {
        let mut state = self.lock();
        if state.pending == 0 {
            self.restart_idle(&mut state);
        }
    }

    fn restart_idle(&self, state: &mut State) {
        if state.waiting_for != WaitingFor::End {
            state.waiting_for = WaitingFor::Activity;
            state.until = Instant::now() + self.timeouts.idle;
        }
    }

    /// This side has said all. Whether to read on until the other side has, too.
    fn begin_closing(&self) -> bool {
        let mut state = self.lock();
        if state.waiting_for != WaitingFor::End {
            state.waiting_for = WaitingFor::End;
            state.until = Instant::now() + DRAIN_FOR;
        }
        state.body_unread
    }
}

/// A TCP stream that tells what happens on it, and is closed so that the last answer arrives.
struct Socket {
    stream: TcpStream,
    idle_timer: Arc<IdleTimer>,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.idle_timer.bytes_received();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.idle_timer.bytes_sent();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bytes))?;
        self.idle_timer.bytes_sent();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let drain = self.idle_timer.begin_closing();
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        if !drain {
            return Poll::Ready(Ok(()));
        }
        let mut scratch = [0; 8 * 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
