//! The coupons of the shop, as administrators add, read, switch and remove them.
//!
//! A coupon is stored in every partition, each with its share of the total uses, so that the orders of a
//! partition take from their own share in one script. With one partition the share is the whole.

use contracts::{Coupon, CouponCode, Currency, CustomerId, Discount, Money, event::CouponRefusal};
use streamward::Runtime;

use crate::{
    Result, keys,
    read::{self, Fields},
    script,
};

/// A coupon and its uses, over all partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponUsage {
    /// Its terms.
    pub coupon: Coupon,
    /// Confirmed orders that used it.
    pub uses: u64,
    /// Open orders that hold it.
    pub holds: u64,
}

replies! {
    /// Result of adding a coupon.
    #[derive(Copy)]
    pub Added {
        /// The coupon is usable.
        Added = "ADDED",
        /// The code is in use, or was used by a removed coupon.
        Exists = "EXISTS",
    }
}

/// Adds a coupon.
pub async fn add_coupon(runtime: &Runtime, coupon: &Coupon) -> Result<Added> {
    let mut added = Added::Added;
    let code = &coupon.code;
    for partition in runtime.partitions() {
        let keys = [keys::coupon(partition, code), keys::coupons(partition)];
        let fields = fields(coupon, partition.index(), runtime.partition_count());
        let script = script!("promotion/add_coupon" { code, fields });
        if script::run::<Added>(runtime, &keys, script).await? == Added::Exists {
            added = Added::Exists;
        }
    }
    Ok(added)
}

/// The share of `limit` that partition `index` of `count` has; all shares together are the limit.
fn share(limit: u64, index: u16, count: u16) -> u64 {
    let (index, count) = (u64::from(index), u64::from(count));
    limit / count + u64::from(index < limit % count)
}

fn fields(coupon: &Coupon, index: u16, count: u16) -> Vec<(&'static str, String)> {
    let (kind, discount) = match coupon.discount {
        Discount::Percent(percent) => ("percent", percent.to_string()),
        Discount::Amount(amount) => ("amount", amount.amount.to_string()),
    };
    let text = |number: Option<u64>| number.map(|number| number.to_string());
    let limit = coupon.max_uses.map(|limit| share(limit, index, count));
    let minimum = coupon.minimum.map(|minimum| minimum.amount.to_string());
    let currency = coupon.currency().map(|currency| currency.to_string());
    let optional = [
        ("currency", currency),
        ("minimum", minimum),
        ("from", text(coupon.valid_from)),
        ("until", text(coupon.valid_until)),
        ("limit", text(limit)),
        ("perCustomer", text(coupon.max_uses_per_customer)),
    ];
    let mut fields = vec![
        ("active", u8::from(coupon.active).to_string()),
        (kind, discount),
    ];
    fields.extend(
        optional
            .into_iter()
            .filter_map(|(field, value)| Some((field, value?))),
    );
    fields
}

/// Switches a coupon on or off; returns false when there is none.
pub async fn set_coupon_active(runtime: &Runtime, code: &CouponCode, active: bool) -> Result<bool> {
    let mut known = false;
    for partition in runtime.partitions() {
        let key = keys::coupon(partition, code);
        let script = script!("promotion/set_coupon_active" { active });
        known |= script::run::<bool>(runtime, &[key], script).await?;
    }
    Ok(known)
}

/// Removes a coupon; orders that hold or used it keep it. Returns false when there was none.
pub async fn remove_coupon(runtime: &Runtime, code: &CouponCode) -> Result<bool> {
    let mut known = false;
    for partition in runtime.partitions() {
        let keys = [keys::coupon(partition, code), keys::coupons(partition)];
        let script = script!("promotion/remove_coupon" { code });
        known |= script::run::<bool>(runtime, &keys, script).await?;
    }
    Ok(known)
}

/// The coupon `code`, unless it was removed.
pub async fn find(runtime: &Runtime, code: &CouponCode) -> Result<Option<CouponUsage>> {
    Ok(read(runtime, vec![code.clone()]).await?.pop())
}

