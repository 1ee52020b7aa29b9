//! A newline after JSON for programs that print an answer to a terminal, whose prompt would follow
//! on the same line. White space after a JSON text is part of it (RFC 8259, section 2); all other
//! clients get the bytes as they were made.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// How such programs begin to say who they are.
const TERMINAL_CLIENTS: [&str; 4] = ["curl/", "HTTPie/", "Wget/", "xh/"];

/// Whether a request comes from one of them.
pub(crate) fn is_wanted(request: &HeaderMap) -> bool {
    let agent = request.get(USER_AGENT).map(HeaderValue::as_bytes);
    agent.is_some_and(|agent| {
        TERMINAL_CLIENTS
            .iter()
            .any(|program| agent.starts_with(program.as_bytes()))
    })
}

/// The answer with a newline at its end, if it is JSON.
pub(crate) fn append(mut response: Response) -> Response {
    let length = response.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let empty = length == Some(0) || length.is_none() && response.body().is_end_stream();
    if empty || !is_json(response.headers()) {
        return response;
    }
    if let Some(length) = length {
        let headers = response.headers_mut();
        headers.insert(CONTENT_LENGTH, length.saturating_add(1).into());
    }
    // The answer to HEAD has a length and no body.
    if response.body().is_end_stream() {
        return response;
    }
    response.map(|inner| {
        Body::new(WithNewline {
            inner,
            ended: false,
        })
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let form = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    form.is_some_and(|form| {
        form.starts_with(b"application/json") || form.starts_with(b"application/problem+json")
    })
}

/// A body and a newline.
struct WithNewline {
    inner: Body,
    ended: bool,
}

impl HttpBody for WithNewline {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(None) => {
                self.ended = true;
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"\n")))))
            }
            polled => polled,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.inner.size_hint();
        let more = u64::from(!self.ended);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(more));
        }
        hint.set_lower(hint.lower().saturating_add(more));
        hint
    }
}
