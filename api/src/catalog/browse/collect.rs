//! Collects the first so many products in an order, out of any number in no order.

use std::{cmp::Ordering, collections::BinaryHeap, sync::Arc};

use super::{
    super::{
        indexes::Group,
        item::{Item, Shown},
        order::{Cursor, Key},
    },
    Browsed, Criteria,
};

/// The first products after a place.
pub(super) struct Collector<'a> {
    pub(super) criteria: &'a Criteria,
    pub(super) after: Option<&'a Cursor>,
    limit: usize,
    /// The last one is on top, so that it goes when one comes that is before it.
    first: BinaryHeap<Candidate<'a>>,
}

struct Candidate<'a> {
    key: Key<'a>,
    item: &'a Arc<Item>,
    score: u32,
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Candidate<'_> {}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<'a> Collector<'a> {
    pub(super) fn new(criteria: &'a Criteria, after: Option<&'a Cursor>, limit: usize) -> Self {
        Self {
            criteria,
            after,
            limit,
            first: BinaryHeap::with_capacity(limit + 2),
        }
    }

    /// Takes a product that fits, if it is one of the first.
    pub(super) fn offer(&mut self, item: &'a Arc<Item>, score: u32) {
        let key = self.criteria.sort.key(item, score);
        if self.after.is_some_and(|after| after.key() >= key) {
            return;
        }
        if self.has_enough() {
            if self.first.peek().is_some_and(|last| last.key <= key) {
                return;
            }
            self.first.pop();
        }
        self.first.push(Candidate { key, item, score });
    }

    /// How many products of a group are so few that putting them in order looks at no more than going through
    /// the group in its order until there are enough of them, if they are spread evenly.
    pub(super) fn few_of(&self, group: &Group) -> usize {
        self.limit.saturating_mul(group.len()).isqrt()
    }

    /// Whether there are as many as asked for, and the one more that tells that there are more.
    pub(super) fn has_enough(&self) -> bool {
        self.first.len() > self.limit
    }

    pub(super) fn finish(self) -> Browsed {
        let has_more = self.has_enough();
        let mut found = self.first.into_sorted_vec();
        found.truncate(self.limit);
        let last = found.last().filter(|_| has_more);
        Browsed {
            next: last.map(|last| Cursor::at(self.criteria.sort, last.item, last.score)),
            products: found.iter().map(|found| Shown::of(found.item)).collect(),
            categories: None,
        }
    }
}
