//! Lists: newest first, `limit` at a time, continued after or before an object.

use serde::Serialize;

use super::event::EventView;
use super::{ApiError, Form, IntentView, json};
use crate::book::{Book, Event, Intent, Row, Table};

const DEFAULT_LIMIT: usize = 10;
const LARGEST_LIMIT: usize = 100;

#[derive(Serialize)]
struct ListView<T> {
    object: &'static str,
    url: &'static str,
    has_more: bool,
    data: Vec<T>,
}

/// Which objects are wanted.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    limit: usize,
    /// Only older ones than this.
    after: Option<&'a str>,
    /// Only newer ones than this; the nearest of them.
    before: Option<&'a str>,
    /// Only events of this type.
    kind: Option<&'a str>,
}

impl<'a> Page<'a> {
    pub(crate) fn read(query: &'a Form) -> Result<Self, ApiError> {
        let limit = match query.get("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
                .ok_or_else(|| {
                    ApiError::invalid("limit", "parameter_invalid_integer", "From 1 to 100.")
                })?,
        };
        let (after, before) = (query.get("starting_after"), query.get("ending_before"));
        if after.is_some() && before.is_some() {
            let text = "starting_after and ending_before exclude each other.";
            return Err(ApiError::invalid(
                "ending_before",
                "parameter_invalid_string",
                text,
            ));
        }
        Ok(Self {
            limit,
            after,
            before,
            kind: query.get("type"),
        })
    }

    /// The wanted rows, newest first, and whether there are more in that direction.
    fn cut<'t, T: Row>(
        &self,
        table: &'t Table<T::Id, T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<(Vec<&'t T>, bool), ApiError>
    where
        T::Id: std::str::FromStr,
    {
        let place = |param: &str, text: &str| {
            let found = text.parse().ok().and_then(|id| table.place(id));
            found.ok_or_else(|| ApiError::unknown(400, param, "object", text))
        };
        let rows = table.rows();
        let mut found: Vec<&T> = if let Some(before) = self.before {
            let newer = &rows[place("ending_before", before)? + 1..];
            newer
                .iter()
                .filter(|row| wanted(row))
                .take(self.limit + 1)
                .collect()
        } else {
            let end = match self.after {
                Some(after) => place("starting_after", after)?,
                None => rows.len(),
            };
            rows[..end]
                .iter()
                .rev()
                .filter(|row| wanted(row))
                .take(self.limit + 1)
                .collect()
        };
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        if self.before.is_some() {
            found.reverse();
        }
        Ok((found, has_more))
    }
}

/// Something that can be listed.
pub(crate) trait Listed: Row + Sized {
    const URL: &'static str;

    fn table(book: &Book) -> &Table<Self::Id, Self>;
    fn wanted(&self, page: &Page<'_>) -> bool;
    fn view<'a>(&'a self, book: &'a Book) -> Option<impl Serialize + 'a>;
}

impl Listed for Intent {
    const URL: &'static str = "/v1/payment_intents";

    fn table(book: &Book) -> &Table<Self::Id, Self> {
        &book.intents
    }

    fn wanted(&self, _page: &Page<'_>) -> bool {
        true
    }

    fn view<'a>(&'a self, _book: &'a Book) -> Option<impl Serialize + 'a> {
        Some(IntentView::new(self, &self.state))
    }
}

impl Listed for Event {
    const URL: &'static str = "/v1/events";

    fn table(book: &Book) -> &Table<Self::Id, Self> {
        &book.events
    }

    fn wanted(&self, page: &Page<'_>) -> bool {
        page.kind.is_none_or(|kind| kind == self.kind.as_str())
    }

    fn view<'a>(&'a self, book: &'a Book) -> Option<impl Serialize + 'a> {
        EventView::new(book, self)
    }
}

/// A page of objects as JSON.
pub(crate) fn list<T: Listed>(book: &Book, page: &Page<'_>) -> Result<Vec<u8>, ApiError>
where
    T::Id: std::str::FromStr,
{
    let (rows, has_more) = page.cut(T::table(book), |row| row.wanted(page))?;
    let data = rows.into_iter().filter_map(|row| row.view(book)).collect();
    Ok(json(&ListView {
        object: "list",
        url: T::URL,
        has_more,
        data,
    }))
}
