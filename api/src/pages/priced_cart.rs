//! A cart at today's prices, as its pages show it. Placing the order checks everything again.

use contracts::{Money, ProductId, money::MAX_AMOUNT};

use super::{
    cart::{Cart, CartLine},
    format::money,
    pictures,
    words::{Words, fill},
};
use crate::Api;

/// A line as a page shows it.
#[derive(Debug)]
pub(crate) struct PricedLine {
    pub(crate) id: ProductId,
    pub(crate) name: String,
    pub(crate) picture: String,
    pub(crate) quantity: u32,
    /// Empty for a product that is gone.
    pub(crate) unit_price: String,
    pub(crate) total: String,
    /// Reason why it cannot be ordered like this; empty when it can.
    pub(crate) fault: String,
    /// Texts of its controls.
    pub(crate) quantity_text: String,
    pub(crate) update_text: String,
    pub(crate) remove_text: String,
}

/// A cart at today's prices.
#[derive(Debug)]
pub(crate) struct PricedCart {
    pub(crate) lines: Vec<PricedLine>,
    /// Sum of the lines; `None` when they have no sum: nothing is sold any more, or in several currencies.
    pub(crate) subtotal: Option<Money>,
    pub(crate) is_mixed: bool,
    pub(crate) is_too_large: bool,
}

impl PricedCart {
    /// Prices a cart from the read model.
    pub(crate) fn of(api: &Api, words: &Words, cart: &Cart) -> Self {
        let priced = cart.lines().iter().map(|line| priced(api, words, line));
        let (lines, totals): (Vec<PricedLine>, Vec<Option<Money>>) = priced.unzip();
        let totals: Vec<Money> = totals.into_iter().flatten().collect();
        let currency = totals.first().map(|total| total.currency);
        let is_mixed = totals.iter().any(|total| Some(total.currency) != currency);
        let amounts = totals.iter().map(|total| total.amount);
        let sum = amounts.fold(0, i64::saturating_add);
        let is_too_large = !is_mixed && sum > MAX_AMOUNT;
        let subtotal = currency.map(|currency| Money::new(sum, currency));
        Self {
            lines,
            subtotal: subtotal.filter(|_| !is_mixed && !is_too_large),
            is_mixed,
            is_too_large,
        }
    }

    /// Returns whether nothing on these pages speaks against ordering it.
    pub(crate) fn can_be_ordered(&self) -> bool {
        self.subtotal.is_some() && self.lines.iter().all(|line| line.fault.is_empty())
    }
}

/// Returns a line and its total, which a product that is no longer sold does not have.
fn priced(api: &Api, words: &Words, line: &CartLine) -> (PricedLine, Option<Money>) {
    let shown = api.catalog.get(&line.product);
    let product = shown.as_ref().map(|shown| &shown.stored().product);
    let available = shown.as_ref().map_or(0, |shown| shown.available);
    let name = product.map_or(line.product.as_str(), |product| &product.name);
    let price = product.filter(|product| product.on_sale);
    let price = price.map(|product| product.price);
    let total = price.map(|price| {
        let amount = price.amount.saturating_mul(i64::from(line.quantity));
        Money::new(amount, price.currency)
    });
    let fault = if !product.is_some_and(|product| product.on_sale) {
        words.not_sold.to_owned()
    } else if available <= 0 {
        words.sold_out.to_owned()
    } else if available < i64::from(line.quantity) {
        fill(words.cart_fewer, &[&available.to_string()])
    } else {
        String::new()
    };
    let show = |amount: Option<Money>| amount.map(|amount| money(words, amount));
    let shown = PricedLine {
        id: line.product.clone(),
        picture: product.map(pictures::address).unwrap_or_default(),
        quantity: line.quantity,
        unit_price: show(price).unwrap_or_default(),
        total: show(total).unwrap_or_default(),
        quantity_text: fill(words.quantity_of, &[name]),
        update_text: fill(words.update_named, &[name]),
        remove_text: fill(words.remove_named, &[name]),
        name: name.to_owned(),
        fault,
    };
    (shown, total)
}
