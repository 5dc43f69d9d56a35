//! Gzip compression of complete text answers, by tower-http.
//!
//! Streams, such as events as they happen, are left alone: they must not wait for a block to fill. A compressed
//! answer has a weak entity tag, because a strong one names the uncompressed bytes.

use std::convert::Infallible;

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use tower::{ServiceExt as _, service_fn};
use tower_http::{
    CompressionLevel,
    compression::{Compression, predicate::Predicate},
};

/// A smaller body fits in a packet or two as it is.
const SMALLEST: u64 = 1024;
/// A larger body would occupy a thread of the runtime for too long.
const LARGEST: u64 = 4 << 20;

/// Marks an answer that must keep its strong entity tag: `If-Match` takes no weak ones.
#[derive(Clone, Copy)]
pub(crate) struct KeepStrongTag;

#[derive(Clone, Copy)]
struct WorthCompressing;

impl Predicate for WorthCompressing {
    fn should_compress<B: HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        let length = response.body().size_hint().exact();
        length.is_some_and(|length| (SMALLEST..=LARGEST).contains(&length))
            && response.extensions().get::<KeepStrongTag>().is_none()
            && is_text(response.headers())
    }
}

/// Compresses the answer to a request if the client accepts gzip and the answer is worth it.
pub(super) async fn apply(
    mut request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    name_gzip(request.headers_mut());
    let mut inner = Some(inner);
    let service = service_fn(|request| {
        let inner = inner.take();
        async move {
            match inner {
                Some(inner) => Ok::<_, Infallible>(inner(request).await),
                None => Ok(Response::default()),
            }
        }
    });
    let compressing = Compression::new(service)
        .quality(CompressionLevel::Fastest)
        .compress_when(WorthCompressing);
    let Ok(response) = compressing.oneshot(request).await;
    let mut response = response.map(Body::new);
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        weaken_tag(response.headers_mut());
    }
    response
}

/// Replaces a `*` in `Accept-Encoding`, which tower-http does not know, by the encoding that it stands for here.
fn name_gzip(headers: &mut HeaderMap) {
    let value = headers.get(header::ACCEPT_ENCODING);
    let Some(text) = value.and_then(|value| value.to_str().ok()) else {
        return;
    };
    if text.contains('*')
        && !text.to_ascii_lowercase().contains("gzip")
        && let Ok(value) = HeaderValue::try_from(text.replace('*', "gzip"))
    {
        headers.insert(header::ACCEPT_ENCODING, value);
    }
}

fn weaken_tag(headers: &mut HeaderMap) {
    let strong = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let weak = strong
        .filter(|tag| !tag.starts_with("W/"))
        .and_then(|tag| HeaderValue::try_from(format!("W/{tag}")).ok());
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind != "text/event-stream" && (kind.starts_with("text/") || kind.ends_with("json"))
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_compressed_if_the_client_accepts_gzip() {
        for (value, accepted) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("*, gzip;q=0", false),
            ("gzip;q=0.0", false),
            ("br", false),
            ("identity", false),
            ("", false),
        ] {
            let request = Request::builder().header(header::ACCEPT_ENCODING, value);
            let request = request.body(Body::empty()).unwrap();
            let answer = async |_| {
                let tag = [(header::ETAG, "\"1\"")];
                (tag, "text ".repeat(1000)).into_response()
            };
            let response = apply(request, answer).await;
            let headers = response.headers();
            let compressed = headers.contains_key(header::CONTENT_ENCODING);
            assert_eq!(compressed, accepted, "{value:?}");
            let tag = if accepted { "W/\"1\"" } else { "\"1\"" };
            assert_eq!(headers[header::ETAG], tag, "{value:?}");
            assert_eq!(headers[header::VARY], "accept-encoding", "{value:?}");
        }
    }
}
