//! The orders that products can be listed in, and places in them.

use contracts::ProductId;
use store::{EntryId, catalog::Stored};

/// An order. Within it, equal products are ordered by id.
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
    /// By name, whatever its case.
    Name,
    /// What was added or changed last first.
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
    /// The order that a word in a query means.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let found = WORDS.iter().find(|(_, known)| *known == word);
        found.map(|(sort, _)| *sort)
    }

    fn word(self) -> &'static str {
        let found = WORDS.iter().find(|(known, _)| *known == self);
        found.map_or("id", |(_, word)| word)
    }

    /// The place of a product.
    pub(super) fn key(self, stored: &Stored, score: u32) -> Key {
        let (product, id) = (&stored.product, stored.product.id.clone());
        let number = |number: i64| Rank::Number(number);
        let rank = match self {
            Self::Id => number(0),
            Self::Relevance => number(-i64::from(score)),
            Self::Price => number(product.price.amount),
            Self::PriceDown => number(-product.price.amount),
            Self::Name => Rank::Text(product.name.to_lowercase()),
            Self::Newest => Rank::Latest(std::cmp::Reverse(stored.version)),
        };
        Key { rank, id }
    }
}

/// A place in an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    rank: Rank,
    id: ProductId,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Number(i64),
    Text(String),
    Latest(std::cmp::Reverse<EntryId>),
}

/// A place in a list, as clients send it back: of the last product they were shown. In the order by id it
/// is the id; in every other one `<order>:<rank>:<id>`, so that it says what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    sort: Sort,
    key: Key,
}

impl Cursor {
    pub(super) const fn at(sort: Sort, key: Key) -> Self {
        Self { sort, key }
    }

    pub(super) fn is_before(&self, key: &Key) -> bool {
        self.key < *key
    }

    pub(super) const fn id(&self) -> &ProductId {
        &self.key.id
    }

    /// Reads a cursor of a list in this order; `None` when it is of another one, or of none.
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
        Some(Self {
            sort,
            key: Key { rank, id },
        })
    }
}

fn rank_of(sort: Sort, text: &str) -> Option<Rank> {
    match sort {
        Sort::Id | Sort::Relevance | Sort::Price | Sort::PriceDown => {
            text.parse().ok().map(Rank::Number)
        }
        Sort::Name => String::from_utf8(hex::decode(text).ok()?)
            .ok()
            .map(Rank::Text),
        Sort::Newest => {
            let version = text.parse().ok()?;
            Some(Rank::Latest(std::cmp::Reverse(version)))
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (word, id) = (self.sort.word(), &self.key.id);
        match &self.key.rank {
            Rank::Number(_) if self.sort == Sort::Id => write!(f, "{id}"),
            Rank::Number(number) => write!(f, "{word}:{number}:{id}"),
            Rank::Text(text) => write!(f, "{word}:{}:{id}", hex::encode(text)),
            Rank::Latest(version) => write!(f, "{word}:{}:{id}", version.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Currency, Money, Product};

    use super::*;

    fn stored() -> Stored {
        let price = Money::new(1990, Currency::EUR);
        Stored {
            product: Product::new("mug.01".parse().unwrap(), "Mug: \u{e9}".to_owned(), price),
            version: "7-1".parse().unwrap(),
        }
    }

    #[test]
    fn a_cursor_is_read_back_in_its_own_order_and_in_no_other() {
        let all = WORDS.map(|(sort, _)| sort).into_iter().chain([Sort::Id]);
        for sort in all {
            let cursor = Cursor::at(sort, sort.key(&stored(), 5));
            let text = cursor.to_string();
            assert_eq!(Cursor::read(sort, &text), Some(cursor), "{text}");
            for (other, _) in WORDS {
                let is_it = Cursor::read(other, &text).is_some();
                assert_eq!(is_it, other == sort, "{text} as {other:?}");
            }
        }
    }

    #[test]
    fn what_no_list_answered_is_no_cursor() {
        for text in [
            "",
            "price",
            "price:x:mug",
            "price:1:",
            "price:1:A B",
            "name:zz:mug",
            "id:0:mug",
        ] {
            for sort in [Sort::Price, Sort::Name] {
                assert_eq!(Cursor::read(sort, text), None, "{text}");
            }
        }
    }
}
