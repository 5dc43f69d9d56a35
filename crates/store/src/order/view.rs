//! Reading orders.

use std::collections::HashMap;

use contracts::{
    CustomerId, Money, OrderDocument, OrderId, OrderStatus, PaymentId,
    event::{
        CouponRefusal, Message, OrderAwaitingPayment, OrderCancelled, OrderConfirmed, OrderPlaced,
        OrderRefundRequested, OrderRefunded, OrderRejected, Shortage,
    },
};
use streamward::{Error, RawEntry, Runtime, inspect, unpack};

use crate::{EntryId, Result, keys, read, step::partition_of};

/// A line of an order's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// The event's type.
    pub kind: String,
    /// The name of the stream it is on.
    pub stream: String,
    /// Its entry id there.
    pub entry: String,
}

impl HistoryLine {
    /// Unix milliseconds of the event, by the server's clock.
    pub fn at_ms(&self) -> u64 {
        let id: Option<EntryId> = self.entry.parse().ok();
        id.unwrap_or_default().ms()
    }

    /// The status that an order of status `before` has from this event on, if it changes it.
    fn status(&self, before: Option<OrderStatus>) -> Option<OrderStatus> {
        match self.kind.as_str() {
            // For an order that ended unpaid this refunds late money and leaves the status.
            OrderRefundRequested::KIND if before == Some(OrderStatus::Confirmed) => {
                Some(OrderStatus::Refunding)
            }
            OrderRefunded::KIND => Some(OrderStatus::Refunded),
            OrderPlaced::KIND => Some(OrderStatus::Placed),
            OrderAwaitingPayment::KIND => Some(OrderStatus::AwaitingPayment),
            OrderConfirmed::KIND => Some(OrderStatus::Confirmed),
            OrderRejected::KIND => Some(OrderStatus::Rejected),
            OrderCancelled::KIND => Some(OrderStatus::Cancelled),
            _ => None,
        }
    }
}

/// Current state of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// Status.
    pub status: OrderStatus,
    /// The order document: customer, lines, amounts.
    pub doc: OrderDocument,
    /// Reason of an order that ended unpaid.
    pub reason: Option<String>,
    /// Missing units, when the order was rejected for them.
    pub shortages: Vec<Shortage>,
    /// Refusal of the coupon, when the order was rejected for it.
    pub coupon_refusal: Option<CouponRefusal>,
    /// Status of the payment: `open`, `failed`, `succeeded`, `refunding`, `refunded`.
    pub payment_status: Option<String>,
    /// Payment page.
    pub pay_url: Option<String>,
    /// Unix milliseconds of the payment timeout, once it runs.
    pub pay_before: Option<u64>,
    /// History, oldest first.
    pub history: Vec<HistoryLine>,
}

impl OrderView {
    /// Returns the amount to pay.
    pub const fn total(&self) -> Money {
        self.doc.total()
    }

    /// Returns every status change and its event, oldest first.
    pub fn changes(&self) -> Vec<(OrderStatus, &HistoryLine)> {
        let mut changes: Vec<(OrderStatus, &HistoryLine)> = Vec::new();
        for line in &self.history {
            let before = changes.last().map(|(status, _)| *status);
            changes.extend(line.status(before).map(|status| (status, line)));
        }
        changes
    }

    /// Its payment's id.
    pub fn payment_id(&self) -> PaymentId {
        PaymentId::of(&self.id)
    }

    pub(crate) fn read(id: OrderId, mut fields: HashMap<String, Vec<u8>>) -> Option<Self> {
        let mut text = |name: &str| {
            let value = fields
                .remove(name)
                .and_then(|bytes| String::from_utf8(bytes).ok());
            value.filter(|text| !text.is_empty())
        };
        let status = text("status")?.parse().ok()?;
        let lines = text("n").and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
        let history = (1..=lines)
            .filter_map(|n| line_of(&text(&format!("h:{n}"))?))
            .collect();
        let details = text("details").unwrap_or_default();
        Some(Self {
            id,
            status,
            reason: text("reason"),
            shortages: serde_json::from_str(&details).unwrap_or_default(),
            coupon_refusal: serde_json::from_str(&details).ok(),
            payment_status: text("pay.status"),
            pay_url: text("pay.url"),
            pay_before: text("due").and_then(|ms| ms.parse().ok()),
            history,
            doc: unpack(fields.get("doc")?).ok()?,
        })
    }
}

fn line_of(text: &str) -> Option<HistoryLine> {
    let mut words = text.split(' ').map(ToOwned::to_owned);
    Some(HistoryLine {
        kind: words.next()?,
        stream: words.next()?,
        entry: words.next()?,
    })
}

/// The order, or `None` when there is none with this id.
pub async fn find(runtime: &Runtime, order: &OrderId) -> Result<Option<OrderView>> {
    let Ok(partition) = partition_of(runtime, order) else {
        return Ok(None);
    };
    let key = keys::order(partition, order);
    let fields = read::hash(&mut runtime.server().link(), &key).await?;
    Ok(OrderView::read(order.clone(), fields))
}

/// The newest `limit` orders of a customer, newest first, older than `before` when given.
pub async fn of_customer(
    runtime: &Runtime,
    customer: &CustomerId,
    before: Option<&OrderId>,
    limit: usize,
) -> Result<Vec<OrderView>> {
    let partition = keys::home(runtime, customer.as_str());
    let key = keys::orders_of(partition, customer);
    let mut link = runtime.server().link();
    let from = match before {
        None => 0,
        Some(order) => {
            let mut rank = redis::cmd("ZREVRANK");
            rank.arg(&key).arg(order.as_str());
            rank.query_async::<Option<usize>>(&mut link)
                .await?
                .map_or(0, |rank| rank + 1)
        }
    };
    let mut range = redis::cmd("ZREVRANGE");
    range.arg(&key).arg(from).arg(from + limit - 1);
    let ids: Vec<String> = range.query_async(&mut link).await?;
    let ids: Vec<OrderId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let found = read::hashes(&mut link, ids.iter().map(|id| keys::order(partition, id))).await?;
    Ok(ids
        .into_iter()
        .zip(found)
        .filter_map(|(id, fields)| OrderView::read(id, fields))
        .collect())
}

/// The entries behind an order's history, as far as the streams still hold them, oldest first.
pub async fn events(
    runtime: &Runtime,
    order: &OrderView,
) -> Result<Vec<(HistoryLine, Option<RawEntry>)>, Error> {
    let partition = partition_of(runtime, &order.id)?;
    let mut link = runtime.server().link();
    let mut events = Vec::with_capacity(order.history.len());
    for line in &order.history {
        let stream = partition.stream(&line.stream);
        let found = inspect::range(&mut link, &stream, (&line.entry, &line.entry), 1).await?;
        events.push((line.clone(), found.into_iter().next()));
    }
    Ok(events)
}
