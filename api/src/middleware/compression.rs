//! Compresses answers that are worth it, for clients that can read them.
//!
//! Only bodies that are there as a whole: what is streamed, such as events as they happen, must not wait
//! for a block to fill.

use std::io::Write;

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};

/// A smaller body fits in a packet or two as it is.
const SMALLEST: u64 = 1024;
/// A larger one would keep a thread of the runtime busy for too long.
const LARGEST: u64 = 4 << 20;

/// Marks an answer that is sent as it is: its tag is to be sent back as If-Match, which takes strong
/// tags alone, and a compressed body cannot have the same strong tag.
#[derive(Clone, Copy)]
pub(crate) struct AsItIs;

pub(crate) async fn squeeze(
    request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let can_read = reads_gzip(request.headers());
    let response = inner(request).await;
    let whole = response.body().size_hint().exact();
    let worth_it = whole.is_some_and(|length| (SMALLEST..=LARGEST).contains(&length));
    let may = response.extensions().get::<AsItIs>().is_none();
    if !may || !worth_it || !is_text(response.headers()) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    head.headers
        .append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if !can_read || head.headers.contains_key(header::CONTENT_ENCODING) {
        return Response::from_parts(head, body);
    }
    // It is no longer than it said.
    let Ok(plain) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(head, Body::empty());
    };
    let Some(small) = gzip(&plain).filter(|small| small.len() < plain.len()) else {
        return Response::from_parts(head, Body::from(plain));
    };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    weaken(&mut head.headers);
    Response::from_parts(head, Body::from(small))
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// A strong tag names the bytes themselves, and these are others.
fn weaken(headers: &mut HeaderMap) {
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

/// Whether the client takes gzip: named, or meant by `*`, and not with a weight of nothing.
fn reads_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING);
    let offers = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut any = false;
    for offer in offers {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        let wanted = weight.parse::<f32>().is_ok_and(|weight| weight > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return wanted,
            "*" => any = wanted,
            _ => {}
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_say_what_they_read() {
        for (value, reads) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("*, gzip;q=0", false),
            ("gzip;q=0.0", false),
            ("br", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(reads_gzip(&headers), reads, "{value:?}");
        }
    }
}
