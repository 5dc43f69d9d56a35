//! Follows the `orders` stream to learn when orders end, without asking the API.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use contracts::event::{
    Message, OrderCancelled, OrderConfirmed, OrderPaymentFailed, OrderRejected,
};
use streamward::{Runtime, Server, inspect};
use tokio::time::Instant;

use super::tracker::OrderTracker;

const BLOCK_MS: u64 = 1000;
const PAUSE: Duration = Duration::from_millis(100);

/// Location each stream ends now.
pub(super) async fn newest(runtime: &Runtime) -> Result<Vec<String>> {
    let mut link = runtime.server().link();
    let mut ids = Vec::new();
    for partition in runtime.partitions() {
        let newest = inspect::newest(&mut link, &partition.stream("orders"), 1).await?;
        ids.push(
            newest
                .first()
                .map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone()),
        );
    }
    Ok(ids)
}

/// Follows for ever; a server that is away is waited for.
pub(super) async fn follow(
    (server, keys): (Server, Vec<String>),
    start: Vec<String>,
    tracker: Arc<OrderTracker>,
) {
    let mut after: Vec<(String, String)> = keys.into_iter().zip(start).collect();
    loop {
        if let Err(error) = read(&server, &mut after, &tracker).await {
            tracing::debug!(%error, "following the orders");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn read(
    server: &Server,
    after: &mut [(String, String)],
    tracker: &OrderTracker,
) -> streamward::Result<()> {
    let mut connection = server
        .dedicated(Duration::from_millis(BLOCK_MS * 5))
        .await?;
    loop {
        let read = inspect::follow(&mut connection, after, BLOCK_MS).await?;
        let now = Instant::now();
        for (key, entries) in read {
            for entry in &entries {
                match entry.kind() {
                    OrderConfirmed::KIND => tracker.ended(entry.key(), "confirmed", now),
                    OrderRejected::KIND => tracker.ended(entry.key(), "rejected", now),
                    OrderCancelled::KIND => tracker.ended(entry.key(), "cancelled", now),
                    OrderPaymentFailed::KIND => tracker.payment_failed(entry.key()),
                    _ => {}
                }
            }
            let seen = after.iter_mut().find(|(known, _)| *known == key);
            if let (Some(last), Some(seen)) = (entries.last(), seen) {
                seen.1.clone_from(&last.id);
            }
        }
    }
}
