//! A worker: one supervised actor that handles some deliveries at a time.
//!
//! A panic of a handler costs its entry one delivery. The worker lets its other deliveries end and dies
//! of the panic; its supervisor starts another one. The mailbox holds at most one job, which is only a
//! copy of what is pending in Redis.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use supervision::Pulse;
use tokio::time::Instant;
use tracing::Instrument;

use super::{
    lease::{Disposition, Job, Leases},
    policy::{Decision, Policy},
    slots::{WorkerMessage, injected_faults},
};
use crate::{
    consumer::{identity::Identity, read::flow_control::FlowControl},
    handler::{Delivery, Handler, Inbound},
    outcome::{Cause, Outcome},
};

/// Runs the handler of one consumer on deliveries; all its workers share it.
pub(crate) struct Executor<H> {
    pub(crate) identity: Arc<Identity>,
    pub(crate) flow: Arc<FlowControl>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) policy: Policy,
    pub(crate) timeout: Duration,
    pub(crate) handler: Arc<H>,
}

impl<H: Handler> Executor<H> {
    /// Handles one delivery and files its disposition.
    pub(crate) async fn run(&self, job: Job) {
        if let Some(disposition) = self.handle(job).await {
            self.leases.file(disposition).await;
        }
    }

    async fn handle(&self, job: Job) -> Option<Disposition> {
        let Job {
            delivery,
            mut lease,
        } = job;
        if !self.flow.may_read() {
            // The ownership ended while it waited; the dropped lease hands it back as not begun.
            return None;
        }
        lease.begin();
        let started = Instant::now();
        // Log lines of the handler belong to the trace of the entry.
        let span = tracing::debug_span!(
            "delivery",
            service = &*self.identity.service,
            entry = %lease.receipt,
            tp = delivery.entry.text("tp")
        );
        let work = attempt(&*self.handler, &delivery, self.timeout).instrument(span);
        let metrics = &self.identity.metrics;
        let outcome = tokio::select! {
            biased;
            () = lease.until_lost() => {
                tracing::warn!(
                    entry = %lease.receipt,
                    "lost: another consumer has taken this entry over; its handler was cancelled"
                );
                metrics.lost_lease.increment(1);
                lease.end();
                // No other consumer has it, if only the ownership of the partition was lost.
                self.leases.request_recovery();
                return None;
            }
            outcome = work => outcome,
        };
        metrics.seconds.record(started.elapsed().as_secs_f64());
        match self.policy.decide(outcome, delivery.attempts) {
            Decision::Settled => {
                metrics.settled.increment(1);
                let forget = (delivery.attempts > 0).then(|| lease.receipt.clone());
                self.flow.finish(lease);
                forget.map(Disposition::Forget)
            }
            Decision::Done => {
                metrics.done.increment(1);
                Some(Disposition::Done(lease))
            }
            Decision::Retry(retry) => Some(Disposition::Retry(lease, retry)),
            Decision::Unavailable(cause) => Some(Disposition::Unavailable(lease, cause)),
            Decision::Dead { attempt, cause } => Some(Disposition::Dead {
                lease,
                delivery,
                cause,
                attempt,
                poison: false,
            }),
        }
    }
}

/// Decodes and handles one delivery. Decoding is part of the supervised attempt, so that no
/// unreadable entry stops the reader.
pub(crate) async fn attempt<H: Handler>(
    handler: &H,
    delivery: &Delivery,
    timeout: Duration,
) -> Outcome {
    let entry = &delivery.entry;
    let message = match H::Message::decode(entry.kind(), entry.version(), entry.data()) {
        Ok(message) => message,
        Err(problem) => return problem.into(),
    };
    match tokio::time::timeout(timeout, handler.handle(message, delivery)).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::retry(Cause::new(format!("no outcome within {timeout:?}"))),
    }
}

/// A worker of a consumer.
pub(crate) struct Worker<H> {
    pub(crate) executor: Arc<Executor<H>>,
    /// Deliveries that it handles at a time.
    pub(crate) lanes: usize,
    pub(crate) pulse: Pulse,
}

impl<H: Handler> Worker<H> {
    /// Handles a delivery, and those that wait meanwhile. Returns the panic of a handler, after which no
    /// other delivery begins.
    async fn turn(&self, job: Box<Job>) -> Result<(), Panic> {
        let mut lanes = self.executor.flow.slots.occupy(self.lanes);
        let handle = |job: Box<Job>| AssertUnwindSafe(self.executor.run(*job)).catch_unwind();
        let mut running = FuturesUnordered::from_iter([handle(job)]);
        let (faults, mut end) = (injected_faults(), Ok(()));
        loop {
            if injected_faults() != faults {
                // It may lie in this worker's mailbox, which is read when the turn ends.
                lanes.close();
            }
            while let Some(job) = lanes.take() {
                running.push(handle(job));
            }
            let ended = tokio::select! {
                biased;
                ended = running.next() => ended,
                () = lanes.wait() => continue,
            };
            self.pulse.beat();
            match ended {
                None => return end,
                Some(Ok(())) => lanes.free_one(),
                Some(panic) => {
                    lanes.close();
                    end = panic;
                }
            }
        }
    }
}

/// Payload of a panic.
type Panic = Box<dyn Any + Send>;

impl<H: Handler> Actor for Worker<H> {
    type Msg = WorkerMessage;
    type State = ();
    type Arguments = ();

    async fn pre_start(
        &self,
        myself: ActorRef<Self::Msg>,
        (): Self::Arguments,
    ) -> Result<Self::State, ActorProcessingErr> {
        self.pulse.rest();
        self.executor.flow.slots.enlist(&myself, self.lanes);
        Ok(())
    }

    async fn handle(
        &self,
        myself: ActorRef<Self::Msg>,
        message: Self::Msg,
        (): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        self.pulse.beat();
        match message {
            WorkerMessage::Job(job) => {
                if let Err(panic) = self.turn(job).await {
                    resume_unwind(panic);
                }
            }
            WorkerMessage::InjectFault(fault) => match fault.inject().await {},
        }
        self.pulse.rest();
        self.executor.flow.slots.offer(&myself, self.lanes);
        Ok(())
    }
}
