//! Looking through the catalogue: filters, order, and pages.

mod order;

use std::{
    collections::{BTreeMap, BinaryHeap},
    ops::Bound::{Excluded, Unbounded},
};

use contracts::{Product, ProductId};

use self::order::Key;
use super::{Catalog, Model, Shown};
use crate::search::Match;

pub(crate) use order::{Cursor, Sort};

/// What is looked for. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Criteria {
    pub(crate) category: Option<String>,
    pub(crate) tag: Option<String>,
    /// Minor units, of whatever currency.
    pub(crate) min_price: Option<i64>,
    pub(crate) max_price: Option<i64>,
    pub(crate) in_stock: Option<bool>,
    pub(crate) on_sale: Option<bool>,
    pub(crate) sort: Sort,
    /// Whether to count the categories.
    pub(crate) facets: bool,
}

/// One page.
pub(crate) struct Browsed {
    pub(crate) products: Vec<Shown>,
    /// Where the next page starts, when there is one.
    pub(crate) next: Option<Cursor>,
    /// How many products each category has, whatever category was looked for.
    pub(crate) categories: Option<BTreeMap<String, u64>>,
}

impl Criteria {
    /// Whether a product fits, its category aside.
    fn fits(&self, product: &Product, available: i64) -> bool {
        let is = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        let has = |tag: &String| product.tags.contains(tag);
        is(self.on_sale, product.on_sale)
            && is(self.in_stock, available > 0)
            && self
                .min_price
                .is_none_or(|least| product.price.amount >= least)
            && self
                .max_price
                .is_none_or(|most| product.price.amount <= most)
            && self.tag.as_ref().is_none_or(has)
    }

    fn fits_category(&self, product: &Product) -> bool {
        self.category.is_none() || self.category == product.category
    }
}

/// Collects the first so many products in an order, out of any number in no order.
struct Collector<'a> {
    criteria: &'a Criteria,
    after: Option<&'a Cursor>,
    limit: usize,
    /// The largest key is on top, so that it goes when a smaller one comes.
    first: BinaryHeap<Candidate>,
    categories: BTreeMap<String, u64>,
}

struct Candidate {
    key: Key,
    shown: Shown,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Collector<'_> {
    fn look_at(&mut self, shown: Shown, score: u32) {
        let product = &shown.stored.product;
        if !self.criteria.fits(product, shown.available) {
            return;
        }
        if let (true, Some(category)) = (self.criteria.facets, &product.category) {
            match self.categories.get_mut(category) {
                Some(count) => *count += 1,
                None => _ = self.categories.insert(category.clone(), 1),
            }
        }
        if !self.criteria.fits_category(product) {
            return;
        }
        let key = self.criteria.sort.key(&shown.stored, score);
        if self.after.is_some_and(|after| !after.is_before(&key)) {
            return;
        }
        // One more than asked for tells whether there are more.
        if self.first.len() > self.limit {
            if self.first.peek().is_some_and(|last| last.key <= key) {
                return;
            }
            self.first.pop();
        }
        self.first.push(Candidate { key, shown });
    }

    fn finish(self) -> Browsed {
        let mut found = self.first.into_sorted_vec();
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let last = found.last().filter(|_| has_more);
        Browsed {
            next: last.map(|last| Cursor::at(self.criteria.sort, last.key.clone())),
            products: found.into_iter().map(|found| found.shown).collect(),
            categories: self.criteria.facets.then_some(self.categories),
        }
    }
}

impl Catalog {
    /// The first `limit` products after `after` that fit, among `matches` when words were looked for.
    /// Takes time in proportion to the products it looks at, unless they are wanted by id.
    pub(crate) fn browse(
        &self,
        matches: Option<Vec<Match>>,
        criteria: &Criteria,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Browsed {
        let mut collector = Collector {
            criteria,
            after,
            limit,
            first: BinaryHeap::with_capacity(limit + 2),
            categories: BTreeMap::new(),
        };
        let model = self.read();
        match matches {
            Some(matches) => {
                for (id, score) in matches {
                    if let Some(stored) = model.products.get(&id) {
                        collector.look_at(model.shown(stored), score);
                    }
                }
            }
            None => model.look_at_all(&mut collector),
        }
        drop(model);
        collector.finish()
    }
}

impl Model {
    fn look_at_all(&self, collector: &mut Collector<'_>) {
        let by_id = collector.criteria.sort == Sort::Id;
        let first_only = by_id && !collector.criteria.facets;
        let from = collector.after.filter(|_| first_only).map(Cursor::id);
        let all = match from {
            None => self.products.range::<ProductId, _>(..),
            Some(id) => {
                let from = (Excluded(id), Unbounded);
                self.products.range::<ProductId, _>(from)
            }
        };
        for (_, stored) in all {
            // By id the first ones come first; the categories are those of all.
            if first_only && collector.first.len() > collector.limit {
                return;
            }
            collector.look_at(self.shown(stored), 0);
        }
    }
}
