//! Lists: newest first, `limit` at a time, continued after or before an object.

use serde::Serialize;

use super::charge::ChargeView;
use super::event::EventView;
use super::refund::RefundView;
use super::session::SessionView;
use super::{ApiError, Form, IntentView, json};
use crate::book::{Book, Charge, Event, Intent, Refund, Row, Session, Table};
use crate::ids::{ChargeId, IntentId};

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
    /// Only what belongs to this intent.
    intent: Option<&'a str>,
    /// Only refunds of this charge.
    charge: Option<&'a str>,
    public_url: &'a str,
}

impl<'a> Page<'a> {
    /// Reads the query; `public_url` is the base of pay pages.
    pub(crate) fn read(query: &'a Form, public_url: &'a str) -> Result<Self, ApiError> {
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
            intent: query.get("payment_intent"),
            charge: query.get("charge"),
            public_url,
        })
    }

    fn is_of(&self, intent: IntentId) -> bool {
        self.intent
            .is_none_or(|asked| asked.parse().is_ok_and(|id: IntentId| id == intent))
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
    fn view<'a>(&'a self, book: &'a Book, page: &Page<'_>) -> Option<impl Serialize + 'a>;
}

impl Listed for Intent {
    const URL: &'static str = "/v1/payment_intents";

    fn table(book: &Book) -> &Table<Self::Id, Self> {
        &book.intents
    }

    fn wanted(&self, _page: &Page<'_>) -> bool {
        true
    }

    fn view<'a>(&'a self, _book: &'a Book, _page: &Page<'_>) -> Option<impl Serialize + 'a> {
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

    fn view<'a>(&'a self, book: &'a Book, _page: &Page<'_>) -> Option<impl Serialize + 'a> {
        EventView::new(book, self)
    }
}

impl Listed for Charge {
    const URL: &'static str = "/v1/charges";

    fn table(book: &Book) -> &Table<Self::Id, Self> {
        &book.charges
    }

    fn wanted(&self, page: &Page<'_>) -> bool {
        page.is_of(self.intent)
    }

    fn view<'a>(&'a self, book: &'a Book, _page: &Page<'_>) -> Option<impl Serialize + 'a> {
        ChargeView::of(book, self)
    }
}

impl Listed for Refund {
    const URL: &'static str = "/v1/refunds";

    fn table(book: &Book) -> &Table<Self::Id, Self> {
        &book.refunds
    }

    fn wanted(&self, page: &Page<'_>) -> bool {
        let charge = |asked: &str| {
            asked
                .parse()
                .is_ok_and(|id: ChargeId| id == self.intent.charge())
        };
        page.is_of(self.intent) && page.charge.is_none_or(charge)
    }

    fn view<'a>(&'a self, book: &'a Book, _page: &Page<'_>) -> Option<impl Serialize + 'a> {
        RefundView::of(book, self)
    }
}

impl Listed for Session {
    const URL: &'static str = "/v1/checkout/sessions";

    fn table(book: &Book) -> &Table<Self::Id, Self> {
        &book.sessions
    }

    fn wanted(&self, page: &Page<'_>) -> bool {
        page.is_of(self.intent)
    }

    fn view<'a>(&'a self, book: &'a Book, page: &Page<'_>) -> Option<impl Serialize + 'a> {
        let intent = book.intents.get(self.intent)?;
        let state = Some(&intent.state);
        Some(SessionView::new(self, intent, state, page.public_url))
    }
}

/// A page of objects as JSON.
pub(crate) fn list<T: Listed>(book: &Book, page: &Page<'_>) -> Result<Vec<u8>, ApiError>
where
    T::Id: std::str::FromStr,
{
    let (rows, has_more) = page.cut(T::table(book), |row| row.wanted(page))?;
    let data = rows
        .into_iter()
        .filter_map(|row| row.view(book, page))
        .collect();
    Ok(json(&ListView {
        object: "list",
        url: T::URL,
        has_more,
        data,
    }))
}
