//! The owner: the one process that reads a partition whose keys are handled in order.
//!
//! Two processes that read the same group could handle two entries of one key at once, and no lock in
//! either would know. So one process at a time owns the partition; when it dies, the next one first
//! learns which entries are pending, in their order, so that nothing newer overtakes them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::Value;
use tokio::time::Instant;

use crate::consumer::{
    key_order::Place,
    key_order::pending::Pending,
    maintain::leadership::{self, Lead},
    role::{Next, Role},
    shared::Shared,
};
use crate::error::Result;

/// Entries per look.
const PAGE: usize = 100;

/// How long this process may read. It ends by itself: a process that was frozen finds it over.
#[derive(Debug, Default)]
pub(crate) struct Ownership(Mutex<Option<Instant>>);

impl Ownership {
    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this process owns the partition now.
    pub(crate) fn holds(&self) -> bool {
        self.until().is_some_and(|until| Instant::now() < until)
    }

    fn extend(&self, until: Instant) {
        *self.until() = Some(until);
    }

    /// Ends it; says whether it had begun.
    pub(crate) fn end(&self) -> bool {
        self.until().take().is_some()
    }
}

/// The owner of one partition, or the one who waits to be.
pub(crate) struct Owner {
    shared: Arc<Shared>,
    lead: Lead,
}

impl Owner {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            lead: leadership::of(shared, "owner", shared.options.heartbeat),
        }
    }

    /// Takes or keeps the partition; says whether this process owns it now.
    pub(crate) async fn run_once(&self) -> Result<bool> {
        let shared = &self.shared;
        let Some(ownership) = &shared.ownership else {
            return Ok(true);
        };
        if !ownership.holds() && ownership.end() {
            self.step_back();
        }
        let mut asked = Instant::now();
        // A server that does not answer must not keep this process from noticing the end.
        let until = asked + shared.options.heartbeat;
        let owns = match tokio::time::timeout_at(until, self.lead.take()).await {
            Ok(answer) => answer?,
            Err(_) => false,
        };
        if !owns {
            if ownership.end() {
                self.step_back();
            }
            return Ok(false);
        }
        if !ownership.holds() {
            match self.refresh().await? {
                Some(last) => asked = last,
                None => return Ok(false),
            }
            tracing::info!(service = shared.service(), "owns the partition");
        }
        ownership.extend(asked + shared.options.heartbeat);
        self.forget_settled().await?;
        Ok(true)
    }

    /// Another process may own the partition: nothing that is held here is ours any more.
    fn step_back(&self) {
        let shared = &self.shared;
        tracing::warn!(service = shared.service(), "lost the partition");
        shared.in_flight.lose_all();
        shared
            .key_order
            .as_ref()
            .inspect(|key_order| key_order.clear());
    }

    /// Lines up everything that is pending. The lead is kept meanwhile, however long that takes;
    /// returns when it was asked for last, or nothing when it was lost.
    async fn refresh(&self) -> Result<Option<Instant>> {
        let mut pages = Pending::new(&self.shared);
        loop {
            let asked = Instant::now();
            if !self.lead.take().await? {
                return Ok(None);
            }
            if !pages.line_up_next().await? {
                return Ok(Some(asked));
            }
        }
    }

    /// An entry that was settled elsewhere must not hold up its key for ever.
    async fn forget_settled(&self) -> Result<()> {
        let shared = &self.shared;
        let Some(key_order) = &shared.key_order else {
            return Ok(());
        };
        let heads = key_order.heads();
        let waiting: Vec<&Place> = heads
            .iter()
            .filter(|(stream, id)| !shared.is_in_flight(*stream, id))
            .collect();
        for page in waiting.chunks(PAGE) {
            let mut pipe = redis::pipe();
            for (stream, id) in page {
                pipe.cmd("XPENDING")
                    .arg(&*shared.streams[*stream])
                    .arg(&*shared.group)
                    .arg(&[id, id])
                    .arg(1);
            }
            let rows: Vec<Vec<Value>> = pipe.query_async(&mut shared.link()).await?;
            for (place, rows) in page.iter().zip(rows) {
                if rows.is_empty() && !shared.is_in_flight(place.0, &place.1) {
                    shared.depart(place.0, &place.1);
                }
            }
        }
        Ok(())
    }
}

impl Role for Owner {
    const NAME: &'static str = "owner";

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn every(&self) -> Duration {
        self.shared.options.heartbeat / 3
    }

    async fn pass(&mut self) -> Result<Next> {
        self.run_once().await?;
        Ok(Next::Tick)
    }

    async fn leave(&mut self) -> Result<()> {
        self.shared.ownership.as_ref().map(Ownership::end);
        self.lead.give_back().await
    }
}
