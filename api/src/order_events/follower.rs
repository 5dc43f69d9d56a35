//! Follows the topics that move orders, and wakes the orders' subscribers.

use std::time::Duration;

use contracts::{Service, Topic};
use streamward::{inspect, outage};
use supervision::{BoxError, TaskContext};

use crate::Api;

/// Blocking time of one read in milliseconds, and so the interval of heartbeats.
const BLOCK_MS: u64 = 1000;
/// A busy Redis answers a blocked read late; after this time it counts as down.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(6);

impl Api {
    /// Follows the streams on a dedicated connection while there are subscribers, until stopped. Waits
    /// out outages of Redis, and wakes all subscribers after each.
    ///
    /// # Errors
    /// An error of Redis that waiting cannot cure.
    pub async fn follow_orders(self, context: TaskContext) -> Result<(), BoxError> {
        outage::outlast(&context, || self.wake_subscribers(&context)).await
    }

    /// Follows the streams until Redis fails.
    async fn wake_subscribers(&self, context: &TaskContext) -> store::Result<()> {
        let server = self.runtime.server();
        let mut connection = server.dedicated(RESPONSE_TIMEOUT).await?;
        let subscriptions = &self.order_subscriptions;
        let mut positions: Vec<(String, String)> = Vec::new();
        loop {
            context.pulse.beat();
            if subscriptions.is_idle() {
                positions.clear();
                tokio::select! {
                    () = subscriptions.subscribed.notified() => {}
                    () = tokio::time::sleep(Duration::from_millis(BLOCK_MS)) => {}
                }
                continue;
            }
            if positions.is_empty() {
                positions = self.stream_ends().await?;
                // Earlier events are in the orders' histories, which subscribers read on a wake-up.
                subscriptions.wake_all();
            }
            let streams = inspect::follow(&mut connection, &mut positions, BLOCK_MS).await?;
            for entry in streams.iter().flat_map(|(_, entries)| entries) {
                subscriptions.wake(entry.key());
            }
        }
    }

    /// Returns every topic that moves orders, and its last entry.
    async fn stream_ends(&self) -> store::Result<Vec<(String, String)>> {
        let mut link = self.runtime.server().link();
        let mut ends = Vec::new();
        for partition in self.runtime.partitions() {
            let own = Topic::in_context(Service::Order.context()).map(|topic| topic.name);
            for name in Service::Order.reads().chain(own) {
                let stream = partition.stream(name);
                let end = inspect::end(&mut link, &stream).await?;
                ends.push((stream, end));
            }
        }
        Ok(ends)
    }
}
