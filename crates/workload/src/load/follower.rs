//! Follows the topics of orders for the ends of orders, without load on the API.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use contracts::{
    Service, Topic,
    event::{OrderCancelled, OrderConfirmed, OrderPaymentFailed, OrderRejected},
};
use shop::follower::Follower;
use streamward::{Message, RawEntry, Runtime};
use tokio::time::{Instant, sleep};

use super::tracker::OrderTracker;

const PAUSE: Duration = Duration::from_millis(100);

/// Returns a follower of the orders from now on.
pub(super) async fn start(runtime: &Runtime) -> Result<Follower> {
    let mut follower = Follower::new(runtime)?;
    for partition in runtime.partitions() {
        for topic in Topic::in_context(Service::Order.context()) {
            follower.add(partition.stream(topic.name), 1).await?;
        }
    }
    Ok(follower)
}

/// Follows forever and retries while the server is away.
pub(super) async fn follow(mut follower: Follower, tracker: Arc<OrderTracker>) {
    loop {
        match follower.next().await {
            Ok(entries) => {
                let now = Instant::now();
                entries
                    .iter()
                    .for_each(|entry| record(entry, &tracker, now));
            }
            Err(error) => {
                tracing::debug!(%error, "following the orders");
                sleep(PAUSE).await;
            }
        }
    }
}

fn record(entry: &RawEntry, tracker: &OrderTracker, now: Instant) {
    match entry.kind() {
        OrderConfirmed::KIND => tracker.ended(entry.key(), "confirmed", now),
        OrderRejected::KIND => tracker.ended(entry.key(), "rejected", now),
        OrderCancelled::KIND => tracker.ended(entry.key(), "cancelled", now),
        OrderPaymentFailed::KIND => tracker.payment_failed(entry.key()),
        _ => {}
    }
}
