//! A request's body under watch: how far it was read and whether it was too large. It never keeps
//! a byte of it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::{LengthLimitError, Limited};
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

/// Watches one body from outside.
#[derive(Debug, Clone)]
pub(crate) struct Watch(Option<Arc<AtomicU8>>);

impl Watch {
    pub(crate) fn progress(&self) -> Progress {
        match self
            .0
            .as_ref()
            .map(|progress| progress.load(Ordering::Relaxed))
        {
            None => Progress::Done,
            Some(at) if at == Progress::Awaited as u8 => Progress::Awaited,
            Some(at) if at == Progress::Done as u8 => Progress::Done,
            Some(at) if at == Progress::TooLarge as u8 => Progress::TooLarge,
            Some(_) => Progress::Paused,
        }
    }
}

/// Puts a body under watch and lets at most `limit` bytes of it through.
pub(crate) fn watch(body: Body, limit: usize) -> (Body, Watch) {
    if body.is_end_stream() {
        return (body, Watch(None));
    }
    let progress = Arc::new(AtomicU8::new(Progress::Paused as u8));
    let watched = Watched {
        inner: Limited::new(body, limit),
        progress: Arc::clone(&progress),
    };
    (Body::new(watched), Watch(Some(progress)))
}

struct Watched {
    inner: Limited<Body>,
    progress: Arc<AtomicU8>,
}

impl Watched {
    fn mark(&self, progress: Progress) {
        self.progress.store(progress as u8, Ordering::Relaxed);
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
