//! The owner: the one process that reads a partition whose keys are handled in order.
//!
//! Two processes that read the same group could handle two entries of one key at once, and no lock in
//! either would know. So one process at a time owns the partition; when it dies, the next one first
//! learns which entries are pending, in their order, so that nothing newer overtakes them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    lead::Lead,
    role::{Next, Role},
    shared::Shared,
};
use crate::{error::Result, inspect};

/// Entries per look.
const PAGE: usize = 100;

/// How long this process may read. It ends by itself: a process that was frozen finds it over.
#[derive(Debug, Default)]
pub(crate) struct Tenure(Mutex<Option<Instant>>);

impl Tenure {
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
    fn end(&self) -> bool {
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
            lead: Lead::new(shared, "owner", shared.options.heartbeat),
        }
    }

    /// Takes or keeps the partition; says whether this process owns it now.
    pub(crate) async fn run_once(&self) -> Result<bool> {
        let shared = &self.shared;
        let Some(tenure) = &shared.tenure else {
            return Ok(true);
        };
        if !tenure.holds() && tenure.end() {
            self.step_back();
        }
        let asked = Instant::now();
        let owns = self.lead.take().await?;
        if !owns {
            if tenure.end() {
                self.step_back();
            }
            return Ok(false);
        }
        if !tenure.holds() {
            self.learn().await?;
            tracing::info!(service = shared.service(), "owns the partition");
        }
        tenure.extend(asked + shared.options.heartbeat);
        self.forget_settled().await?;
        Ok(true)
    }

    /// Another process may own the partition: nothing that is held here is ours any more.
    fn step_back(&self) {
        let shared = &self.shared;
        tracing::warn!(service = shared.service(), "lost the partition");
        shared.holdings.lose_all();
        shared.turns.as_ref().inspect(|turns| turns.clear());
    }

    /// Lines up everything that is pending, oldest first.
    async fn learn(&self) -> Result<()> {
        let shared = &self.shared;
        let Some(turns) = &shared.turns else {
            return Ok(());
        };
        for (number, stream) in shared.streams.iter().enumerate() {
            let mut from = "-".to_owned();
            loop {
                let ids = self.pending(stream, (&from, "+"), PAGE).await?;
                for id in &ids {
                    let found = inspect::range(&mut shared.link(), stream, (id, id), 1).await?;
                    if let Some(entry) = found.first().filter(|entry| !entry.key().is_empty()) {
                        turns.expect((number, id.clone()), entry.key());
                    }
                }
                match ids.last() {
                    Some(last) if ids.len() == PAGE => from = format!("({last}"),
                    _ => break,
                }
            }
        }
        Ok(())
    }

    /// An entry that was settled elsewhere must not hold up its key for ever.
    async fn forget_settled(&self) -> Result<()> {
        let shared = &self.shared;
        let Some(turns) = &shared.turns else {
            return Ok(());
        };
        for place in turns.heads() {
            let (stream, id) = &place;
            if shared.holdings.contains(&place) {
                continue;
            }
            let pending = self.pending(&shared.streams[*stream], (id, id), 1).await?;
            if pending.is_empty() && !shared.holdings.contains(&place) {
                shared.depart(*stream, id);
            }
        }
        Ok(())
    }

    async fn pending(
        &self,
        stream: &str,
        (from, to): (&str, &str),
        count: usize,
    ) -> Result<Vec<String>> {
        let mut pending = redis::cmd("XPENDING");
        pending
            .arg(stream)
            .arg(&*self.shared.group)
            .arg(from)
            .arg(to)
            .arg(count);
        let rows: Vec<(String, String, u64, u64)> =
            pending.query_async(&mut self.shared.link()).await?;
        Ok(rows.into_iter().map(|(id, ..)| id).collect())
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
        self.shared.tenure.as_ref().map(Tenure::end);
        self.lead.give_back().await
    }
}
