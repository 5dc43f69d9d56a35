//! The reaper: takes over the entries of consumers whose process has died.
//!
//! Liveness decides death, time alone never does: a consumer is dead when its sign of life has
//! expired. Every process reaps; the script makes the look and the act one step.

use std::{sync::Arc, time::Duration};

use redis::Value;

use crate::consumer::{
    role::{Next, Role},
    shared::Shared,
};
use crate::{error::Result, keys::PARKING, reply, scripts};

const TICK: Duration = Duration::from_millis(500);
const LARGEST_TAKEOVER: usize = 100;

/// The reaper of one consumer.
pub(crate) struct Reaper {
    shared: Arc<Shared>,
}

/// What became of one dead consumer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reaped {
    Alive,
    Taken(usize),
    Retired,
}

impl Reaper {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
        }
    }

    /// Looks at every other consumer once; returns how many entries were taken over.
    pub(crate) async fn run_once(&self) -> Result<usize> {
        let mut taken = 0;
        for stream in &self.shared.streams {
            for consumer in self.consumers(stream).await? {
                if consumer == *self.shared.consumer || consumer == PARKING {
                    continue;
                }
                while let Reaped::Taken(entries) = reap(&self.shared, stream, &consumer).await? {
                    taken += entries;
                    tracing::warn!(dead = consumer, stream = &**stream, entries, "taken over");
                }
            }
        }
        self.shared.metrics.taken_over.increment(taken as u64);
        Ok(taken)
    }

    async fn consumers(&self, stream: &str) -> Result<Vec<String>> {
        let mut info = redis::cmd("XINFO");
        info.arg("CONSUMERS").arg(stream).arg(&*self.shared.group);
        let rows: Vec<Value> = info.query_async(&mut self.shared.link()).await?;
        let name_of = |row| {
            reply::pairs_of(row)
                .into_iter()
                .find(|(field, _)| field == "name")
        };
        Ok(rows
            .into_iter()
            .filter_map(name_of)
            .map(|(_, name)| reply::text(name))
            .collect())
    }
}

impl Role for Reaper {
    const NAME: &'static str = "reaper";

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn every(&self) -> Duration {
        TICK
    }

    async fn pass(&mut self) -> Result<Next> {
        self.run_once().await?;
        Ok(Next::Tick)
    }
}

/// One step of taking over `consumer`'s entries in `stream`.
pub(crate) async fn reap(shared: &Shared, stream: &str, consumer: &str) -> Result<Reaped> {
    let alive = shared.partition.alive(shared.service(), consumer);
    let mut reply = scripts::TAKEOVER
        .call(&[stream, &alive])
        .arg(&*shared.group)
        .arg(consumer)
        .arg(shared.lease_ms())
        .arg(LARGEST_TAKEOVER)
        .run(&mut shared.link())
        .await?;
    match reply.tag() {
        "ALIVE" => Ok(Reaped::Alive),
        "TAKEN" => {
            let taken = reply.take()?;
            shared.count_lost(reply.take()?);
            Ok(Reaped::Taken(taken))
        }
        "RETIRED" => Ok(Reaped::Retired),
        _ => Err(reply.unexpected()),
    }
}
