//! Wakes those who listen to an order when something happens to it.

use std::time::Duration;

use contracts::Service;
use streamward::inspect;
use supervision::{BoxError, TaskContext};

use crate::Api;

/// How long one read waits for changes; also how often the follower shows that it lives.
const BLOCK: Duration = Duration::from_secs(1);
/// Redis answers a blocked read late when it is busy; past this it does not answer at all.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(6);

impl Api {
    /// Follows the streams on a connection of its own while somebody listens to an order, until asked
    /// to stop.
    ///
    /// # Errors
    /// When Redis fails; the supervisor starts it again, and nobody has missed anything.
    pub async fn follow_orders(self, context: TaskContext) -> Result<(), BoxError> {
        let server = self.runtime().server();
        let mut connection = server.dedicated(RESPONSE_TIMEOUT).await?;
        let block_ms = u64::try_from(BLOCK.as_millis())?;
        let order_subscriptions = self.order_subscriptions();
        let mut positions: Vec<(String, String)> = Vec::new();
        loop {
            context.pulse.beat();
            if order_subscriptions.is_idle() {
                positions.clear();
                tokio::select! {
                    () = context.stopping.cancelled() => return Ok(()),
                    () = order_subscriptions.somebody.notified() => {}
                    () = tokio::time::sleep(BLOCK) => {}
                }
                continue;
            }
            if positions.is_empty() {
                positions = self.ends().await?;
                // What happened before is in the history already, for whoever looks now.
                order_subscriptions.wake_all();
            }
            let read = inspect::follow(&mut connection, &positions, block_ms);
            let streams = tokio::select! {
                () = context.stopping.cancelled() => return Ok(()),
                read = read => read?,
            };
            for (stream, entries) in streams {
                entries
                    .iter()
                    .for_each(|entry| order_subscriptions.wake(entry.key()));
                let position = positions.iter_mut().find(|(known, _)| *known == stream);
                if let (Some((_, position)), Some(last)) = (position, entries.last()) {
                    position.clone_from(&last.id);
                }
            }
        }
    }

    /// Every stream that moves orders, and its last entry.
    async fn ends(&self) -> Result<Vec<(String, String)>, BoxError> {
        let mut link = self.runtime().server().link();
        let mut ends = Vec::new();
        for partition in self.runtime().partitions() {
            let answers = Service::Order.reads().iter().copied();
            for name in answers.chain([Service::Order.writes()]) {
                let stream = partition.stream(name);
                let newest = inspect::newest(&mut link, &stream, 1).await?;
                let last = newest.last().map_or("0-0", |entry| &entry.id);
                ends.push((stream, last.to_owned()));
            }
        }
        Ok(ends)
    }
}
