//! A worker: one supervised actor that handles one delivery at a time.
//!
//! A panic in the handler ends the actor and costs the entry one delivery; its supervisor starts
//! another one. The mailbox holds at most one job, which is only a copy of what is pending in Redis.

use std::sync::Arc;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use supervision::{ChildContext, Fault, Pulse};

use super::{lease::Job, shared::Shared, verdict::Verdict};
use crate::{
    handler::{Delivery, Handler, Inbound},
    outcome::Outcome,
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
        let Job { delivery, lease } = job;
        let started = tokio::time::Instant::now();
        let outcome = self.attempt(&delivery).await;
        let metrics = &self.shared.metrics;
        metrics.seconds.record(started.elapsed().as_secs_f64());
        let verdict = match outcome {
            Outcome::Settled => {
                metrics.settled.increment(1);
                let forget = (delivery.attempts > 0).then(|| lease.receipt.clone());
                lease.end();
                match forget {
                    None => return,
                    Some(receipt) => Verdict::Forget(receipt),
                }
            }
            Outcome::Done => {
                metrics.done.increment(1);
                Verdict::Done {
                    lease,
                    retried: delivery.attempts > 0,
                }
            }
            Outcome::Retry { cause, .. } if delivery.attempts + 1 >= self.max_attempts() => {
                Verdict::Dead {
                    lease,
                    delivery,
                    cause,
                    last_attempt: true,
                }
            }
            Outcome::Retry { after, cause } => {
                let backoff = self.shared.options.backoff.delay(delivery.attempts + 1);
                let delay = after.unwrap_or(backoff);
                Verdict::Retry {
                    lease,
                    attempt: delivery.attempts + 1,
                    delay,
                    cause,
                }
            }
            Outcome::Dead { cause } => Verdict::Dead {
                lease,
                delivery,
                cause,
                last_attempt: false,
            },
        };
        // The settler holds the other end as long as this consumer exists.
        if self.shared.verdicts.send(verdict).await.is_err() {
            self.shared.request_recovery();
        }
    }

    fn max_attempts(&self) -> u32 {
        self.shared.options.max_attempts
    }

    async fn attempt(&self, delivery: &Delivery) -> Outcome {
        let entry = &delivery.entry;
        let message = match H::Message::decode(entry.kind(), entry.version(), entry.data()) {
            Ok(message) => message,
            Err(problem) => {
                return Outcome::dead(crate::Cause::new(format!("cannot be decoded: {problem}")));
            }
        };
        let timeout = self.shared.options.timeout;
        match tokio::time::timeout(timeout, self.handler.handle(message, delivery)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::retry(crate::Cause::new(format!("no outcome within {timeout:?}"))),
        }
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
