//! Every role of a consumer, one pass at a time.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;

use crate::{
    Consumer, ConsumerError,
    consumer::{
        Heartbeat, Intake, Janitor, Owner, PoisonWatch, Reaper, Reclaimer, Renewer, Role,
        Scheduler, Settler, Shared, perform, recover,
    },
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
    shared: Arc<Shared>,
    handler: Arc<H>,
    intake: Intake,
    reclaimer: Reclaimer,
    renewer: Renewer,
    janitor: Janitor,
}

impl<H> std::fmt::Debug for Steps<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Steps")
            .field("consumer", &self.shared.consumer)
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
        let partition = runtime.partitions()[0].clone();
        let shared = Shared::new(options, runtime.server().clone(), partition);
        shared.slots.stand_in(concurrency);
        shared.write_heartbeat().await?;
        Ok(Self {
            handler,
            intake: Intake::new::<H>(&shared),
            reclaimer: Reclaimer::new::<H>(&shared),
            renewer: Renewer::new(&shared),
            janitor: Janitor::new(&shared),
            shared,
        })
    }

    /// The name it has in its groups.
    pub fn name(&self) -> &str {
        &self.shared.consumer
    }

    /// Says that it lives.
    ///
    /// # Errors
    /// [`crate::Error::Redis`], as every step.
    pub async fn beat(&self) -> Result<()> {
        Heartbeat::new(&self.shared).pass().await.map(drop)
    }

    /// Reads new entries, handles them and settles what came of them.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn read(&self) -> Result<Stepped> {
        self.intake.run_once().await?;
        self.handle().await
    }

    /// Reads new entries and does nothing about them, as a process that is killed at this moment.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn read_only(&self) -> Result<usize> {
        self.intake.run_once().await
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
        recover(&self.shared).await
    }

    /// Renews the leases of everything it holds; returns how many it has lost.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn renew(&mut self) -> Result<usize> {
        let renewed = self.renewer.run_once(std::time::Duration::ZERO).await?;
        Ok(renewed.lost)
    }

    /// Promotes due jobs; returns how many.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn promote(&self) -> Result<usize> {
        Scheduler::new(&self.shared).run_once().await
    }

    /// Takes over what dead consumers left behind; returns how many entries.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn reap(&self) -> Result<usize> {
        Reaper::new(&self.shared).run_once().await
    }

    /// Trims, notes checkpoints and forgets old histories; returns how many entries were trimmed.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn tidy(&mut self) -> Result<usize> {
        Ok(self.janitor.run_once().await?.trimmed)
    }

    /// Learns what is quarantined; returns how many kinds of poison are known.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn refresh_poison(&self) -> Result<usize> {
        PoisonWatch::new(&self.shared).run_once().await
    }

    /// For a consumer that keeps the order of keys: takes or keeps the partition; says whether it
    /// owns it now.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn own(&self) -> Result<bool> {
        Owner::new(&self.shared).run_once().await
    }

    /// Handles what was delivered, one after the other, and settles what came of it.
    async fn handle(&self) -> Result<Stepped> {
        let settler = Settler::new(&self.shared, supervision::Pulse::default());
        let mut stepped = Stepped::default();
        loop {
            let jobs = self.shared.slots.take_waiting();
            for job in jobs {
                stepped.handled += 1;
                let work = perform(&self.shared, &*self.handler, *job);
                match AssertUnwindSafe(work).catch_unwind().await {
                    Ok(Some(disposition)) => self.shared.file(disposition).await,
                    Ok(None) => {}
                    Err(_) => stepped.crashed += 1,
                }
            }
            let mut dispositions = Vec::new();
            let mut waiting = self.shared.disposition_queue.lock().await;
            while let Ok(disposition) = waiting.try_recv() {
                dispositions.push(disposition);
            }
            drop(waiting);
            if dispositions.is_empty() {
                return Ok(stepped);
            }
            settler.settle(&mut dispositions).await?;
        }
    }
}
