//! Collects the first products after a place, in whatever order they are offered.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    super::item::{Item, Shown},
    criteria::Criteria,
    sort::{Cursor, Key},
};

/// A page of products.
pub(crate) struct Browsed {
    pub(crate) products: Vec<Shown>,
    /// The cursor of the next page, when there is one.
    pub(crate) next: Option<Cursor>,
    /// The number of products per category, whatever category was asked for.
    pub(crate) categories: Option<BTreeMap<String, usize>>,
}

/// The first products after a place.
pub(super) struct Collector<'a> {
    pub(super) criteria: &'a Criteria,
    pub(super) after: Option<&'a Cursor>,
    limit: usize,
    /// The first products, and others that are not separated from them yet.
    found: Vec<Candidate<'a>>,
    /// Products from this place on are not among the first.
    end: Option<Key<'a>>,
}

#[derive(Clone, Copy)]
struct Candidate<'a> {
    key: Key<'a>,
    item: &'a Arc<Item>,
    score: u32,
}

impl<'a> Collector<'a> {
    pub(super) fn new(criteria: &'a Criteria, after: Option<&'a Cursor>, limit: usize) -> Self {
        Self {
            criteria,
            after,
            limit,
            found: Vec::with_capacity(limit + 1),
            end: None,
        }
    }

    /// Takes a product if it fits and may be one of the first.
    pub(super) fn offer(&mut self, item: &'a Arc<Item>, score: u32) {
        if !self.criteria.fits(item) {
            return;
        }
        let key = self.criteria.sort.key(item, score);
        if self.after.is_some_and(|after| after.key() >= key)
            || self.end.is_some_and(|end| end <= key)
        {
            return;
        }
        self.found.push(Candidate { key, item, score });
        // Sorting twice as many as needed now and then is cheaper than keeping them sorted.
        if self.found.len() > 2 * (self.limit + 1) {
            self.keep_first();
            self.end = self.found.last().map(|last| last.key);
        }
    }

    /// Sorts, and keeps one more than the limit, which shows that there is another page.
    fn keep_first(&mut self) {
        self.found
            .sort_unstable_by(|one, other| one.key.cmp(&other.key));
        self.found.truncate(self.limit + 1);
    }

    /// Returns how many of `len` products are few enough that sorting them visits no more products than walking through
    /// all `len` in order until the page is full, if the few are spread evenly.
    pub(super) fn few_of(&self, len: usize) -> usize {
        self.limit.saturating_mul(len).isqrt()
    }

    /// Returns whether the page is full and another one is known to follow.
    pub(super) fn has_enough(&self) -> bool {
        self.found.len() > self.limit
    }

    pub(super) fn finish(mut self) -> Browsed {
        self.keep_first();
        let has_more = self.has_enough();
        self.found.truncate(self.limit);
        let last = self.found.last().filter(|_| has_more);
        let products = self.found.iter().map(|found| Shown::of(found.item));
        Browsed {
            next: last.map(|last| Cursor::at(self.criteria.sort, last.item, last.score)),
            products: products.collect(),
            categories: None,
        }
    }
}

/// Counts a product in its category.
pub(super) fn count_category(counts: &mut BTreeMap<String, usize>, item: &Item) {
    let Some(category) = item.stored.product.category.as_deref() else {
        return;
    };
    match counts.get_mut(category) {
        Some(count) => *count += 1,
        None => _ = counts.insert(category.to_owned(), 1),
    }
}
