//! A request's body under watch: how far it was read and whether it was too large. It never keeps
//! a byte of it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// A body that went on beyond the limit.
#[derive(Debug, thiserror::Error)]
#[error("the body is larger than the limit")]
pub(crate) struct BodyTooLarge;

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
        inner: body,
        left: limit,
        progress: Arc::clone(&progress),
    };
    (Body::new(watched), Watch(Some(progress)))
}

struct Watched {
    inner: Body,
    left: usize,
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
        let frame = match frame.transpose() {
            Ok(frame) => frame,
            Err(error) => {
                self.mark(Progress::Paused);
                return Poll::Ready(Some(Err(error.into())));
            }
        };
        let length = frame
            .as_ref()
            .and_then(Frame::data_ref)
            .map_or(0, Bytes::len);
        let Some(left) = self.left.checked_sub(length) else {
            self.mark(Progress::TooLarge);
            return Poll::Ready(Some(Err(BodyTooLarge.into())));
        };
        self.left = left;
        let ended = frame.is_none() || self.inner.is_end_stream();
        self.mark(if ended {
            Progress::Done
        } else {
            Progress::Paused
        });
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
