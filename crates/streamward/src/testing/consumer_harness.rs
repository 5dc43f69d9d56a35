//! Runs the roles of a consumer, one pass at a time.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use tokio::sync::Mutex;

use crate::{
    Consumer, ConsumerError,
    consumer::{Intake, Janitor, Reclaimer, Renewer, Role, Roles},
    error::Result,
    handler::Handler,
    runtime::Runtime,
};

/// Result of a pass that delivers entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassReport {
    /// Entries that reached the handler.
    pub handled: usize,
    /// Entries whose handler panicked.
    pub crashed: usize,
}

/// A consumer of the first partition that runs a pass only when a test calls for it.
///
/// Its heartbeat is written by [`ConsumerHarness::prepare`] and [`ConsumerHarness::beat`]; without one it counts as dead after
/// the time to live. Dropping it has the effect of a killed process: no entry is handed back.
pub struct ConsumerHarness<H> {
    roles: Roles,
    handler: Arc<H>,
    intake: Mutex<Intake>,
    reclaimer: Reclaimer,
    renewer: Renewer,
    janitor: Janitor,
}

impl<H> std::fmt::Debug for ConsumerHarness<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsumerHarness")
            .field("consumer", &self.roles.identity.consumer)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::missing_errors_doc,
    reason = "a pass fails as its role does, with `Error`"
)]
impl<H: Handler> ConsumerHarness<H> {
    /// Checks the consumer's settings and creates its groups.
    ///
    /// # Errors
    /// [`ConsumerError`] as [`Consumer::tree`].
    pub async fn prepare(consumer: &Consumer<H>, runtime: &Runtime) -> Result<Self, ConsumerError> {
        consumer.prepare(runtime).await?;
        let (options, handler) = consumer.parts();
        let concurrency = options.concurrency;
        let roles = Roles::of(&options, runtime, &runtime.partitions()[0]);
        roles.flow.slots.add_stand_ins(concurrency);
        roles.heartbeat().write().await?;
        Ok(Self {
            handler,
            intake: Mutex::new(roles.intake::<H>(supervision::Pulse::default())),
            reclaimer: roles.reclaimer::<H>(),
            renewer: roles.renewer(),
            janitor: roles.janitor(),
            roles,
        })
    }

    /// Name of the consumer in its groups.
    pub fn name(&self) -> &str {
        &self.roles.identity.consumer
    }

    /// Writes the heartbeat.
    pub async fn beat(&self) -> Result<()> {
        self.roles.heartbeat().run_once().await.map(drop)
    }

    /// Reads new entries, handles them and settles them by their outcomes.
    pub async fn read(&self) -> Result<PassReport> {
        self.intake.lock().await.run_once().await?;
        self.handle().await
    }

    /// Reads new entries without handling them, like a process that is killed at this moment. Returns
    /// the number of entries.
    pub async fn read_only(&self) -> Result<usize> {
        self.intake.lock().await.run_once().await
    }

    /// Claims due entries, handles them and settles them by their outcomes.
    pub async fn reclaim(&mut self) -> Result<PassReport> {
        self.reclaimer.run_once().await?;
        self.handle().await
    }

    /// Makes entries due that are pending in its name but not in flight; returns the number of entries.
    pub async fn recover(&self) -> Result<usize> {
        self.roles.recovery().run_once().await
    }

    /// Renews the leases of the entries in flight; returns the number of lost ones.
    pub async fn renew(&mut self) -> Result<usize> {
        self.renewer
            .renew_older_than(std::time::Duration::ZERO)
            .await
    }

    /// Promotes due jobs; returns the number of jobs.
    pub async fn promote(&self) -> Result<usize> {
        self.roles.scheduler().run_once().await
    }

    /// Takes over the entries of dead consumers; returns the number of entries.
    pub async fn reap(&self) -> Result<usize> {
        self.roles.reaper().run_once().await
    }

    /// Trims streams, saves checkpoints and deletes old histories; returns the number of trimmed
    /// entries.
    pub async fn tidy(&mut self) -> Result<usize> {
        self.janitor.tidy().await
    }

    /// Refreshes the quarantine; returns the number of known poison messages.
    pub async fn refresh_poison(&self) -> Result<usize> {
        self.roles.poison_watch().run_once().await
    }

    /// Takes or extends the ownership of the partition, for a consumer that keeps the order of keys;
    /// returns whether it owns the partition.
    pub async fn own(&self) -> Result<bool> {
        self.roles.owner().own().await
    }

    /// Handles the delivered entries one by one and settles them.
    async fn handle(&self) -> Result<PassReport> {
        let executor = self.roles.executor(&self.handler);
        let settler = self.roles.settler(supervision::Pulse::default());
        let slots = &self.roles.flow.slots;
        let mut stepped = PassReport::default();
        loop {
            while let Some(job) = slots.take_job() {
                stepped.handled += 1;
                let work = AssertUnwindSafe(executor.run(*job));
                stepped.crashed += usize::from(work.catch_unwind().await.is_err());
                slots.add_stand_ins(1);
            }
            if settler.run_once().await? == 0 {
                return Ok(stepped);
            }
        }
    }
}
