//! Sort orders of products, and places in them.

use std::cmp::Reverse;

use contracts::ProductId;
use store::EntryId;

use super::super::item::Item;

/// A sort order. Ties are sorted by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// By id.
    #[default]
    Id,
    /// The best match first.
    Relevance,
    /// The lowest price first, by minor units.
    Price,
    /// The highest price first.
    PriceDown,
    /// By name, ignoring case.
    Name,
    /// The last added or changed first.
    Newest,
}

const WORDS: [(Sort, &str); 5] = [
    (Sort::Relevance, "relevance"),
    (Sort::Price, "price"),
    (Sort::PriceDown, "-price"),
    (Sort::Name, "name"),
    (Sort::Newest, "newest"),
];

impl Sort {
    /// Returns the order of a word in a query.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let found = WORDS.iter().find(|(_, known)| *known == word);
        found.map(|(sort, _)| *sort)
    }

    fn word(self) -> &'static str {
        let found = WORDS.iter().find(|(known, _)| *known == self);
        found.map_or("id", |(_, word)| word)
    }

    /// The orders that indexes keep; relevance is known to a search only.
    pub(super) const ROWS: [Self; 5] = [
        Self::Id,
        Self::Price,
        Self::PriceDown,
        Self::Name,
        Self::Newest,
    ];

    /// Returns the index in [`Sort::ROWS`] for this order.
    pub(super) const fn row(self) -> usize {
        match self {
            Self::Id | Self::Relevance => 0,
            Self::Price => 1,
            Self::PriceDown => 2,
            Self::Name => 3,
            Self::Newest => 4,
        }
    }

    /// Returns the place of a product with this score.
    pub(super) fn key(self, item: &Item, score: u32) -> Key<'_> {
        let rank = match self {
            Self::Id => Rank::Number(0),
            Self::Relevance => Rank::Number(-i64::from(score)),
            Self::Price => Rank::Number(item.price),
            Self::PriceDown => Rank::Number(-item.price),
            Self::Name => Rank::Text(&*item.folded_name),
            Self::Newest => Rank::Latest(Reverse(item.version)),
        };
        Key {
            rank,
            id: item.id(),
        }
    }
}

/// A place in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    rank: Rank<&'a str>,
    id: &'a str,
}

impl Key<'_> {
    /// Returns the place before all products with this numeric rank.
    pub(super) const fn before(rank: i64) -> Self {
        Self {
            rank: Rank::Number(rank),
            id: "",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank<T> {
    Number(i64),
    Text(T),
    Latest(Reverse<EntryId>),
}

/// A place in a list as clients send it back: that of the last product of a page. By id it is the id, in other orders
/// `<order>:<rank>:<id>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    sort: Sort,
    rank: Rank<String>,
    id: ProductId,
}

impl Cursor {
    /// Returns the place of a product with this score.
    pub(super) fn at(sort: Sort, item: &Item, score: u32) -> Self {
        let rank = match sort.key(item, score).rank {
            Rank::Number(number) => Rank::Number(number),
            Rank::Text(text) => Rank::Text(text.to_owned()),
            Rank::Latest(version) => Rank::Latest(version),
        };
        Self {
            sort,
            rank,
            id: item.stored.product.id.clone(),
        }
    }

    pub(super) fn key(&self) -> Key<'_> {
        let rank = match &self.rank {
            Rank::Number(number) => Rank::Number(*number),
            Rank::Text(text) => Rank::Text(text.as_str()),
            Rank::Latest(version) => Rank::Latest(*version),
        };
        Key {
            rank,
            id: self.id.as_str(),
        }
    }

    /// Returns the place of the same product in the order by id.
    pub(super) fn by_id(&self) -> Key<'_> {
        Key {
            rank: Rank::Number(0),
            id: self.id.as_str(),
        }
    }

    /// Parses a cursor of a list in this order; `None` for any other text.
    pub(crate) fn read(sort: Sort, text: &str) -> Option<Self> {
        let (rank, id) = match sort {
            Sort::Id => (Rank::Number(0), text),
            Sort::Relevance | Sort::Price | Sort::PriceDown | Sort::Name | Sort::Newest => {
                let mut parts = text.splitn(3, ':');
                let (word, rank, id) = (parts.next()?, parts.next()?, parts.next()?);
                (rank_of(sort, rank).filter(|_| word == sort.word())?, id)
            }
        };
        let id = id.parse().ok()?;
        // `+5` and `05` parse as 5, and no list returns them.
        Some(Self { sort, rank, id }).filter(|cursor| cursor.to_string() == text)
    }
}

fn rank_of(sort: Sort, text: &str) -> Option<Rank<String>> {
    match sort {
        Sort::Id | Sort::Relevance | Sort::Price | Sort::PriceDown => {
            text.parse().ok().map(Rank::Number)
        }
        Sort::Name => String::from_utf8(hex::decode(text).ok()?)
            .ok()
            .map(Rank::Text),
        Sort::Newest => {
            let version = text.parse().ok()?;
            Some(Rank::Latest(Reverse(version)))
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (word, id) = (self.sort.word(), &self.id);
        match &self.rank {
            Rank::Number(_) if self.sort == Sort::Id => write!(f, "{id}"),
            Rank::Number(number) => write!(f, "{word}:{number}:{id}"),
            Rank::Text(text) => write!(f, "{word}:{}:{id}", hex::encode(text)),
            Rank::Latest(version) => write!(f, "{word}:{}:{id}", version.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::{Currency, Money, Product};
    use store::catalog::VersionedProduct;

    use super::*;

    fn item() -> Item {
        let price = Money::new(1990, Currency::EUR);
        let stored = VersionedProduct {
            product: Product::new("mug.01".parse().unwrap(), "Mug: \u{e9}".to_owned(), price),
            version: "7-1".parse().unwrap(),
        };
        Item::new(Arc::new(stored), 0, 0)
    }

    #[test]
    fn a_cursor_parses_in_its_own_order_only() {
        let all = WORDS.map(|(sort, _)| sort).into_iter().chain([Sort::Id]);
        for sort in all {
            let cursor = Cursor::at(sort, &item(), 5);
            assert_eq!(cursor.key(), sort.key(&item(), 5));
            let text = cursor.to_string();
            assert_eq!(Cursor::read(sort, &text), Some(cursor), "{text}");
            for (other, _) in WORDS {
                let is_it = Cursor::read(other, &text).is_some();
                assert_eq!(is_it, other == sort, "{text} as {other:?}");
            }
        }
    }

    #[test]
    fn a_text_that_no_list_returns_is_refused() {
        for text in [
            "",
            "price",
            "price:x:mug",
            "price:1:",
            "price:1:A B",
            "price:+1:mug",
            "price:01:mug",
            "price:-0:mug",
            "name:6D:mug",
            "name:zz:mug",
            "id:0:mug",
        ] {
            for sort in [Sort::Price, Sort::Name] {
                assert_eq!(Cursor::read(sort, text), None, "{text}");
            }
        }
    }
}
