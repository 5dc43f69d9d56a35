//! Every role of a consumer, one pass at a time.

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

/// What a step that delivers entries did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stepped {
    /// Entries that reached the handler.
    pub handled: usize,
    /// Entries whose handler panicked.
    pub crashed: usize,
}

/// A consumer of the first partition that does nothing by itself.
///
/// It says that it lives when it is prepared and with [`Steps::beat`], and counts as dead when its time
/// to live is over. Dropped, it is a process that was killed: nothing is handed back.
pub struct Steps<H> {
    roles: Roles,
    handler: Arc<H>,
    intake: Mutex<Intake>,
    reclaimer: Reclaimer,
    renewer: Renewer,
    janitor: Janitor,
}

impl<H> std::fmt::Debug for Steps<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Steps")
            .field("consumer", &self.roles.identity.consumer)
            .finish_non_exhaustive()
    }
}

impl<H: Handler> Steps<H> {
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
            intake: Mutex::new(roles.intake::<H>()),
            reclaimer: roles.reclaimer::<H>(),
            renewer: roles.renewer(),
            janitor: roles.janitor(),
            roles,
        })
    }

    /// The name it has in its groups.
    pub fn name(&self) -> &str {
        &self.roles.identity.consumer
    }

    /// Says that it lives.
    ///
    /// # Errors
    /// [`crate::Error::Redis`], as every step.
    pub async fn beat(&self) -> Result<()> {
        self.roles.heartbeat().pass().await.map(drop)
    }

    /// Reads new entries, handles them and settles what came of them.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn read(&self) -> Result<Stepped> {
        self.intake.lock().await.run_once().await?;
        self.handle().await
    }

    /// Reads new entries and does nothing about them, as a process that is killed at this moment.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn read_only(&self) -> Result<usize> {
        self.intake.lock().await.run_once().await
    }

    /// Claims what is due again, handles it and settles what came of it.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn reclaim(&mut self) -> Result<Stepped> {
        self.reclaimer.run_once().await?;
        self.handle().await
    }

    /// Makes everything due that is pending in its name but not held; returns how many entries.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn recover(&self) -> Result<usize> {
        self.roles.recovery().run_once().await
    }

    /// Renews the leases of everything it holds; returns how many it has lost.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn renew(&mut self) -> Result<usize> {
        self.renewer.run_once(std::time::Duration::ZERO).await
    }

    /// Promotes due jobs; returns how many.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn promote(&self) -> Result<usize> {
        self.roles.scheduler().run_once().await
    }

    /// Takes over what dead consumers left behind; returns how many entries.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn reap(&self) -> Result<usize> {
        self.roles.reaper().run_once().await
    }

    /// Trims, notes checkpoints and forgets old histories; returns how many entries were trimmed.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn tidy(&mut self) -> Result<usize> {
        self.janitor.run_once().await
    }

    /// Learns what is quarantined; returns how many kinds of poison are known.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn refresh_poison(&self) -> Result<usize> {
        self.roles.poison_watch().run_once().await
    }

    /// For a consumer that keeps the order of keys: takes or keeps the partition; says whether it
    /// owns it now.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn own(&self) -> Result<bool> {
        self.roles.owner().run_once().await
    }

    /// Handles what was delivered, one after the other, and settles what came of it.
    async fn handle(&self) -> Result<Stepped> {
        let executor = self.roles.executor(&self.handler);
        let settler = self.roles.settler(supervision::Pulse::default());
        let slots = &self.roles.flow.slots;
        let mut stepped = Stepped::default();
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
