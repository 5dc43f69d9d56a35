//! What a customer asks for: the body of `POST /v1/orders`, checked and priced.

use std::{collections::HashSet, sync::Arc};

use contracts::{CouponCode, Currency, Line, Money, ProductId, money::MAX_AMOUNT};
use serde_json::Value;
use store::catalog::VersionedProduct;

use crate::routes::coupons::fields;
use crate::{
    http::body::{At, Faults, Fields},
    problem::Problem,
    read_model::catalog::Catalog,
};

const MOST_LINES: usize = 100;
const MOST_UNITS: u64 = 1000;
const LONGEST_METHOD: usize = 64;

/// A request that passed all checks.
pub(crate) struct OrderRequest<'a> {
    pub(crate) items: Vec<Line>,
    /// What the items come to, before any discount.
    pub(crate) total: Money,
    pub(crate) coupon: Option<CouponCode>,
    pub(crate) payment_method: Option<&'a str>,
    pub(crate) expected_total: Option<Money>,
}

impl<'a> OrderRequest<'a> {
    /// Reads a body, with today's prices of `catalog`.
    pub(crate) fn read(body: &'a Value, catalog: &Catalog) -> Result<Self, Problem> {
        let known = ["items", "coupon", "paymentMethod", "expectedTotal"];
        let mut faults = Faults::default();
        let Some(fields) = faults.object(body, At::Root, &known) else {
            return Err(faults.problem());
        };
        let lines = lines(&fields, catalog, &mut faults);
        // Whether there is such a coupon, and it may be used, the promotion service decides.
        let coupon = faults.optional_text(&fields, "coupon", fields::code);
        let payment_method = faults.optional_text(&fields, "paymentMethod", payment_method);
        let expected_total = fields
            .get("expectedTotal")
            .and_then(|money| faults.money(money, At::Root.field("expectedTotal")));
        let total = lines
            .as_ref()
            .and_then(|(lines, currency)| sum(lines, *currency, &mut faults));
        match (lines, total) {
            (Some((items, _)), Some(total)) => {
                faults.finish()?;
                Ok(Self {
                    items,
                    total,
                    coupon,
                    payment_method,
                    expected_total,
                })
            }
            _ => Err(faults.problem()),
        }
    }
}

/// The lines and their common currency, as far as all of them are good.
fn lines(
    fields: &Fields<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> Option<(Vec<Line>, Currency)> {
    let at = At::Root.field("items");
    let items = faults.required(fields, "items")?;
    let items = items
        .as_array()
        .filter(|items| (1..=MOST_LINES).contains(&items.len()));
    let Some(items) = items else {
        faults.add(at, format!("must be an array of 1 to {MOST_LINES} items"));
        return None;
    };
    let mut lines = Vec::with_capacity(items.len());
    let mut seen = HashSet::with_capacity(items.len());
    let mut currency = None;
    for (index, item) in items.iter().enumerate() {
        let here = at.item(index);
        let Some(fields) = faults.object(item, here, &["productId", "quantity"]) else {
            continue;
        };
        let product = product(&fields, catalog, faults);
        let quantity = quantity(&fields, faults);
        let (Some(stored), Some(quantity)) = (product, quantity) else {
            continue;
        };
        let product = &stored.product;
        if *currency.get_or_insert(product.price.currency) != product.price.currency {
            faults.add(
                here.field("productId"),
                "is sold in another currency than the item before",
            );
        }
        lines.push(Line {
            product_id: product.id.clone(),
            name: product.name.clone(),
            quantity,
            unit_price: product.price.amount,
        });
    }
    for (index, item) in items.iter().enumerate() {
        let id = item.get("productId").and_then(Value::as_str);
        if id.is_some_and(|id| !seen.insert(id)) {
            faults.add(
                at.item(index).field("productId"),
                "stands in an earlier item already",
            );
        }
    }
    currency
        .filter(|_| lines.len() == items.len())
        .map(|currency| (lines, currency))
}

fn product(
    fields: &Fields<'_>,
    catalog: &Catalog,
    faults: &mut Faults,
) -> Option<Arc<VersionedProduct>> {
    faults.text(fields, "productId", |text| {
        let id: Option<ProductId> = text.parse().ok();
        let product = id
            .and_then(|id| catalog.get(&id))
            .map(|shown| Arc::clone(shown.stored()))
            .filter(|stored| stored.product.on_sale);
        product.ok_or_else(|| "is not a product on sale".to_owned())
    })
}

fn quantity(fields: &Fields<'_>, faults: &mut Faults) -> Option<u32> {
    let given = faults.required(fields, "quantity")?;
    let units = given
        .as_u64()
        .filter(|units| (1..=MOST_UNITS).contains(units));
    let units = units.and_then(|units| u32::try_from(units).ok());
    if units.is_none() {
        let detail = format!("must be an integer from 1 to {MOST_UNITS}");
        faults.add(fields.at().field("quantity"), detail);
    }
    units
}

pub(crate) fn payment_method(text: &str) -> Result<&str, String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if (1..=LONGEST_METHOD).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text)
    } else {
        Err(format!(
            "must be 1 to {LONGEST_METHOD} characters of A-Z, a-z, 0-9 and '_'"
        ))
    }
}

fn sum(lines: &[Line], currency: Currency, faults: &mut Faults) -> Option<Money> {
    let total = lines.iter().try_fold(0_i64, |sum, line| {
        let line = line.unit_price.checked_mul(i64::from(line.quantity))?;
        sum.checked_add(line).filter(|sum| *sum <= MAX_AMOUNT)
    });
    if total.is_none() {
        faults.add(
            At::Root.field("items"),
            format!("must come to {MAX_AMOUNT} minor units or less"),
        );
    }
    total.map(|total| Money::new(total, currency))
}
