//! The checks of a coupon's terms.

use contracts::{Coupon, CouponCode, Discount, Money};
use serde_json::Value;
use streamward::clock::parse_rfc3339;

use crate::{
    http::body::{At, Faults, Fields},
    problem::Problem,
};

/// The most uses a coupon may be limited to.
const MOST_USES: u64 = 1_000_000_000;
const KNOWN: [&str; 9] = [
    "code",
    "percent",
    "amount",
    "minimum",
    "validFrom",
    "validUntil",
    "maxUses",
    "maxUsesPerCustomer",
    "active",
];

/// A coupon's code as people write it.
pub(crate) fn code(text: &str) -> Result<CouponCode, String> {
    text.parse()
        .map_err(|_| "must be 3 to 32 characters of A-Z, 0-9, '-' or '_'".to_owned())
}

/// A new coupon; without `active` it may be used at once, and what is left out does not limit it.
pub(crate) fn new(body: &Value) -> Result<Coupon, Problem> {
    let mut faults = Faults::default();
    let Some(fields) = faults.object(body, At::Root, &KNOWN) else {
        return Err(faults.problem());
    };
    let code = faults.text(&fields, "code", code);
    let discount = discount(&fields, &mut faults);
    let minimum = fields.get("minimum");
    let minimum = minimum.and_then(|money| faults.money(money, At::Root.field("minimum")));
    if let (Some(Discount::Amount(amount)), Some(minimum)) = (discount, minimum)
        && amount.currency != minimum.currency
    {
        let detail = "must be in the currency of the amount";
        faults.add(At::Root.field("minimum"), detail);
    }
    let valid_from = faults.optional_text(&fields, "validFrom", time);
    let valid_until = faults.optional_text(&fields, "validUntil", time);
    if let (Some(from), Some(until)) = (valid_from, valid_until)
        && until < from
    {
        let detail = "must not be before validFrom";
        faults.add(At::Root.field("validUntil"), detail);
    }
    let max_uses = uses(&fields, "maxUses", &mut faults);
    let max_uses_per_customer = uses(&fields, "maxUsesPerCustomer", &mut faults);
    let active = faults.optional_flag(&fields, "active").unwrap_or(true);
    match (code, discount) {
        (Some(code), Some(discount)) => faults.finish().map(|()| Coupon {
            code,
            discount,
            minimum,
            valid_from,
            valid_until,
            max_uses,
            max_uses_per_customer,
            active,
        }),
        _ => Err(faults.problem()),
    }
}

/// Whether the coupon is to be active: all that can be changed about one.
pub(crate) fn active(body: &Value) -> Result<bool, Problem> {
    let mut faults = Faults::default();
    let active = faults
        .object(body, At::Root, &["active"])
        .and_then(|fields| {
            faults.required(&fields, "active")?;
            faults.optional_flag(&fields, "active")
        });
    match active {
        Some(active) => faults.finish().map(|()| active),
        None => Err(faults.problem()),
    }
}

/// What it takes off: `percent` or `amount`, and not both.
fn discount(fields: &Fields<'_>, faults: &mut Faults) -> Option<Discount> {
    match (fields.get("percent"), fields.get("amount")) {
        (Some(percent), None) => {
            let percent = percent.as_u64().and_then(|percent| percent.try_into().ok());
            let percent = percent.filter(|percent: &u8| (1..=100).contains(percent));
            if percent.is_none() {
                let detail = "must be an integer from 1 to 100";
                faults.add(At::Root.field("percent"), detail);
            }
            percent.map(Discount::Percent)
        }
        (None, Some(amount)) => {
            let at = At::Root.field("amount");
            let amount = faults.money(amount, at)?;
            let positive = Some(amount).filter(|money: &Money| money.amount > 0);
            if positive.is_none() {
                faults.add(at.field("amount"), "must be above 0");
            }
            positive.map(Discount::Amount)
        }
        (None, None) => {
            let detail = "is required, or amount instead";
            faults.add(At::Root.field("percent"), detail);
            None
        }
        (Some(_), Some(_)) => {
            let detail = "must not stand beside percent";
            faults.add(At::Root.field("amount"), detail);
            None
        }
    }
}

fn time(text: &str) -> Result<u64, String> {
    parse_rfc3339(text)
        .ok_or_else(|| "must be a time in RFC 3339, such as 2026-12-31T23:59:59Z".to_owned())
}

fn uses(fields: &Fields<'_>, name: &str, faults: &mut Faults) -> Option<u64> {
    let given = fields.get(name)?;
    let uses = given.as_u64().filter(|uses| (1..=MOST_USES).contains(uses));
    if uses.is_none() {
        let detail = format!("must be an integer from 1 to {MOST_USES}");
        faults.add(At::Root.field(name), detail);
    }
    uses
}
