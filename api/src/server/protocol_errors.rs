//! Problem bodies for the protocol errors that hyper answers by itself.
//!
//! A malformed head never reaches a handler: hyper answers it with a bare status. Such an answer is recognised by its
//! form, a few lines without a body or the `X-Request-Id` of every answer of a handler, and replaced on its way out.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::http::StatusCode;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::problem::{Problem, kinds};

/// Maximum length of a bare answer, with room for a date.
const LONGEST: usize = 256;

/// A connection whose bare answers become problems.
pub(super) struct ProblemStream {
    stream: TcpStream,
    /// The replacement that is sent before anything else, and how much of it has been sent.
    replacement: Vec<u8>,
    sent: usize,
}

impl ProblemStream {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            replacement: Vec::new(),
            sent: 0,
        }
    }

    fn poll_replacement(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.replacement.len() {
            let rest = &self.replacement[self.sent..];
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += written;
        }
        Poll::Ready(Ok(()))
    }
}

/// Returns the status of an answer that no handler has given.
fn bare(answer: &[u8]) -> Option<StatusCode> {
    if answer.len() > LONGEST || !answer.ends_with(b"\r\n\r\n") {
        return None;
    }
    let text = std::str::from_utf8(answer).ok()?.to_ascii_lowercase();
    let rest = text
        .strip_prefix("http/1.1 ")
        .or_else(|| text.strip_prefix("http/1.0 "))?;
    let ours = text.contains("\r\nx-request-id:");
    let empty = text.contains("\r\ncontent-length: 0\r\n");
    let status: StatusCode = rest.get(..3)?.parse().ok()?;
    (empty && !ours && status.is_client_error()).then_some(status)
}

/// Returns the same answer with a problem as its body.
fn with_problem(status: StatusCode) -> Vec<u8> {
    let problem = match status {
        StatusCode::URI_TOO_LONG => {
            Problem::new(&kinds::URI_TOO_LONG).detail("Shorten the path or the query.")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Problem::new(&kinds::HEADERS_TOO_LARGE)
            .detail("Send at most 100 headers, and 64 KiB of them."),
        _ => Problem::bare(status).detail("The request line or a header is not valid HTTP/1.1."),
    };
    let body = problem.body("");
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

impl AsyncRead for ProblemStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for ProblemStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_replacement(context))?;
        if let Some(status) = bare(buffer) {
            self.replacement = with_problem(status);
            self.sent = 0;
            // The rest is sent before the next write, flush or shutdown.
            if let Poll::Ready(Err(error)) = self.poll_replacement(context) {
                return Poll::Ready(Err(error));
            }
            return Poll::Ready(Ok(buffer.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_replacement(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_replacement(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_errors_are_replaced() {
        let refusal = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\
                       content-length: 0\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n";
        assert_eq!(bare(refusal.as_bytes()).unwrap().as_u16(), 431);
        for left in [
            "",
            "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nx-request-id: 1\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "{\"a\":\"HTTP/1.1 400\"}",
        ] {
            assert_eq!(bare(left.as_bytes()), None, "{left:?}");
        }
    }
}
