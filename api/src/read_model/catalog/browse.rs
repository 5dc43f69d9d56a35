//! Looking through the catalogue: filters, order, and pages.

mod collect;
mod matches;

use std::collections::BTreeMap;

use self::collect::Collector;
use super::{
    Catalog, Model,
    indexes::Group,
    item::{Item, Shown},
    sort::{Cursor, Key, Sort},
};

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
    pub(crate) categories: Option<BTreeMap<String, usize>>,
}

impl Criteria {
    fn fits(&self, item: &Item) -> bool {
        self.fits_but_category(item) && self.fits_category(item)
    }

    /// Whether a product fits, its category aside.
    fn fits_but_category(&self, item: &Item) -> bool {
        let is = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        let has = |tag: &String| item.stored.product.tags.contains(tag);
        is(self.on_sale, item.on_sale)
            && is(self.in_stock, item.available() > 0)
            && self.min_price.is_none_or(|least| item.price >= least)
            && self.max_price.is_none_or(|most| item.price <= most)
            && self.tag.as_ref().is_none_or(has)
    }

    fn fits_category(&self, item: &Item) -> bool {
        self.category.is_none() || self.category == item.stored.product.category
    }

    /// Whether its category alone decides if a product fits.
    const fn is_by_category(&self) -> bool {
        self.tag.is_none()
            && !self.has_prices()
            && self.in_stock.is_none()
            && self.on_sale.is_none()
    }

    const fn has_prices(&self) -> bool {
        self.min_price.is_some() || self.max_price.is_some()
    }

    /// Where in the order the first product can be that fits.
    fn start<'a>(&self, after: Option<&'a Cursor>) -> Option<Key<'a>> {
        let bound = match self.sort {
            Sort::Price => self.min_price.map(Key::before),
            Sort::PriceDown => self.max_price.map(|most| Key::before(-most)),
            Sort::Id | Sort::Relevance | Sort::Name | Sort::Newest => None,
        };
        after.map(Cursor::key).max(bound)
    }

    /// Whether nothing fits that comes behind this product.
    fn ends_before(&self, item: &Item) -> bool {
        let price = item.price;
        match self.sort {
            Sort::Price => self.max_price.is_some_and(|most| price > most),
            Sort::PriceDown => self.min_price.is_some_and(|least| price < least),
            Sort::Id | Sort::Relevance | Sort::Name | Sort::Newest => false,
        }
    }
}

/// How many more products may be looked at.
struct Looks(usize);

impl Looks {
    fn take(&mut self, products: usize) -> Option<()> {
        self.0 = self.0.checked_sub(products)?;
        Some(())
    }
}

impl Catalog {
    /// The first `limit` products after `after` that fit. `None` when more than about `looks` products would
    /// have to be looked at.
    pub(crate) fn browse(
        &self,
        criteria: &Criteria,
        after: Option<&Cursor>,
        limit: usize,
        looks: usize,
    ) -> Option<Browsed> {
        let model = self.read();
        let mut looks = Looks(looks);
        let categories = if criteria.facets {
            Some(model.categories(criteria, &mut looks)?)
        } else {
            None
        };
        let collector = Collector::new(criteria, after, limit);
        let page = match model.indexes.narrowest(criteria, true) {
            Some(group) => group.collect(collector, &mut looks)?,
            None => collector,
        };
        Some(Browsed {
            categories,
            ..page.finish()
        })
    }
}

impl Model {
    /// How many of the products that fit each category has, whatever category was looked for.
    fn categories(
        &self,
        criteria: &Criteria,
        looks: &mut Looks,
    ) -> Option<BTreeMap<String, usize>> {
        if criteria.is_by_category() {
            let all = self.indexes.categories();
            return Some(all.map(|(name, count)| (name.to_owned(), count)).collect());
        }
        let mut counts = BTreeMap::new();
        let Some(group) = self.indexes.narrowest(criteria, false) else {
            return Some(counts);
        };
        for item in group.row(Sort::Id).after(None) {
            looks.take(1)?;
            if criteria.fits_but_category(item) {
                count(&mut counts, item);
            }
        }
        Some(counts)
    }
}

fn count(counts: &mut BTreeMap<String, usize>, item: &Item) {
    let Some(category) = item.stored.product.category.as_deref() else {
        return;
    };
    match counts.get_mut(category) {
        Some(count) => *count += 1,
        None => _ = counts.insert(category.to_owned(), 1),
    }
}

impl Group {
    /// Collects what fits, the shorter way: through the order that was asked for, or through a range of prices
    /// with few products in it.
    fn collect<'a>(
        &'a self,
        mut collector: Collector<'a>,
        looks: &mut Looks,
    ) -> Option<Collector<'a>> {
        let criteria = collector.criteria;
        let by_price = matches!(criteria.sort, Sort::Price | Sort::PriceDown);
        if criteria.has_prices()
            && !by_price
            && let Some(few) = self.few_in_range(criteria, collector.few_of(self).min(looks.0))
        {
            looks.take(few.len())?;
            for item in few {
                if criteria.fits(item) {
                    collector.offer(item, 0);
                }
            }
            return Some(collector);
        }
        let start = criteria.start(collector.after);
        for item in self.row(criteria.sort).after(start.as_ref()) {
            if collector.has_enough() || criteria.ends_before(item) {
                break;
            }
            looks.take(1)?;
            if criteria.fits(item) {
                collector.offer(item, 0);
            }
        }
        Some(collector)
    }
}
