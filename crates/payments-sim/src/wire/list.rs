//! Lists: newest first, `limit` at a time, continued after or before an object.

use std::str::FromStr;

use serde::Serialize;

use super::resource::{Resource, json};
use super::{ApiError, Form};
use crate::ids::{ChargeId, IntentId};
use crate::state::{EventType, ProviderState};

const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: usize = 100;

#[derive(Serialize)]
struct ListView<T> {
    object: &'static str,
    url: &'static str,
    has_more: bool,
    data: Vec<T>,
}

/// Query of a list: filters and the page.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    limit: usize,
    /// Only objects older than this.
    after: Option<&'a str>,
    /// Only objects newer than this, the nearest ones.
    before: Option<&'a str>,
    /// Only events of this type.
    kind: Option<&'a str>,
    /// Only objects of this intent.
    intent: Option<&'a str>,
    /// Only refunds of this charge.
    charge: Option<&'a str>,
    public_url: &'a str,
}

impl<'a> Page<'a> {
    /// Parses the query; `public_url` is the base URL of pay pages.
    pub(crate) fn read(query: &'a Form, public_url: &'a str) -> Result<Self, ApiError> {
        let limit = match query.get("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| {
                    ApiError::invalid("limit", "parameter_invalid_integer", "From 1 to 100.")
                })?,
        };
        let (after, before) = (query.get("starting_after"), query.get("ending_before"));
        if after.is_some() && before.is_some() {
            let text = "starting_after and ending_before exclude each other.";
            return Err(ApiError::invalid_string("ending_before", text));
        }
        Ok(Self {
            limit,
            after,
            before,
            kind: query.get("type"),
            intent: query.get("payment_intent"),
            charge: query.get("charge"),
            public_url,
        })
    }

    /// Returns whether the query is about this intent, or about any.
    pub(super) fn matches_intent(&self, intent: IntentId) -> bool {
        names(self.intent, &intent)
    }

    /// Returns whether the query is about this charge, or about any.
    pub(super) fn matches_charge(&self, charge: ChargeId) -> bool {
        names(self.charge, &charge)
    }

    /// Returns whether the query is about events of this type, or of any.
    pub(super) fn matches_type(&self, kind: EventType) -> bool {
        self.kind.is_none_or(|text| text == kind.as_str())
    }

    /// Returns the matching records, newest first, and whether more follow in that direction.
    fn select<'t, T: Resource>(
        &self,
        provider: &'t ProviderState,
    ) -> Result<(Vec<&'t T>, bool), ApiError> {
        let table = T::table(provider);
        let index = |param: &str, text: &str| {
            let found = text.parse::<T::Id>().ok();
            let found = found.and_then(|id| table.get_index_of(&id));
            found.ok_or_else(|| ApiError::unknown(400, param, "object", text))
        };
        let records = table.as_slice();
        let wanted = |record: &&T| record.matches(self);
        let limit = self.limit + 1;
        let mut found: Vec<&T> = if let Some(before) = self.before {
            let newer = &records[index("ending_before", before)? + 1..];
            newer.values().filter(wanted).take(limit).collect()
        } else {
            let end = match self.after {
                Some(after) => index("starting_after", after)?,
                None => records.len(),
            };
            let older = records[..end].values().rev();
            older.filter(wanted).take(limit).collect()
        };
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        if self.before.is_some() {
            found.reverse();
        }
        Ok((found, has_more))
    }
}

/// Returns whether a filter is absent or names this id.
fn names<T: FromStr + PartialEq>(filter: Option<&str>, id: &T) -> bool {
    filter.is_none_or(|text| text.parse().is_ok_and(|named: T| named == *id))
}

/// Returns a page of objects as JSON.
pub(crate) fn list<T: Resource>(
    provider: &ProviderState,
    page: &Page<'_>,
) -> Result<Vec<u8>, ApiError> {
    let (records, has_more) = page.select::<T>(provider)?;
    let views = records
        .into_iter()
        .filter_map(|record| record.view(provider, page.public_url));
    Ok(json(&ListView {
        object: "list",
        url: T::URL,
        has_more,
        data: views.collect(),
    }))
}
