//! Collects the first so many products in an order, whatever the order they come in.

use std::sync::Arc;

use super::{
    super::{
        indexes::Group,
        item::{Item, Shown},
        sort::{Cursor, Key},
    },
    Browsed, Criteria,
};

/// The first products after a place.
pub(super) struct Collector<'a> {
    pub(super) criteria: &'a Criteria,
    pub(super) after: Option<&'a Cursor>,
    limit: usize,
    /// The first ones, and others that have not been told from them yet.
    found: Vec<Candidate<'a>>,
    /// Nothing that comes behind it is one of the first.
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

    /// Takes a product that fits, if it may be one of the first.
    pub(super) fn offer(&mut self, item: &'a Arc<Item>, score: u32) {
        let key = self.criteria.sort.key(item, score);
        if self.after.is_some_and(|after| after.key() >= key)
            || self.end.is_some_and(|end| end <= key)
        {
            return;
        }
        self.found.push(Candidate { key, item, score });
        // Twice as many as needed are sorted at once, which is cheaper than keeping them in order.
        if self.found.len() > 2 * (self.limit + 1) {
            self.tell_apart();
            self.end = self.found.last().map(|last| last.key);
        }
    }

    /// Keeps as many as asked for, and the one more that tells that there are more, in order.
    fn tell_apart(&mut self) {
        self.found
            .sort_unstable_by(|one, other| one.key.cmp(&other.key));
        self.found.truncate(self.limit + 1);
    }

    /// How many products of a group are so few that putting them in order looks at no more than going through
    /// the group in its order until there are enough of them, if they are spread evenly.
    pub(super) fn few_of(&self, group: &Group) -> usize {
        self.limit.saturating_mul(group.len()).isqrt()
    }

    /// Whether there are as many as asked for, and the one more that tells that there are more.
    pub(super) fn has_enough(&self) -> bool {
        self.found.len() > self.limit
    }

    pub(super) fn finish(mut self) -> Browsed {
        self.tell_apart();
        let has_more = self.has_enough();
        self.found.truncate(self.limit);
        let last = self.found.last().filter(|_| has_more);
        Browsed {
            next: last.map(|last| Cursor::at(self.criteria.sort, last.item, last.score)),
            products: self
                .found
                .iter()
                .map(|found| Shown::of(found.item))
                .collect(),
            categories: None,
        }
    }
}
