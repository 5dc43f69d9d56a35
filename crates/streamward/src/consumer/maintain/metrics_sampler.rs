//! The metrics sampler: shows the state of the consumer's queues as gauges.

use std::time::Duration;

use crate::{
    consumer::{connection::Connection, role::Role},
    delay,
    error::Result,
    inspect, metrics,
};

/// Well below the interval at which metrics are collected.
const TICK: Duration = Duration::from_secs(5);

/// The metrics sampler of one consumer.
pub(crate) struct MetricsSampler {
    pub(crate) connection: Connection,
}

impl Role for MetricsSampler {
    const NAME: &'static str = "metrics-sampler";

    fn every(&self) -> Duration {
        TICK
    }

    /// Looks at every queue once.
    async fn run_once(&mut self) -> Result<usize> {
        let identity = &self.connection.identity;
        let (partition, service) = (&identity.partition, &*identity.service);
        let mut link = self.connection.link();
        for stream in &identity.streams {
            let Some(info) = inspect::stream(&mut link, stream).await? else {
                continue;
            };
            let own = |group: &&inspect::GroupInfo| group.group == service;
            if let Some(group) = info.groups.iter().find(own) {
                metrics::show_group(service, stream, group);
            }
        }
        let queue = delay::queue(&mut link, partition, service).await?;
        let mut dead = redis::cmd("XLEN");
        dead.arg(partition.dead(service));
        let dead: u64 = dead.query_async(&mut link).await?;
        metrics::show_service(service, partition.index(), &queue, dead);
        Ok(identity.streams.len())
    }
}
