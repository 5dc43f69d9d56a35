//! The reaper: takes over the entries of consumers whose process has died.
//!
//! Liveness decides death, time alone never does: a consumer is dead when its heartbeat key has
//! expired. Every process reaps; the script makes check and takeover one step.

use std::{sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use redis::Value;

use crate::{
    consumer::{
        connection::{Connection, millis},
        role::Role,
        work::lease::Leases,
    },
    error::Result,
    keys::PARKING,
    reply::Pairs,
    scripts,
};

const TICK: Duration = Duration::from_millis(500);
const LARGEST_TAKEOVER: usize = 100;

/// The reaper of one consumer.
pub(crate) struct Reaper {
    pub(crate) connection: Connection,
    pub(crate) takeover: Takeover,
    /// For what it takes over, which is due at once.
    pub(crate) leases: Arc<Leases>,
}

impl Reaper {
    async fn consumers(&self, stream: &str) -> Result<Vec<String>> {
        let mut info = redis::cmd("XINFO");
        info.arg("CONSUMERS")
            .arg(stream)
            .arg(&*self.connection.identity.service);
        let rows: Vec<Value> = info.query_async(&mut self.connection.link()).await?;
        let names = rows.into_iter().map(|row| Pairs::of(row).text("name"));
        Ok(names.collect())
    }
}

impl Role for Reaper {
    const NAME: &'static str = "reaper";

    fn every(&self) -> Duration {
        TICK
    }

    /// Looks at every other consumer once. Returns how many entries it took over.
    async fn run_once(&mut self) -> Result<usize> {
        let identity = &self.connection.identity;
        let mut taken = 0;
        let streams: Vec<_> = identity.subscribed().map(|(_, stream)| stream).collect();
        let consumers = try_join_all(streams.iter().map(|stream| self.consumers(stream))).await?;
        for (stream, consumers) in streams.into_iter().zip(consumers) {
            for consumer in consumers {
                if consumer != *identity.consumer && consumer != PARKING {
                    let entries = self.takeover.run(stream, &consumer).await?;
                    taken += entries;
                    if entries > 0 {
                        self.leases.attention.raise(Duration::ZERO);
                        tracing::warn!(dead = consumer, stream = &**stream, entries, "taken over");
                    }
                }
            }
        }
        identity.metrics.taken_over.increment(taken as u64);
        Ok(taken)
    }
}

/// Takes over what is pending for a dead consumer, then deletes its name from the group.
#[derive(Clone)]
pub(crate) struct Takeover {
    pub(crate) connection: Connection,
    pub(crate) lease: Duration,
}

impl Takeover {
    /// Makes all entries of `consumer` in `stream` due, unless it lives. Returns how many.
    pub(crate) async fn run(&self, stream: &str, consumer: &str) -> Result<usize> {
        let identity = &self.connection.identity;
        let mut taken = 0;
        loop {
            let mut reply = scripts::TAKE_OVER_ENTRIES
                .call(&[stream, &identity.alive_key(consumer)])
                .arg(&*identity.service)
                .arg(consumer)
                .arg(millis(self.lease))
                .arg(LARGEST_TAKEOVER)
                .run(&mut self.connection.link())
                .await?;
            match reply.tag() {
                "TAKEN" => {
                    taken += reply.take::<usize>()?;
                    identity.count_lost(reply.take()?);
                }
                "ALIVE" | "RETIRED" => return Ok(taken),
                _ => return Err(reply.unexpected()),
            }
        }
    }
}
