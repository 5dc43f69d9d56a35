//! Follows the topics that move orders, and wakes the orders' subscribers.

use std::time::Duration;

use contracts::{Service, Topic};
use streamward::inspect;
use supervision::{BoxError, TaskContext};

use crate::Api;

/// Blocking time of one read, and so the interval of heartbeats.
const BLOCK: Duration = Duration::from_secs(1);
/// A busy Redis answers a blocked read late; after this time it counts as down.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(6);

impl Api {
    /// Follows the streams on a dedicated connection while there are subscribers, until stopped.
    ///
    /// # Errors
    /// When Redis fails; the supervisor restarts the task, which wakes all subscribers.
    pub async fn follow_orders(self, context: TaskContext) -> Result<(), BoxError> {
        let server = self.runtime.server();
        let mut connection = server.dedicated(RESPONSE_TIMEOUT).await?;
        let block_ms = u64::try_from(BLOCK.as_millis())?;
        let subscriptions = &self.order_subscriptions;
        let mut positions: Vec<(String, String)> = Vec::new();
        loop {
            context.pulse.beat();
            if subscriptions.is_idle() {
                positions.clear();
                tokio::select! {
                    () = context.stopping.cancelled() => return Ok(()),
                    () = subscriptions.subscribed.notified() => {}
                    () = tokio::time::sleep(BLOCK) => {}
                }
                continue;
            }
            if positions.is_empty() {
                positions = self.stream_ends().await?;
                // Earlier events are in the orders' histories, which subscribers read on a wake-up.
                subscriptions.wake_all();
            }
            let read = inspect::follow(&mut connection, &mut positions, block_ms);
            let streams = tokio::select! {
                () = context.stopping.cancelled() => return Ok(()),
                read = read => read?,
            };
            for entry in streams.iter().flat_map(|(_, entries)| entries) {
                subscriptions.wake(entry.key());
            }
        }
    }

    /// Returns every topic that moves orders, and its last entry.
    async fn stream_ends(&self) -> Result<Vec<(String, String)>, BoxError> {
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