/// The discount that `code` would give to an order of `subtotal` that a customer places at `placed_ms`, or why none.
///
/// The rules, in the same order, are those of `lua/promotion/hold_coupon.lua`, which decides: uses may be taken meanwhile.
pub async fn preview_coupon(
    runtime: &Runtime,
    code: &CouponCode,
    customer: &CustomerId,
    placed_ms: u64,
    subtotal: Money,
) -> Result<Result<Money, CouponRefusal>> {
    let Some(CouponUsage {
        coupon,
        uses,
        holds,
    }) = find(runtime, code).await?
    else {
        return Ok(Err(CouponRefusal::Unknown));
    };
    if let Some(refusal) = coupon.refusal(placed_ms, subtotal) {
        return Ok(Err(refusal));
    }
    if coupon.max_uses.is_some_and(|most| uses + holds >= most) {
        return Ok(Err(CouponRefusal::UsedUp));
    }
    if let Some(most) = coupon.max_uses_per_customer
        && uses_of_customer(runtime, customer, code).await? >= most
    {
        return Ok(Err(CouponRefusal::UsedUpByCustomer));
    }
    Ok(Ok(coupon.discount_on(subtotal)))
}

/// The number of a customer's orders that use or hold a coupon.
async fn uses_of_customer(
    runtime: &Runtime,
    customer: &CustomerId,
    code: &CouponCode,
) -> Result<u64> {
    let key = keys::coupons_of(keys::home(runtime, customer.as_str()), customer);
    let mut get = redis::cmd("HGET");
    get.arg(key).arg(code.as_str());
    let uses: Option<u64> = get.query_async(&mut runtime.server().link()).await?;
    Ok(uses.unwrap_or(0))
}

/// The first `limit` coupons by code, behind `after` when given.
pub async fn list(
    runtime: &Runtime,
    after: Option<&CouponCode>,
    limit: usize,
) -> Result<Vec<CouponUsage>> {
    // Every partition knows every coupon.
    let first = &runtime.partitions()[0];
    let start = after.map_or_else(|| "-".to_owned(), |code| format!("({code}"));
    let mut range = redis::cmd("ZRANGEBYLEX");
    range.arg(keys::coupons(first)).arg(start).arg("+");
    range.arg("LIMIT").arg(0).arg(limit);
    let codes: Vec<String> = range.query_async(&mut runtime.server().link()).await?;
    let codes = codes.iter().filter_map(|code| code.parse().ok());
    read(runtime, codes.collect()).await
}

async fn read(runtime: &Runtime, codes: Vec<CouponCode>) -> Result<Vec<CouponUsage>> {
    let mut usages: Vec<Option<CouponUsage>> = vec![None; codes.len()];
    let mut link = runtime.server().link();
    for partition in runtime.partitions() {
        let keys = codes.iter().map(|code| keys::coupon(partition, code));
        let parts = read::hashes(&mut link, keys).await?;
        for ((usage, code), fields) in usages.iter_mut().zip(&codes).zip(parts) {
            let Some(part) = usage_of(code, &fields) else {
                continue;
            };
            match usage {
                None => *usage = Some(part),
                Some(sum) => {
                    sum.uses += part.uses;
                    sum.holds += part.holds;
                    let more = part.coupon.max_uses.unwrap_or(0);
                    sum.coupon.max_uses = sum.coupon.max_uses.map(|limit| limit + more);
                }
            }
        }
    }
    Ok(usages.into_iter().flatten().collect())
}

/// Returns one partition's part of a coupon; `None` when it was removed.
fn usage_of(code: &CouponCode, fields: &Fields) -> Option<CouponUsage> {
    if fields.get("removed").is_some() {
        return None;
    }
    let currency: Option<Currency> = fields.parse("currency");
    let money = |name: &str| Some(Money::new(fields.parse(name)?, currency?));
    let discount = match fields.get("percent") {
        Some(percent) => Discount::Percent(percent.parse().ok()?),
        None => Discount::Amount(money("amount")?),
    };
    Some(CouponUsage {
        coupon: Coupon {
            code: code.clone(),
            discount,
            minimum: money("minimum"),
            valid_from: fields.parse("from"),
            valid_until: fields.parse("until"),
            max_uses: fields.parse("limit"),
            max_uses_per_customer: fields.parse("perCustomer"),
            active: fields.get("active")? == "1",
        },
        uses: fields.number("uses"),
        holds: fields.number("held"),
    })
}
