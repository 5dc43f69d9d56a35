//! Recovery of entries that are pending in this consumer's name and in flight nowhere.
//!
//! Such entries were lost with a broken read - the server delivered, the answer did not arrive - or
//! with a crashed role. Recovery makes them due, so that there is one way back into handling: the reclaimer.

use std::{sync::Arc, time::Duration};

use crate::{
    consumer::{
        connection::{Connection, millis},
        key_order::pending::PendingWalk,
        read::flow_control::FlowControl,
        work::lease::Leases,
    },
    error::Result,
    scripts,
};

/// Entries per look.
const PAGE: usize = 100;

/// Finds the lost entries of one consumer.
pub(crate) struct PendingRecovery {
    pub(crate) connection: Connection,
    pub(crate) flow: Arc<FlowControl>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) lease: Duration,
}

impl PendingRecovery {
    /// Makes everything due that this process has lost. Returns how many entries that were.
    pub(crate) async fn run_once(&self) -> Result<usize> {
        let identity = &self.connection.identity;
        let _claiming = self.leases.claiming.lock().await;
        if let Some(order) = &self.flow.key_order {
            // A lost entry comes before everything that is read next.
            let mut walk = PendingWalk::new(&self.connection, order);
            while walk.next_page().await? {}
        }
        let mut recovered = 0;
        for (number, stream) in identity.subscribed() {
            let mut from = "-".to_owned();
            loop {
                let mut pending = redis::cmd("XPENDING");
                pending
                    .arg(&**stream)
                    .arg(&*identity.service)
                    .arg(&from)
                    .arg("+")
                    .arg(PAGE)
                    .arg(&*identity.consumer);
                let rows: Vec<(String, String, u64, u64)> =
                    pending.query_async(&mut self.connection.link()).await?;
                let lost: Vec<&str> = rows
                    .iter()
                    .map(|(id, ..)| id.as_str())
                    .filter(|id| !self.leases.in_flight.contains(number, id))
                    .collect();
                recovered += self.make_due(stream, &lost).await?;
                match rows.last() {
                    Some((last, ..)) if rows.len() == PAGE => from = format!("({last}"),
                    _ => break,
                }
            }
        }
        Ok(recovered)
    }

    async fn make_due(&self, stream: &str, ids: &[&str]) -> Result<usize> {
        if ids.is_empty() {
            return Ok(0);
        }
        let identity = &self.connection.identity;
        let mut reply = scripts::RECOVER_ENTRIES
            .call(&[stream])
            .arg(&*identity.service)
            .arg(&*identity.consumer)
            .arg(millis(self.lease))
            .arg(ids)
            .run(&mut self.connection.link())
            .await?
            .tagged("RECOVERED")?;
        let (entries, deleted): (usize, usize) = (reply.take()?, reply.take()?);
        identity.count_lost(deleted);
        if entries > 0 {
            let service = &*identity.service;
            tracing::info!(service, stream, entries, "recovering");
            self.leases.attention.raise(Duration::ZERO);
        }
        Ok(entries)
    }
}
