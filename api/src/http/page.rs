//! Lists: pages with cursors, and their query parameters.

use std::collections::HashMap;

use axum::extract::Query;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

const MOST: usize = 100;
const DEFAULT: usize = 20;

/// The query of a request by name; of a repeated name the last value counts.
pub(crate) type Params = Query<HashMap<String, String>>;

/// Returns the `limit` parameter: 1 to 100, by default 20.
pub(crate) fn limit(params: &Params) -> Result<usize, Problem> {
    let Some(text) = params.get("limit") else {
        return Ok(DEFAULT);
    };
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Problem::parameter("limit", format!("limit must be 1 to {MOST}.")))
}

/// Returns the cursor parameter `name`, if there is one.
pub(crate) fn cursor<T: std::str::FromStr>(
    params: &Params,
    name: &'static str,
) -> Result<Option<T>, Problem> {
    let Some(text) = params.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let cursor = text.parse().map_err(|_| {
        let detail = format!("{name} must be the `next` of a page.");
        Problem::parameter(name, detail)
    })?;
    Ok(Some(cursor))
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    data: Vec<T>,
    has_more: bool,
    /// The cursor of the next page, when there is one.
    next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of `limit` items of what was found; one more means that there is another page.
    pub(crate) fn of<U: Into<T>>(
        mut found: Vec<U>,
        limit: usize,
        cursor: impl FnOnce(&U) -> String,
    ) -> Self {
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| has_more).map(cursor);
        Self {
            data: found.into_iter().map(Into::into).collect(),
            has_more,
            next,
        }
    }
}

/// A whole list.
#[derive(Serialize, ToSchema)]
pub(crate) struct List<T> {
    data: Vec<T>,
}

impl<T, U: Into<T>> FromIterator<U> for List<T> {
    fn from_iter<I: IntoIterator<Item = U>>(items: I) -> Self {
        Self {
            data: items.into_iter().map(Into::into).collect(),
        }
    }
}
