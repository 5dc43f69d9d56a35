//! Puts into words what the HTTP library refuses by itself.
//!
//! A head that cannot be read never reaches a handler: hyper answers it with a status and nothing else.
//! Such an answer is told by what it is, three lines without a body or one of the headers that every answer
//! of ours carries, and is replaced on its way out by the problem it stands for.

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

/// A bare answer is this short, with room for a date.
const LONGEST: usize = 256;

/// A connection whose bare refusals become problems.
pub(super) struct ProblemStream {
    stream: TcpStream,
    /// What is to be sent before anything else, and how much of it was.
    words: Vec<u8>,
    said: usize,
}

impl ProblemStream {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            words: Vec::new(),
            said: 0,
        }
    }

    fn poll_words(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.said < self.words.len() {
            let rest = &self.words[self.said..];
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.said += sent;
        }
        Poll::Ready(Ok(()))
    }
}

/// The status of an answer that no handler has given.
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

/// The same answer with a body that says what is wrong.
fn in_words(status: StatusCode) -> Vec<u8> {
    let problem = match status {
        StatusCode::URI_TOO_LONG => {
            Problem::new(&kinds::URI_TOO_LONG).detail("Shorten the path or the query.")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Problem::new(&kinds::HEADERS_TOO_LARGE)
            .detail("Send at most 100 headers, and 64 KiB of them."),
        _ => Problem::bare(status).detail("Its first line or one of its headers is not HTTP/1.1."),
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
        ready!(self.poll_words(context))?;
        if let Some(status) = bare(buffer) {
            self.words = in_words(status);
            self.said = 0;
            // The rest goes before whatever is written, flushed or closed next.
            if let Poll::Ready(Err(error)) = self.poll_words(context) {
                return Poll::Ready(Err(error));
            }
            return Poll::Ready(Ok(buffer.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refusals_without_words_are_put_into_words() {
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
