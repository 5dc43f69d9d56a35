//! Query parameters of lists.

use std::collections::HashMap;

use axum::extract::Query;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

const MOST: usize = 100;
const USUAL: usize = 20;

/// The query of a request, by name; of a repeated name the last value counts.
pub(crate) type Params = Query<HashMap<String, String>>;

/// The `limit` parameter: 1 to 100, by default 20.
pub(crate) fn limit(params: &Params) -> Result<usize, Problem> {
    let Some(text) = params.get("limit") else {
        return Ok(USUAL);
    };
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Problem::parameter("limit", format!("limit must be 1 to {MOST}.")))
}

/// The cursor parameter `name`, if there is one.
pub(crate) fn cursor<T: std::str::FromStr>(
    params: &Params,
    name: &'static str,
) -> Result<Option<T>, Problem> {
    let Some(text) = params.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let cursor = text.parse().map_err(|_| {
        Problem::parameter(
            name,
            format!("{name} must be what a list answered as `next`."),
        )
    })?;
    Ok(Some(cursor))
}

/// A part of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    pub(crate) has_more: bool,
    /// The cursor of the next part, when there is one.
    pub(crate) next: Option<String>,
}
