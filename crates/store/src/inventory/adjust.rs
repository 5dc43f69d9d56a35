//! Stock adjustments: receipts and write-offs, with a ledger of actor and reason.

use std::time::Duration;

use contracts::{ProductId, Service};
use streamward::{Envelope, Runtime, TraceParent, inspect};

use super::Stock;
use crate::{EntryId, Result, entry_id::TakeId, keys, millis::millis, scripts};

/// For how long an adjustment that has a name is known to have been made: as long as the API answers again by an
/// idempotency key.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Condition of an adjustment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When<'a> {
    /// Unconditional.
    Any,
    /// Only when nothing was ever received, so that filling a shop twice fills it once.
    First,
    /// Unless one of this name was made within the last 24 hours.
    Once(&'a str),
}

/// Units that come in, or are written off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjustment<'a> {
    /// Units; negative writes off.
    pub delta: i64,
    /// Reason, or `""`.
    pub reason: &'a str,
    /// Actor.
    pub actor: &'a str,
    /// Condition.
    pub when: When<'a>,
}

impl From<i64> for Adjustment<'_> {
    /// An adjustment that no person made.
    fn from(delta: i64) -> Self {
        Self {
            delta,
            reason: "",
            actor: "system",
            when: When::Any,
        }
    }
}

/// Result of an adjustment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjusted {
    /// The new figures of the partition that took it, and the entry that tells of them.
    Adjusted(Stock, EntryId),
    /// Fewer units are available than were to be written off.
    Short {
        /// Units available.
        available: i64,
    },
    /// The condition did not hold; nothing changed.
    Kept,
}

/// Receives units of a product, or writes them off. The first partition takes all of them.
///
/// # Errors
/// [`streamward::Error`].
pub async fn adjust_stock(
    runtime: &Runtime,
    product: &ProductId,
    adjustment: impl Into<Adjustment<'_>>,
    trace: TraceParent,
) -> Result<Adjusted> {
    let partition = &runtime.partitions()[0];
    let adjustment = adjustment.into();
    let mut all = vec![
        keys::stock(partition, product),
        keys::stream(partition, Service::Inventory),
        keys::stock_ledger(partition, product),
    ];
    let when = match adjustment.when {
        When::Any => "any",
        When::First => "first",
        When::Once(name) => {
            all.push(keys::adjusted(partition, name));
            "once"
        }
    };
    let envelope = Envelope::next(trace);
    let mut reply = scripts::ADJUST_STOCK
        .call(&all)
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(product.as_str())
        .arg(adjustment.delta)
        .arg(adjustment.reason)
        .arg(adjustment.actor)
        .arg(when)
        .arg(millis(KEPT))
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "ADJUSTED" => {
            let stock = Stock {
                received: reply.take()?,
                available: reply.take()?,
                reserved: reply.take()?,
                sold: reply.take()?,
                ..Stock::default()
            };
            Ok(Adjusted::Adjusted(stock, reply.take_id()?))
        }
        "SHORT" => Ok(Adjusted::Short {
            available: reply.take()?,
        }),
        "KEPT" => Ok(Adjusted::Kept),
        _ => Err(reply.unexpected()),
    }
}

/// Sets the low-stock threshold of a product in every partition; without one, the shop's
/// settings count.
///
/// # Errors
/// [`streamward::Error`].
pub async fn set_low_stock_threshold(
    runtime: &Runtime,
    product: &ProductId,
    threshold: Option<u32>,
) -> Result<()> {
    let threshold = threshold.map(|units| units.to_string()).unwrap_or_default();
    for partition in runtime.partitions() {
        let reply = scripts::SET_LOW_STOCK_THRESHOLD
            .call(&[keys::stock(partition, product)])
            .arg(&threshold)
            .run(&mut runtime.server().link())
            .await?;
        if reply.tag() != "SET" {
            return Err(reply.unexpected());
        }
    }
    Ok(())
}

/// An adjustment in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// Its place in the ledger, which says when it was made.
    pub id: EntryId,
    /// Units that came in; negative when written off.
    pub delta: i64,
    /// Reason, or `""`.
    pub reason: String,
    /// Actor.
    pub actor: String,
    /// Units ever received, after it.
    pub received: i64,
    /// Units available, after it.
    pub available: i64,
}

/// Up to `limit` adjustments of a product that are older than `before`, newest first.
///
/// # Errors
/// [`streamward::Error`].
pub async fn ledger(
    runtime: &Runtime,
    product: &ProductId,
    before: Option<EntryId>,
    limit: usize,
) -> Result<Vec<LedgerLine>> {
    let key = keys::stock_ledger(&runtime.partitions()[0], product);
    let end = before.map_or_else(|| "+".to_owned(), |id| format!("({id}"));
    let mut link = runtime.server().link();
    let entries = inspect::newest_before(&mut link, &key, &end, limit).await?;
    let line = |entry: &streamward::RawEntry| {
        let number = |field| entry.text(field).parse().ok();
        Some(LedgerLine {
            id: entry.id.parse().ok()?,
            delta: number("delta")?,
            reason: entry.text("reason").to_owned(),
            actor: entry.text("actor").to_owned(),
            received: number("received")?,
            available: number("available")?,
        })
    };
    Ok(entries.iter().rev().filter_map(line).collect())
}
