//! The surveyor: shows how the consumer's queues stand, as gauges.

use std::{sync::Arc, time::Duration};

use crate::consumer::{
    role::{Next, Role},
    shared::Shared,
};
use crate::{delay, error::Result, inspect, metrics};

const TICK: Duration = Duration::from_secs(2);

/// The surveyor of one consumer.
pub(crate) struct MetricsSampler {
    shared: Arc<Shared>,
}

impl MetricsSampler {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
        }
    }

    /// Looks at every queue once.
    pub(crate) async fn run_once(&self) -> Result<()> {
        let shared = &self.shared;
        let service = shared.service();
        for stream in &shared.streams {
            let Some(info) = inspect::stream(&mut shared.link(), stream).await? else {
                continue;
            };
            let own = |group: &&inspect::GroupInfo| group.group == *shared.group;
            if let Some(group) = info.groups.iter().find(own) {
                metrics::show_group(service, stream, group);
            }
        }
        let queue = delay::queue(&mut shared.link(), &shared.partition, service).await?;
        let mut dead = redis::cmd("XLEN");
        dead.arg(shared.partition.dead(service));
        let dead: u64 = dead.query_async(&mut shared.link()).await?;
        metrics::show_service(service, shared.partition.index(), &queue, dead);
        Ok(())
    }
}

impl Role for MetricsSampler {
    const NAME: &'static str = "metrics-sampler";

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
