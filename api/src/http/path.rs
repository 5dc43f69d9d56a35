//! Ids in paths, and the `Location` of what was created.

use std::str::FromStr;

use axum::http::{HeaderName, HeaderValue, header};

use crate::problem::Problem;

/// Parses an id of a path; a text that is not an id names nothing.
pub(crate) fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Returns the `Location` header for a path.
pub(crate) fn location(path: String) -> Result<[(HeaderName, HeaderValue); 1], Problem> {
    let path = HeaderValue::try_from(path).map_err(Problem::internal)?;
    Ok([(header::LOCATION, path)])
}
