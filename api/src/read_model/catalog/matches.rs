//! Pages of search results.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    super::item::{Item, Match},
    Catalog,
    collector::{Browsed, Collector, count_category},
    criteria::Criteria,
    model::Model,
    sort::{Cursor, Key, Sort},
};

impl Catalog {
    /// Returns the first `limit` matches after `after` that fit.
    pub(crate) fn browse_among(
        &self,
        matches: Vec<Match>,
        criteria: &Criteria,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Browsed {
        let model = self.read();
        let categories = criteria.facets.then(|| {
            let mut categories = BTreeMap::new();
            for (number, _) in &matches {
                let item = model.by_number.get(number);
                if let Some(item) = item.filter(|item| criteria.fits_but_category(item)) {
                    count_category(&mut categories, item);
                }
            }
            categories
        });
        let mut collector = Collector::new(criteria, after, limit);
        for (score, numbers) in by_score(matches, criteria.sort) {
            // Later scores are behind all earlier ones.
            if collector.has_enough() {
                break;
            }
            model.collect_matches(&numbers, score, &mut collector);
        }
        Browsed {
            categories,
            ..collector.finish()
        }
    }
}

impl Model {
    fn collect_matches<'a>(&'a self, numbers: &[u64], score: u32, collector: &mut Collector<'a>) {
        let (criteria, rank) = (collector.criteria, -i64::from(score));
        let is_by_score = criteria.sort == Sort::Relevance;
        let after = collector.after;
        if is_by_score && after.is_some_and(|after| after.key() >= Key::before(rank + 1)) {
            return;
        }
        let row = if is_by_score { Sort::Id } else { criteria.sort };
        let Some(group) = self.indexes.narrowest(criteria, true) else {
            return;
        };
        let mut seen = None;
        if numbers.len() > collector.few_of(group.len()) {
            let start = if is_by_score {
                let here = after.filter(|after| after.key() >= Key::before(rank));
                here.map(Cursor::by_id)
            } else {
                criteria.start(after)
            };
            let wanted = Numbers::of(numbers);
            let mut row_items = group.row(row).after(start.as_ref());
            // After as many steps as there are matches, visiting the matches themselves is cheaper.
            for _ in 0..numbers.len() {
                let Some(item) = row_items.next().filter(|_| !collector.has_enough()) else {
                    return;
                };
                if wanted.has(item) {
                    collector.offer(item, score);
                }
                seen = Some(row.key(item, 0));
            }
        }
        let items = numbers
            .iter()
            .filter_map(|number| self.by_number.get(number));
        items
            .filter(|item| seen.is_none_or(|seen| row.key(item, 0) > seen))
            .for_each(|item| collector.offer(item, score));
    }
}

/// Groups matches by score, the best first; one group when the score does not matter.
fn by_score(matches: Vec<Match>, sort: Sort) -> Vec<(u32, Vec<u64>)> {
    let mut by_score: BTreeMap<Reverse<u32>, Vec<u64>> = BTreeMap::new();
    for (number, score) in matches {
        let score = if sort == Sort::Relevance { score } else { 0 };
        by_score.entry(Reverse(score)).or_default().push(number);
    }
    let by_score = by_score.into_iter();
    by_score
        .map(|(Reverse(score), numbers)| (score, numbers))
        .collect()
}

/// A set of product numbers, as bits.
struct Numbers(Vec<u64>);

impl Numbers {
    fn of(numbers: &[u64]) -> Self {
        let mut set = Self(Vec::new());
        for number in numbers {
            let (word, bit) = Self::place(*number);
            if set.0.len() <= word {
                set.0.resize(word + 1, 0);
            }
            set.0[word] |= bit;
        }
        set
    }

    fn has(&self, item: &Item) -> bool {
        let (word, bit) = Self::place(item.number);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn place(number: u64) -> (usize, u64) {
        let word = usize::try_from(number / 64).unwrap_or(usize::MAX);
        (word, 1 << (number % 64))
    }
}
