//! The renewer: keeps the leases of entries whose handlers take long.
//!
//! An entry that was idle for a whole lease is due again, also while its handler runs. A running process renews
//! its leases in time, on a connection of its own, so that a flood of steps on the shared
//! ones cannot make a lease run out. Renewals are fenced: a handler whose entry was taken over
//! meanwhile - this process was frozen, or cut off - is cancelled.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    consumer::{
        connection::{BoxedConnection, Connection},
        role::Role,
        work::{in_flight::HeldDelivery, lease::Leases},
    },
    error::Result,
    scripts,
};

/// Entries per call.
const LARGEST_RENEWAL: usize = 100;

/// The renewer of one consumer.
pub(crate) struct Renewer {
    pub(crate) connection: Connection,
    pub(crate) leases: Arc<Leases>,
    pub(crate) lease: Duration,
    pub(crate) link: Option<BoxedConnection>,
}

impl Renewer {
    /// Renews every lease that was not renewed for `age`. Returns how many leases are lost.
    pub(crate) async fn renew_older_than(&mut self, age: Duration) -> Result<usize> {
        let mut lost = 0;
        for stream in 0..self.connection.identity.streams.len() {
            let ageing = self.leases.in_flight.ageing(stream, age);
            for batch in ageing.chunks(LARGEST_RENEWAL) {
                lost += self.renew(stream, batch).await?;
            }
        }
        Ok(lost)
    }

    async fn renew(&mut self, stream: usize, batch: &[HeldDelivery]) -> Result<usize> {
        let identity = &self.connection.identity;
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(self.connection.dedicated(self.lease / 3).await?),
        };
        let mut call = scripts::RENEW_LEASES
            .call(&[&*identity.streams[stream]])
            .arg(&*identity.service)
            .arg(&*identity.consumer);
        for entry in batch {
            call = call.arg(&entry.id).arg(entry.deliveries);
        }
        let started = Instant::now();
        let answer = call.run(link).await;
        let mut reply = answer
            .inspect_err(|_| self.link = None)?
            .tagged("RENEWED")?;
        let (lost, gone, deleted): (Vec<String>, Vec<String>, Vec<String>) =
            (reply.take()?, reply.take()?, reply.take()?);
        identity.count_lost(deleted.len());
        for entry in batch {
            // A gone entry was settled: by its own handler's step a moment ago, or by another
            // consumer. The handler's own end tells which, so it goes on.
            if lost.contains(&entry.id) {
                self.leases.in_flight.lose(stream, entry);
            } else {
                self.leases.in_flight.renewed(stream, entry, started);
            }
        }
        if !lost.is_empty() {
            // They may be in this very process: claimed again while the old delivery is in flight.
            self.leases.request_recovery();
        }
        let renewed = batch.len() - lost.len() - gone.len() - deleted.len();
        identity.metrics.renewed.increment(renewed as u64);
        Ok(lost.len())
    }
}

impl Role for Renewer {
    const NAME: &'static str = "renewer";

    fn every(&self) -> Duration {
        self.lease / 6
    }

    async fn run_once(&mut self) -> Result<usize> {
        self.renew_older_than(self.lease / 6).await
    }
}
