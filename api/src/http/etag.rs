//! Entity tags: what a client has seen, and whether it is still so.
//!
//! A product's tag is `"<version>.<available>"`. Every change of what a reader is shown gives another tag.
//! A change with `If-Match` asks for the version alone: units that were sold meanwhile are no reason to
//! refuse a new description.

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
    read_model::catalog::Shown,
};

/// Readers keep what they have seen and ask whether it is still so.
const CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// Bytes of a digest that make a tag: enough that two lists never share one.
const DIGEST: usize = 12;

/// More headers than any answer has.
const HEADERS: usize = 16;

/// The tag of a product.
fn of_product(shown: &Shown) -> String {
    format!("\"{}.{}\"", shown.stored().version, shown.available)
}

/// Answers a product as JSON with its tag, or 304 to whoever has it.
pub(crate) fn product(headers: &HeaderMap, shown: &Shown) -> Response {
    let tag = of_product(shown);
    if knows(headers, &tag) {
        return unchanged(&tag);
    }
    let mut body = Vec::with_capacity(shown.json_len());
    shown.write_json(&mut body);
    (Extension(KeepStrongTag), answer(&tag, body)).into_response()
}

/// Answers a list as JSON with a tag of what `digest` was made of, or 304 to whoever has it.
pub(crate) fn list(
    headers: &HeaderMap,
    digest: Sha256,
    body: impl FnOnce() -> Vec<u8>,
) -> Response {
    let tag = format!("\"{}\"", hex::encode(&digest.finalize()[..DIGEST]));
    if knows(headers, &tag) {
        return unchanged(&tag);
    }
    answer(&tag, body())
}

fn answer(tag: &str, body: Vec<u8>) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    // Room for what the layers around add.
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
    // A tag is digits and quotes.
    let tag = HeaderValue::try_from(tag).unwrap_or(CACHE);
    [(header::ETAG, tag), (header::CACHE_CONTROL, CACHE)]
}

/// Whether `If-None-Match` names the tag; weak and strong ones are the same to a reader.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
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

/// What `If-Match` asks for: the change is to be made only on one of these versions.
pub(crate) struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// Whether a product in this version may be changed.
    pub(crate) fn allows(&self, version: EntryId) -> bool {
        let version = version.to_string();
        let is_it = |tag: &String| {
            let seen = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let seen = seen.map(|seen| seen.split_once('.').map_or(seen, |(seen, _)| seen));
            tag == "*" || seen == Some(&version)
        };
        self.0.as_ref().is_none_or(|tags| tags.iter().any(is_it))
    }

    /// Whether the change is tied to a version at all.
    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// The answer when it does not allow the change.
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
    fn a_change_asks_for_the_version_and_not_for_the_stock() {
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
    fn a_reader_is_asked_whether_they_know_one_of_their_tags() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))])
        };
        for value in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(knows(&headers(value), "\"a\""), "{value}");
        }
        assert!(!knows(&headers("\"b\""), "\"a\""));
        assert!(!knows(&HeaderMap::new(), "\"a\""));
    }
}
