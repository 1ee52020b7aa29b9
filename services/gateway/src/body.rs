//! A request's body under watch: how far it was read, whether it was too large, and the rest that
//! nobody read. It never keeps a byte of it.

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// How far a body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Progress {
    /// Nobody waits for more of it; some may have been read.
    Paused,
    /// Somebody waits for the client to send more.
    Awaited,
    /// To its end; what has no body starts here.
    Done,
    /// It is larger than the limit.
    TooLarge,
}

/// How much of a body that nobody read is read before its answer, so that the connection goes on.
const DRAIN_LIMIT: u64 = 64 * 1024;

/// How long the rest of such a body is waited for.
const DRAIN_FOR: Duration = Duration::from_secs(1);

/// Watches one body from outside.
#[derive(Debug)]
pub(crate) struct Watch(Option<Arc<Watching>>);

#[derive(Debug)]
struct Watching {
    progress: AtomicU8,
    /// What was dropped before its end.
    rest: Mutex<Option<Limited<Body>>>,
}

impl Watch {
    pub(crate) fn progress(&self) -> Progress {
        match self
            .0
            .as_ref()
            .map(|watching| watching.progress.load(Ordering::Relaxed))
        {
            None => Progress::Done,
            Some(at) if at == Progress::Awaited as u8 => Progress::Awaited,
            Some(at) if at == Progress::Done as u8 => Progress::Done,
            Some(at) if at == Progress::TooLarge as u8 => Progress::TooLarge,
            Some(_) => Progress::Paused,
        }
    }

    /// Reads what was dropped unread, where it is little and comes soon. Whether the whole body has
    /// been read now.
    pub(crate) async fn drain(&self) -> bool {
        let Some(watching) = &self.0 else {
            return true;
        };
        let rest = watching.lock_rest().take();
        let Some(mut rest) = rest else {
            return self.progress() == Progress::Done;
        };
        let drained = async {
            let mut room = DRAIN_LIMIT;
            while rest.size_hint().lower() <= room {
                let Some(frame) = rest.frame().await else {
                    return true;
                };
                let Ok(frame) = frame else { return false };
                let length = frame.data_ref().map_or(0, Bytes::len) as u64;
                let Some(left) = room.checked_sub(length) else {
                    return false;
                };
                room = left;
            }
            false
        };
        tokio::time::timeout(DRAIN_FOR, drained)
            .await
            .unwrap_or(false)
    }
}

impl Watching {
    fn lock_rest(&self) -> MutexGuard<'_, Option<Limited<Body>>> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a body under watch and lets at most `limit` bytes of it through.
pub(crate) fn watch(body: Body, limit: usize) -> (Body, Watch) {
    if body.is_end_stream() {
        return (body, Watch(None));
    }
    let watching = Arc::new(Watching {
        progress: AtomicU8::new(Progress::Paused as u8),
        rest: Mutex::new(None),
    });
    let watched = Watched {
        inner: Limited::new(body, limit),
        watching: Arc::clone(&watching),
    };
    (Body::new(watched), Watch(Some(watching)))
}

struct Watched {
    inner: Limited<Body>,
    watching: Arc<Watching>,
}

impl Watched {
    fn mark(&self, progress: Progress) {
        let mark = &self.watching.progress;
        mark.store(progress as u8, Ordering::Relaxed);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.watching.progress.load(Ordering::Relaxed) != Progress::Done as u8 {
            let rest = std::mem::replace(&mut self.inner, Limited::new(Body::empty(), 0));
            *self.watching.lock_rest() = Some(rest);
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) else {
            self.mark(Progress::Awaited);
            return Poll::Pending;
        };
        self.mark(match &frame {
            Some(Err(error)) if error.is::<LengthLimitError>() => Progress::TooLarge,
            Some(Ok(_)) if !self.inner.is_end_stream() => Progress::Paused,
            Some(Err(_)) => Progress::Paused,
            Some(Ok(_)) | None => Progress::Done,
        });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
