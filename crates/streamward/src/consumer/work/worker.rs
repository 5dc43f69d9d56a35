//! A worker: one supervised actor that handles one delivery at a time.
//!
//! A panic in the handler ends the actor and costs the entry one delivery; its supervisor starts
//! another one. The mailbox holds at most one job, which is only a copy of what is pending in Redis.

use std::{sync::Arc, time::Duration};

use ractor::{Actor, ActorProcessingErr, ActorRef};
use supervision::{ChildContext, Fault, Pulse};
use tracing::Instrument;

use crate::consumer::{
    shared::Shared, work::disposition::Disposition, work::lease::Job, work::policy::Decision,
};
use crate::{
    handler::{Delivery, Handler, Inbound},
    outcome::{Cause, Outcome},
};

/// What a worker can be told.
pub(crate) enum WorkerMessage {
    /// Handle this.
    Job(Box<Job>),
    /// Simulate a crash.
    Strike(Fault),
}

impl From<Fault> for WorkerMessage {
    fn from(fault: Fault) -> Self {
        Self::Strike(fault)
    }
}

pub(crate) struct Worker<H> {
    shared: Arc<Shared>,
    handler: Arc<H>,
    pulse: Pulse,
}

impl<H: Handler> Worker<H> {
    pub(crate) fn new(shared: &Arc<Shared>, handler: &Arc<H>, context: &ChildContext) -> Self {
        Self {
            shared: Arc::clone(shared),
            handler: Arc::clone(handler),
            pulse: context.pulse.clone(),
        }
    }

    async fn run(&self, job: Job) {
        if let Some(disposition) = perform(&self.shared, &*self.handler, job).await {
            self.shared.file(disposition).await;
        }
    }
}

/// Handles one delivery; what remains to be done about it is the disposition.
pub(crate) async fn perform<H: Handler>(
    shared: &Shared,
    handler: &H,
    job: Job,
) -> Option<Disposition> {
    let Job {
        delivery,
        mut lease,
    } = job;
    if !shared.may_read() {
        // The ownership ended while it waited; dropped, it is handed back as not begun.
        return None;
    }
    lease.begin();
    let started = tokio::time::Instant::now();
    // What is logged on the way belongs to the trace that the entry came with.
    let span = tracing::debug_span!(
        "delivery",
        service = shared.service(),
        entry = %lease.receipt,
        tp = delivery.entry.text("tp")
    );
    let work = attempt(handler, &delivery, shared.options.timeout).instrument(span);
    let outcome = tokio::select! {
        biased;
        () = lease.until_lost() => {
            tracing::warn!(
                entry = %lease.receipt,
                "lost: another consumer has taken this entry over; its handler was cancelled"
            );
            shared.metrics.lost_lease.increment(1);
            lease.put_aside();
            // It may be in nobody's hands, if all that was lost is the right to read here.
            shared.request_recovery();
            return None;
        }
        outcome = work => outcome,
    };
    let metrics = &shared.metrics;
    metrics.seconds.record(started.elapsed().as_secs_f64());
    Some(
        match shared.options.policy.decide(outcome, delivery.attempts) {
            Decision::Settled => {
                metrics.settled.increment(1);
                let forget = (delivery.attempts > 0).then(|| lease.receipt.clone());
                lease.end();
                Disposition::Forget(forget?)
            }
            Decision::Done => {
                metrics.done.increment(1);
                Disposition::Done(lease)
            }
            Decision::Retry {
                attempt,
                delay,
                cause,
            } => Disposition::Retry {
                lease,
                attempt,
                delay,
                cause,
            },
            Decision::Dead { attempt, cause } => Disposition::Dead {
                lease,
                delivery,
                cause,
                attempt,
                poison: false,
            },
        },
    )
}

/// One supervised attempt: decoding is part of it, so that nothing unreadable stops the reader.
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
        self.shared.slots.enlist(&myself);
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
            WorkerMessage::Job(job) => self.run(*job).await,
            WorkerMessage::Strike(fault) => match fault.strike().await {},
        }
        self.pulse.rest();
        self.shared.slots.offer(&myself);
        Ok(())
    }
}
