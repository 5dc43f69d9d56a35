//! The body of `POST /v1/orders`, checked and priced from the read model.

use std::{collections::HashSet, sync::Arc};

use contracts::{CouponCode, Currency, Line, Money, money::MAX_AMOUNT};
use serde_json::{Value, json};
use store::catalog::VersionedProduct;

use crate::{
    http::{
        At, Components, Faults, Field, JsonBody, TextField,
        fields::{Integer, PaymentMethod},
        request_body,
    },
    problem::Problem,
    read_model::catalog::Catalog,
};

request_body! {
    /// An order.
    pub(crate) struct NewOrder {
        /// Each product at most once, all of them in one currency.
        items: Items;
        /// The code of a coupon.
        coupon: Option<CouponCode>, example = "WELCOME10";
        /// Charged as soon as stock and coupon are held. Without it the customer pays at `payment.payUrl`, or by another request.
        payment_method as "paymentMethod": Option<PaymentMethod>, example = "pm_card_visa";
        /// The total expected before any discount; the order is refused when prices have changed.
        expected_total as "expectedTotal": Option<Money>;
    }
}

request_body! {
    pub(crate) struct NewItem {
        /// A product on sale.
        _product_id as "productId": ProductOnSale, example = "mug-01";
        quantity: Integer<u32, 1, 1000>, example = 2;
    }
}

/// The id of a product. Whether it is on sale is checked against the catalogue, by [`price`].
pub(crate) struct ProductOnSale;

impl TextField for ProductOnSale {
    type Value = ();

    fn parse(_: &str) -> Result<(), String> {
        Ok(())
    }

    fn limits() -> Value {
        contracts::ProductId::limits()
    }
}

/// The items of an order.
pub(crate) struct Items;

const MOST_ITEMS: usize = 100;

impl Field for Items {
    type Value = Vec<NewItem>;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<Vec<NewItem>> {
        let items = value.as_array();
        let Some(items) = items.filter(|items| (1..=MOST_ITEMS).contains(&items.len())) else {
            faults.add(at, format!("must be an array of 1 to {MOST_ITEMS} items"));
            return None;
        };
        let items = items.iter().enumerate();
        // Every item is read before the first fault counts.
        let items: Vec<_> = items
            .map(|(index, item)| NewItem::read(item, at.item(index), faults))
            .collect();
        items.into_iter().collect()
    }

    fn schema() -> Value {
        let items = <NewItem as Field>::schema();
        json!({ "type": "array", "minItems": 1, "maxItems": MOST_ITEMS, "items": items })
    }

    fn add_components(components: &mut Components) {
        NewItem::add_components(components);
    }
}

/// An order that passed all checks, at today's prices.
pub(crate) struct PricedOrder {
    pub(crate) items: Vec<Line>,
    /// Sum of the items, before any discount.
    pub(crate) total: Money,
    pub(crate) coupon: Option<CouponCode>,
    pub(crate) payment_method: Option<String>,
    pub(crate) expected_total: Option<Money>,
}

impl PricedOrder {
    /// Reads a body and prices it from `catalog`.
    pub(crate) fn read(body: &JsonBody, catalog: &Catalog) -> Result<Self, Problem> {
        let mut priced = None;
        let order: NewOrder = body.read_and(|body, order: Option<&NewOrder>, faults| {
            let products = products(body, catalog, faults);
            let items = order.map(|order| &order.items[..]).zip(products);
            priced = items.and_then(|(items, products)| price(items, &products, faults));
        })?;
        // A body without faults has a price.
        let (items, total) = priced.ok_or_else(|| Problem::internal("an order without a price"))?;
        Ok(Self {
            items,
            total,
            coupon: order.coupon,
            payment_method: order.payment_method,
            expected_total: order.expected_total,
        })
    }
}

/// Returns the products of all items, each in one currency and at most once; `None` after a fault.
fn products(
    body: &Value,
    catalog: &Catalog,
    faults: &mut Faults,
) -> Option<Vec<Arc<VersionedProduct>>> {
    let at = At::Root.field("items");
    let items = body["items"].as_array()?;
    let items = Some(items).filter(|items| items.len() <= MOST_ITEMS)?;
    let mut seen = HashSet::with_capacity(items.len());
    let mut found: Vec<Arc<VersionedProduct>> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let Some(id) = item["productId"].as_str() else {
            continue;
        };
        let here = at.item(index);
        let here = here.field("productId");
        if !seen.insert(id) {
            faults.add(here, "stands in an earlier item already");
        }
        let product = id.parse().ok().and_then(|id| catalog.get(&id));
        let product = product.filter(|shown| shown.stored().product.on_sale);
        let Some(product) = product else {
            faults.add(here, "is not a product on sale");
            continue;
        };
        let currency = |stored: &VersionedProduct| stored.product.price.currency;
        let product = Arc::clone(product.stored());
        if found
            .first()
            .is_some_and(|first| currency(first) != currency(&product))
        {
            faults.add(here, "is sold in another currency than the item before");
        }
        found.push(product);
    }
    Some(found).filter(|found| found.len() == items.len() && !found.is_empty())
}

/// Returns the lines and their sum.
fn price(
    items: &[NewItem],
    products: &[Arc<VersionedProduct>],
    faults: &mut Faults,
) -> Option<(Vec<Line>, Money)> {
    let line = |(item, stored): (&NewItem, &Arc<VersionedProduct>)| Line {
        product_id: stored.product.id.clone(),
        name: stored.product.name.clone(),
        quantity: item.quantity,
        unit_price: stored.product.price.amount,
    };
    let lines: Vec<Line> = items.iter().zip(products).map(line).collect();
    let currency: Currency = products.first()?.product.price.currency;
    let total = lines.iter().try_fold(0_i64, |sum, line| {
        let line = line.unit_price.checked_mul(i64::from(line.quantity))?;
        sum.checked_add(line).filter(|sum| *sum <= MAX_AMOUNT)
    });
    if total.is_none() {
        let detail = format!("must come to {MAX_AMOUNT} minor units or less");
        faults.add(At::Root.field("items"), detail);
    }
    Some((lines, Money::new(total?, currency)))
}
