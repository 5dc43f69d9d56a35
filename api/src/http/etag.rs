//! Entity tags: conditional reads and changes of products.
//!
//! A product's tag is `"<version>.<available>"`: every change of the answer changes the tag. `If-Match` compares the
//! version only, because units sold meanwhile are no reason to refuse a new description.

use axum::{
    Extension,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use store::EntryId;

use crate::{
    middleware::compression::KeepStrongTag,
    problem::{Problem, kinds},
    read_model::item::Shown,
};

/// Caches may store the answer and must revalidate it.
const CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// Bytes of a digest in a tag: enough that two lists never share one.
const DIGEST: usize = 12;

/// Capacity for the headers that the middleware adds.
const HEADERS: usize = 16;

/// Returns the tag of a product.
fn of_product(shown: &Shown) -> String {
    format!("\"{}.{}\"", shown.stored().version, shown.available)
}

/// Returns a product as JSON with its tag, or 304 if the client has it.
pub(crate) fn product(headers: &HeaderMap, shown: &Shown) -> Response {
    let tag = of_product(shown);
    if is_known(headers, &tag) {
        return unchanged(&tag);
    }
    let mut body = Vec::with_capacity(shown.json_len());
    shown.write_json(&mut body);
    (Extension(KeepStrongTag), answer(&tag, body)).into_response()
}

/// Returns a list as JSON with a tag of the `digest`, or 304 if the client has it.
pub(crate) fn list(
    headers: &HeaderMap,
    digest: Sha256,
    body: impl FnOnce() -> Vec<u8>,
) -> Response {
    let tag = format!("\"{}\"", hex::encode(&digest.finalize()[..DIGEST]));
    if is_known(headers, &tag) {
        return unchanged(&tag);
    }
    answer(&tag, body())
}

fn answer(tag: &str, body: Vec<u8>) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    let kind = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.extend(labels(tag));
    response
}

fn unchanged(tag: &str) -> Response {
    (StatusCode::NOT_MODIFIED, labels(tag)).into_response()
}

fn labels(tag: &str) -> [(HeaderName, HeaderValue); 2] {
    // Digits and quotes always form a header value.
    let tag = HeaderValue::try_from(tag).unwrap_or(CACHE);
    [(header::ETAG, tag), (header::CACHE_CONTROL, CACHE)]
}

/// Returns whether `If-None-Match` names the tag, by weak comparison.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let named = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut named = named.filter_map(|value| value.to_str().ok()).flat_map(tags);
    named.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

fn tags(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
}

/// The `If-Match` header: a change applies to one of these versions only.
pub(crate) struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// Returns whether a product in this version may be changed.
    pub(crate) fn allows(&self, version: EntryId) -> bool {
        let version = version.to_string();
        let is_it = |tag: &String| {
            let seen = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let seen = seen.map(|seen| seen.split_once('.').map_or(seen, |(seen, _)| seen));
            tag == "*" || seen == Some(&version)
        };
        self.0.as_ref().is_none_or(|tags| tags.iter().any(is_it))
    }

    /// Returns whether there is such a header.
    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the problem of a version that does not match.
    pub(crate) fn refusal() -> Problem {
        Problem::new(&kinds::PRECONDITION_FAILED)
            .detail("Read it again, and send the ETag of what you read as If-Match.")
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut given = None;
        for value in parts.headers.get_all(header::IF_MATCH) {
            let value = value.to_str().map_err(|_| {
                Problem::parameter("If-Match", "If-Match must be a list of entity tags.")
            })?;
            let named = tags(value).map(ToOwned::to_owned);
            given.get_or_insert_with(Vec::new).extend(named);
        }
        Ok(Self(given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(tags: &[&str]) -> IfMatch {
        IfMatch(Some(tags.iter().map(|tag| (*tag).to_owned()).collect()))
    }

    #[test]
    fn if_match_compares_the_version_and_not_the_stock() {
        let version: EntryId = "7-1".parse().unwrap();
        assert!(IfMatch(None).allows(version));
        for tags in [
            &["\"7-1.10\""][..],
            &["\"7-1.3\""],
            &["\"6-0.1\"", "\"7-1\""],
            &["*"],
        ] {
            assert!(asks(tags).allows(version), "{tags:?}");
        }
        for tags in [&["\"7-2.10\""][..], &["W/\"7-1.10\""], &["7-1.10"], &[]] {
            assert!(!asks(tags).allows(version), "{tags:?}");
        }
    }

    #[test]
    fn if_none_match_takes_lists_weak_tags_and_the_asterisk() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))])
        };
        for value in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(is_known(&headers(value), "\"a\""), "{value}");
        }
        assert!(!is_known(&headers("\"b\""), "\"a\""));
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }
}
