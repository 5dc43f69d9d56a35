//! Stock adjustments: receipts and write-offs, with a ledger of actor and reason.

use std::time::Duration;

use contracts::{ProductId, Service};
use streamward::{Envelope, Reply, Runtime, TraceParent, inspect};

use super::Stock;
use crate::{
    EntryId, Result, keys,
    script::{self, Part},
};

/// Retention of the name of an adjustment, the same as of the API's idempotency keys.
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
    /// Low-stock threshold in units of products without their own; without one their stock is never low.
    pub low_stock: Option<u32>,
}

impl From<i64> for Adjustment<'_> {
    /// An adjustment by the system.
    fn from(delta: i64) -> Self {
        Self {
            delta,
            reason: "",
            actor: "system",
            when: When::Any,
            low_stock: None,
        }
    }
}

replies! {
    /// Result of an adjustment.
    #[derive(Copy)]
    pub Adjusted {
        /// The stock of the partition that was adjusted, and its revision.
        Adjusted(Stock, u64) = "ADJUSTED",
        /// Fewer units are available than were to be written off.
        Short {
            /// Units available.
            available: i64,
        } = "SHORT",
        /// The condition did not hold; nothing changed.
        Kept = "KEPT",
    }
}

impl Part for Stock {
    fn take(reply: &mut Reply) -> Result<Self> {
        Ok(Self {
            received: reply.take()?,
            available: reply.take()?,
            reserved: reply.take()?,
            sold: reply.take()?,
            ..Self::default()
        })
    }
}

/// Receives units of a product, or writes them off. The first partition takes all of them.
pub async fn adjust_stock(
    runtime: &Runtime,
    product: &ProductId,
    adjustment: impl Into<Adjustment<'_>>,
    trace: TraceParent,
) -> Result<Adjusted> {
    let partition = &runtime.partitions()[0];
    let adjustment = adjustment.into();
    let mut keys = vec![
        keys::stock(partition, product),
        keys::topics(partition, Service::Inventory),
        keys::stock_ledger(partition, product),
    ];
    let when = match adjustment.when {
        When::Any => "any",
        When::First => "first",
        When::Once(name) => {
            keys.push(keys::adjusted(partition, name));
            "once"
        }
    };
    let script = script!("inventory/adjust_stock" {
        envelope: Envelope::next(trace),
        product,
        delta: adjustment.delta,
        reason: adjustment.reason,
        actor: adjustment.actor,
        when,
        low_stock: adjustment.low_stock,
        kept: KEPT,
    });
    script::run(runtime, &keys, script).await
}

/// Sets the low-stock threshold of a product in every partition; without one, the shop's
/// settings count.
pub async fn set_low_stock_threshold(
    runtime: &Runtime,
    product: &ProductId,
    threshold: Option<u32>,
) -> Result<()> {
    for partition in runtime.partitions() {
        let key = keys::stock(partition, product);
        let script = script!("inventory/set_low_stock_threshold" { threshold });
        script::run::<()>(runtime, &[key], script).await?;
    }
    Ok(())
}

/// An adjustment in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// Its place in the ledger, which dates it.
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
