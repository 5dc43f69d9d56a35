//! Criteria of a list: filters, order, and the bounds that follow for the order.

use super::{
    super::item::Item,
    sort::{Cursor, Key, Sort},
};

/// Criteria of a list. A filter that is `None` does not apply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Criteria {
    pub(crate) category: Option<String>,
    pub(crate) tag: Option<String>,
    /// Minor units, of any currency.
    pub(crate) min_price: Option<i64>,
    pub(crate) max_price: Option<i64>,
    pub(crate) in_stock: Option<bool>,
    pub(crate) on_sale: Option<bool>,
    pub(crate) sort: Sort,
    /// Whether to count the categories.
    pub(crate) facets: bool,
}

impl Criteria {
    pub(super) fn fits(&self, item: &Item) -> bool {
        self.fits_but_category(item) && self.fits_category(item)
    }

    /// Returns whether a product fits, its category aside.
    pub(super) fn fits_but_category(&self, item: &Item) -> bool {
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

    /// Returns whether the category is the only filter.
    pub(super) const fn is_by_category(&self) -> bool {
        self.tag.is_none()
            && !self.has_prices()
            && self.in_stock.is_none()
            && self.on_sale.is_none()
    }

    pub(super) const fn has_prices(&self) -> bool {
        self.min_price.is_some() || self.max_price.is_some()
    }

    /// Returns the first place in the order at which a product can fit.
    pub(super) fn start<'a>(&self, after: Option<&'a Cursor>) -> Option<Key<'a>> {
        let bound = match self.sort {
            Sort::Price => self.min_price.map(Key::before),
            Sort::PriceDown => self.max_price.map(|most| Key::before(-most)),
            Sort::Id | Sort::Relevance | Sort::Name | Sort::Newest => None,
        };
        after.map(Cursor::key).max(bound)
    }

    /// Returns whether no product after this one can fit.
    pub(super) fn ends_before(&self, item: &Item) -> bool {
        let price = item.price;
        match self.sort {
            Sort::Price => self.max_price.is_some_and(|most| price > most),
            Sort::PriceDown => self.min_price.is_some_and(|least| price < least),
            Sort::Id | Sort::Relevance | Sort::Name | Sort::Newest => false,
        }
    }
}
