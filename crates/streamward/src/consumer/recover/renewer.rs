//! The renewer: keeps the leases of entries whose handlers take their time.
//!
//! An entry that nobody has touched for a whole lease is due again, whoever holds it. So as long as
//! this process lives, what it holds is touched in time, on a connection of its own, so that a flood
//! of steps on the shared ones cannot make a lease run out. The renewal is fenced; a handler whose
//! entry was taken over meanwhile - this process was frozen, or cut off - is cancelled.

use std::{sync::Arc, time::Duration};

use redis::aio::MultiplexedConnection;
use tokio::time::Instant;

use crate::consumer::{
    role::{Next, Role},
    shared::Shared,
    work::in_flight::Ageing,
};
use crate::{error::Result, scripts};

/// Entries per call.
const LARGEST_RENEWAL: usize = 100;

/// The renewer of one consumer.
pub(crate) struct Renewer {
    shared: Arc<Shared>,
    connection: Option<MultiplexedConnection>,
}

/// What one pass found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Renewed {
    pub(crate) renewed: usize,
    pub(crate) lost: usize,
}

impl Renewer {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            connection: None,
        }
    }

    /// Renews every lease that was not renewed for `age`.
    pub(crate) async fn run_once(&mut self, age: Duration) -> Result<Renewed> {
        let mut found = Renewed::default();
        for stream in 0..self.shared.streams.len() {
            let ageing = self.shared.in_flight.ageing(stream, age);
            for batch in ageing.chunks(LARGEST_RENEWAL) {
                let lost = self.renew(stream, batch).await?;
                found.renewed += batch.len() - lost;
                found.lost += lost;
            }
        }
        Ok(found)
    }

    /// Returns how many are no longer ours.
    async fn renew(&mut self, stream: usize, batch: &[Ageing]) -> Result<usize> {
        let shared = Arc::clone(&self.shared);
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(shared.server.dedicated(shared.options.lease / 3).await?),
        };
        let mut call = scripts::RENEW
            .call(&[&*shared.streams[stream]])
            .arg(&*shared.group)
            .arg(&*shared.consumer);
        for entry in batch {
            call = call.arg(&entry.id).arg(entry.deliveries);
        }
        let started = Instant::now();
        let answer = call.run(connection).await;
        let mut reply = answer.inspect_err(|_| self.connection = None)?;
        if reply.tag() != "RENEWED" {
            return Err(reply.unexpected());
        }
        let (lost, gone, deleted): (Vec<String>, Vec<String>, Vec<String>) =
            (reply.take()?, reply.take()?, reply.take()?);
        shared.count_lost(deleted.len());
        for entry in batch {
            // What is gone was settled: by its own handler's step a moment ago, or by another
            // consumer. The handler's own end tells which, so it is left alone.
            if lost.contains(&entry.id) {
                shared.in_flight.lose(stream, entry);
            } else {
                shared.in_flight.renewed(stream, entry, started);
            }
        }
        if !lost.is_empty() {
            // They may be in this very process: claimed again while the old delivery is held.
            shared.request_recovery();
        }
        let renewed = batch.len() - lost.len() - gone.len() - deleted.len();
        shared.metrics.renewed.increment(renewed as u64);
        Ok(lost.len())
    }
}

impl Role for Renewer {
    const NAME: &'static str = "renewer";

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn every(&self) -> Duration {
        self.shared.options.lease / 6
    }

    async fn pass(&mut self) -> Result<Next> {
        self.run_once(self.shared.options.lease / 6).await?;
        Ok(Next::Tick)
    }
}
