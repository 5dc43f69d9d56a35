//! Pages of the catalogue by filters and order.

use std::collections::BTreeMap;

use super::{
    Catalog,
    collector::{Browsed, Collector, count_category},
    criteria::Criteria,
    indexes::Group,
    model::Model,
    sort::{Cursor, Sort},
};

/// The number of products that may still be visited.
struct Budget(usize);

impl Budget {
    fn spend(&mut self, products: usize) -> Option<()> {
        self.0 = self.0.checked_sub(products)?;
        Some(())
    }
}

impl Catalog {
    /// Returns the first `limit` products after `after` that fit. `None` when that would visit more than about `budget`
    /// products.
    pub(crate) fn browse(
        &self,
        criteria: &Criteria,
        after: Option<&Cursor>,
        limit: usize,
        budget: usize,
    ) -> Option<Browsed> {
        let model = self.read();
        let mut budget = Budget(budget);
        let categories = if criteria.facets {
            Some(model.categories(criteria, &mut budget)?)
        } else {
            None
        };
        let mut page = Collector::new(criteria, after, limit);
        if let Some(group) = model.indexes.narrowest(criteria, true) {
            collect(group, &mut page, &mut budget)?;
        }
        Some(Browsed {
            categories,
            ..page.finish()
        })
    }
}

impl Model {
    /// Returns the number of fitting products per category, whatever category is asked for.
    fn categories(
        &self,
        criteria: &Criteria,
        budget: &mut Budget,
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
            budget.spend(1)?;
            if criteria.fits_but_category(item) {
                count_category(&mut counts, item);
            }
        }
        Some(counts)
    }
}

/// Collects the fitting products of a group by the shorter way: in the order asked for, or by a price range that has few
/// products.
fn collect<'a>(group: &'a Group, collector: &mut Collector<'a>, budget: &mut Budget) -> Option<()> {
    let criteria = collector.criteria;
    let by_price = matches!(criteria.sort, Sort::Price | Sort::PriceDown);
    let most = collector.few_of(group.len()).min(budget.0);
    if criteria.has_prices()
        && !by_price
        && let Some(few) = group.few_in_range(criteria, most)
    {
        budget.spend(few.len())?;
        few.into_iter().for_each(|item| collector.offer(item, 0));
        return Some(());
    }
    let start = criteria.start(collector.after);
    for item in group.row(criteria.sort).after(start.as_ref()) {
        if collector.has_enough() || criteria.ends_before(item) {
            break;
        }
        budget.spend(1)?;
        collector.offer(item, 0);
    }
    Some(())
}
