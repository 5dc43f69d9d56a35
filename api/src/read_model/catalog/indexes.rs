//! Indexes of the catalogue: all products and the groups that filters select, each in every order. A page is found
//! without visiting the products before it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    super::item::Item,
    criteria::Criteria,
    row::Row,
    sort::{Key, Sort},
};

/// The products of a group, in every order.
pub(super) struct Group([Row; Sort::ROWS.len()]);

impl Default for Group {
    fn default() -> Self {
        Self(Sort::ROWS.map(Row::new))
    }
}

impl Group {
    /// Returns the products in an order; by id for relevance, which only a search knows.
    pub(super) fn row(&self, sort: Sort) -> &Row {
        &self.0[sort.row()]
    }

    pub(super) const fn len(&self) -> usize {
        self.0[0].len()
    }

    const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn insert(&mut self, item: &Arc<Item>) {
        for row in &mut self.0 {
            row.insert(Arc::clone(item));
        }
    }

    fn remove(&mut self, item: &Item) {
        for row in &mut self.0 {
            row.remove(item);
        }
    }

    /// Returns the products of the price range, if they are few.
    pub(super) fn few_in_range(&self, criteria: &Criteria, few: usize) -> Option<Vec<&Arc<Item>>> {
        let least = criteria.min_price.map(Key::before);
        let prices = self.row(Sort::Price).after(least.as_ref());
        let most = criteria.max_price.unwrap_or(i64::MAX);
        let in_range = prices.take_while(|item| item.price <= most);
        let found: Vec<_> = in_range.take(few + 1).collect();
        (found.len() <= few).then_some(found)
    }
}

/// All groups.
#[derive(Default)]
pub(super) struct Indexes {
    all: Group,
    categories: BTreeMap<Box<str>, Group>,
    tags: HashMap<Box<str>, Group>,
    /// Small groups in most shops: without an index a list would visit everything else first.
    sold_out: Group,
    off_sale: Group,
}

impl Indexes {
    /// Builds the indexes of these products. Sorting them first is several times as fast as inserting them one by one.
    pub(super) fn of(mut items: Vec<Arc<Item>>) -> Self {
        let mut indexes = Self::default();
        for sort in Sort::ROWS {
            items.sort_unstable_by(|one, other| sort.key(one, 0).cmp(&sort.key(other, 0)));
            for item in &items {
                indexes.each(item, |group| {
                    group.0[sort.row()].insert(Arc::clone(item));
                });
            }
        }
        indexes
    }

    pub(super) fn insert(&mut self, item: &Arc<Item>) {
        self.each(item, |group| group.insert(item));
    }

    /// Removes a product, in the state in which it was inserted.
    pub(super) fn remove(&mut self, item: &Item) {
        self.each(item, |group| group.remove(item));
        let product = &item.stored.product;
        if let Some(category) = product.category.as_deref()
            && self.categories.get(category).is_some_and(Group::is_empty)
        {
            self.categories.remove(category);
        }
        for tag in &product.tags {
            if self.tags.get(&**tag).is_some_and(Group::is_empty) {
                self.tags.remove(&**tag);
            }
        }
    }

    /// Sets the available units of a product.
    pub(super) fn count(&mut self, item: &Arc<Item>, available: i64) {
        let was_there = item.available() > 0;
        item.set_available(available);
        match (was_there, available > 0) {
            (true, false) => self.sold_out.insert(item),
            (false, true) => self.sold_out.remove(item),
            (true, true) | (false, false) => {}
        }
    }

    /// Applies `act` to every group of a product.
    fn each(&mut self, item: &Item, mut act: impl FnMut(&mut Group)) {
        let product = &item.stored.product;
        act(&mut self.all);
        if let Some(category) = product.category.as_deref() {
            act(self.categories.entry(category.into()).or_default());
        }
        for tag in &product.tags {
            act(self.tags.entry(tag.as_str().into()).or_default());
        }
        if item.available() <= 0 {
            act(&mut self.sold_out);
        }
        if !item.on_sale {
            act(&mut self.off_sale);
        }
    }

    /// Returns the smallest group that contains all fitting products, ignoring the category unless `by_category`;
    /// `None` when nothing can fit.
    pub(super) fn narrowest(&self, criteria: &Criteria, by_category: bool) -> Option<&Group> {
        let mut narrowest = &self.all;
        if let Some(category) = criteria.category.as_deref().filter(|_| by_category) {
            narrowest = smaller(narrowest, self.categories.get(category)?);
        }
        if let Some(tag) = criteria.tag.as_deref() {
            narrowest = smaller(narrowest, self.tags.get(tag)?);
        }
        if criteria.in_stock == Some(false) {
            narrowest = smaller(narrowest, &self.sold_out);
        }
        if criteria.on_sale == Some(false) {
            narrowest = smaller(narrowest, &self.off_sale);
        }
        Some(narrowest)
    }

    /// Returns the number of products per category.
    pub(super) fn categories(&self) -> impl Iterator<Item = (&str, usize)> {
        let categories = self.categories.iter();
        categories.map(|(category, group)| (&**category, group.len()))
    }
}

fn smaller<'a>(one: &'a Group, other: &'a Group) -> &'a Group {
    if other.len() < one.len() { other } else { one }
}
