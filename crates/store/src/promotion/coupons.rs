//! The coupons of the shop: added, looked at, switched and removed by administrators.
//!
//! A coupon lies in every partition, each with its share of the total uses, so that the orders of a
//! partition take from their own share in one script. With one partition the share is the whole.

use std::collections::HashMap;

use contracts::{Coupon, CouponCode, Currency, Discount, Money};
use streamward::{Partition, Runtime};

use crate::{Result, keys, scripts};

/// A coupon and how often it is used, over all partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponUsage {
    /// Its terms.
    pub coupon: Coupon,
    /// Confirmed orders that used it.
    pub uses: u64,
    /// Open orders that hold it.
    pub holds: u64,
}

/// Result of adding a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The coupon is usable.
    Added,
    /// Its code is taken, or was used by a coupon that is gone.
    Exists,
}

/// Adds a coupon.
///
/// # Errors
/// [`streamward::Error`].
pub async fn add_coupon(runtime: &Runtime, coupon: &Coupon) -> Result<Added> {
    let mut added = Added::Added;
    for partition in runtime.partitions() {
        let all = [
            keys::coupon(partition, &coupon.code),
            keys::coupons(partition),
        ];
        let mut call = scripts::ADD_COUPON.call(&all).arg(coupon.code.as_str());
        for (field, value) in fields(coupon, partition.index(), runtime.partition_count()) {
            call = call.arg(field).arg(value);
        }
        let reply = call.run(&mut runtime.server().link()).await?;
        match reply.tag() {
            "ADDED" => {}
            "EXISTS" => added = Added::Exists,
            _ => return Err(reply.unexpected()),
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
    let mut fields = vec![("active", u8::from(coupon.active).to_string())];
    match coupon.discount {
        Discount::Percent(percent) => fields.push(("percent", percent.to_string())),
        Discount::Amount(amount) => fields.push(("amount", amount.amount.to_string())),
    }
    let limit = coupon.max_uses.map(|limit| share(limit, index, count));
    let minimum = coupon.minimum.map(|minimum| minimum.amount.to_string());
    let currency = coupon.currency().map(|currency| currency.to_string());
    for (field, value) in [
        ("currency", currency),
        ("minimum", minimum),
        ("from", coupon.valid_from.map(|ms| ms.to_string())),
        ("until", coupon.valid_until.map(|ms| ms.to_string())),
        ("limit", limit.map(|uses| uses.to_string())),
        (
            "perCustomer",
            coupon.max_uses_per_customer.map(|uses| uses.to_string()),
        ),
    ] {
        fields.extend(value.map(|value| (field, value)));
    }
    fields
}

/// Switches a coupon on or off; says whether there is one.
///
/// # Errors
/// [`streamward::Error`].
pub async fn set_coupon_active(runtime: &Runtime, code: &CouponCode, active: bool) -> Result<bool> {
    let mut known = false;
    for partition in runtime.partitions() {
        let reply = scripts::SET_COUPON_ACTIVE
            .call(&[keys::coupon(partition, code)])
            .arg(u8::from(active))
            .run(&mut runtime.server().link())
            .await?;
        known |= match reply.tag() {
            "SET" => true,
            "UNKNOWN" => false,
            _ => return Err(reply.unexpected()),
        };
    }
    Ok(known)
}

/// Removes a coupon; orders that hold or used it keep it. Says whether there was one.
///
/// # Errors
/// [`streamward::Error`].
pub async fn remove_coupon(runtime: &Runtime, code: &CouponCode) -> Result<bool> {
    let mut known = false;
    for partition in runtime.partitions() {
        let all = [keys::coupon(partition, code), keys::coupons(partition)];
        let reply = scripts::REMOVE_COUPON
            .call(&all)
            .arg(code.as_str())
            .run(&mut runtime.server().link())
            .await?;
        known |= match reply.tag() {
            "REMOVED" => true,
            "UNKNOWN" => false,
            _ => return Err(reply.unexpected()),
        };
    }
    Ok(known)
}

/// The coupon `code`, unless it was removed.
///
/// # Errors
/// [`streamward::Error`].
pub async fn find(runtime: &Runtime, code: &CouponCode) -> Result<Option<CouponUsage>> {
    Ok(read(runtime, vec![code.clone()]).await?.pop())
}

/// The first `limit` coupons by code, behind `after` when given.
///
/// # Errors
/// [`streamward::Error`].
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
    read(
        runtime,
        codes.iter().filter_map(|code| code.parse().ok()).collect(),
    )
    .await
}

async fn read(runtime: &Runtime, codes: Vec<CouponCode>) -> Result<Vec<CouponUsage>> {
    let mut usages: Vec<Option<CouponUsage>> = vec![None; codes.len()];
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    for partition in runtime.partitions() {
        let parts = read_partition(runtime, partition, &codes).await?;
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

async fn read_partition(
    runtime: &Runtime,
    partition: &Partition,
    codes: &[CouponCode],
) -> Result<Vec<HashMap<String, String>>> {
    let mut pipe = redis::pipe();
    for code in codes {
        pipe.cmd("HGETALL").arg(keys::coupon(partition, code));
    }
    Ok(pipe.query_async(&mut runtime.server().link()).await?)
}

/// Returns one partition's part of a coupon; `None` when it was removed.
fn usage_of(code: &CouponCode, fields: &HashMap<String, String>) -> Option<CouponUsage> {
    if fields.contains_key("removed") {
        return None;
    }
    let number = |name: &str| fields.get(name).and_then(|text| text.parse::<u64>().ok());
    let minor = |name: &str| fields.get(name).and_then(|text| text.parse::<i64>().ok());
    let currency: Option<Currency> = fields.get("currency").and_then(|code| code.parse().ok());
    let money = |name: &str| Some(Money::new(minor(name)?, currency?));
    let discount = match fields.get("percent") {
        Some(percent) => Discount::Percent(percent.parse().ok()?),
        None => Discount::Amount(money("amount")?),
    };
    Some(CouponUsage {
        coupon: Coupon {
            code: code.clone(),
            discount,
            minimum: money("minimum"),
            valid_from: number("from"),
            valid_until: number("until"),
            max_uses: number("limit"),
            max_uses_per_customer: number("perCustomer"),
            active: number("active")? == 1,
        },
        uses: number("uses").unwrap_or(0),
        holds: number("held").unwrap_or(0),
    })
}
