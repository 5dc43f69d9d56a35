//! The janitor: trims streams up to what every group has settled.

use std::{sync::Arc, time::Duration};

use super::{
    role::{Next, Role},
    shared::{Shared, millis},
};
use crate::{clock, error::Result, scripts};

const TICK: Duration = Duration::from_secs(5);

/// The janitor of one consumer.
pub(crate) struct Janitor {
    shared: Arc<Shared>,
}

impl Janitor {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
        }
    }

    /// Trims every stream this consumer reads or writes; returns how many entries went.
    pub(crate) async fn run_once(&self) -> Result<usize> {
        let shared = &self.shared;
        let written = shared
            .options
            .writes
            .iter()
            .map(|name| shared.partition.stream(name));
        let read = shared.streams.iter().map(|stream| stream.to_string());
        let horizon = clock::now_ms().saturating_sub(millis(shared.options.retention));
        let mut trimmed = 0;
        for stream in written.chain(read) {
            let call = scripts::TRIM.call(&[stream]).arg(format!("{horizon}-0"));
            let mut reply = call.run(&mut shared.link()).await?;
            if reply.tag() != "TRIMMED" {
                return Err(reply.unexpected());
            }
            trimmed += reply.take::<usize>()?;
        }
        Ok(trimmed)
    }
}

impl Role for Janitor {
    const NAME: &'static str = "janitor";

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
