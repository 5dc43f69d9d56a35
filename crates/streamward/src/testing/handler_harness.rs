//! Runs a handler and its policy without a server.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::time::Instant;

use crate::{
    Consumer,
    consumer::{Decision, Options, attempt},
    entry::{RawEntry, pack},
    handler::{Delivery, Handler, Inbound, Receipt},
    message::Message,
    outcome::Cause,
};

/// A delivery and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Time since the first delivery.
    pub at: Duration,
    /// Delivery count, 1 for the first.
    pub delivery: u32,
    /// Outcome of the delivery.
    pub outcome: StepOutcome,
}

/// Outcome of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// The step script settled it.
    Settled,
    /// The handler is done with it.
    Done,
    /// The handler failed; a retry follows unless the attempts are used up.
    Failed(Cause),
    /// The handler panicked.
    Crashed,
}

/// Final outcome of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FinalOutcome {
    /// Acknowledged by a step script.
    Settled,
    /// Acknowledged by the runtime.
    Done,
    /// Acknowledged without a call of the handler, which does not handle this type.
    Skipped,
    /// Moved to the dead letters.
    Dead(Cause),
}

/// All deliveries of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HarnessReport {
    /// The deliveries, in order.
    pub steps: Vec<Step>,
    /// Final outcome.
    pub end: FinalOutcome,
}

/// Runs the handler of a consumer through its policy. Pauses are tokio's, so that paused time skips
/// them.
#[derive(Debug)]
pub struct HandlerHarness<H> {
    options: Options,
    handler: Arc<H>,
}

impl<H: Handler> HandlerHarness<H> {
    /// A harness with the handler and the settings of `consumer`.
    pub fn of(consumer: &Consumer<H>) -> Self {
        let (options, handler) = consumer.parts();
        Self { options, handler }
    }

    /// Delivers `message` under `key` until it is settled or dead.
    ///
    /// # Panics
    /// When the message cannot be packed.
    pub async fn deliver<M: Message>(&self, key: &str, message: &M) -> HarnessReport {
        let data = pack(M::KIND, message).expect("a message can be packed");
        let version = M::VERSION.to_string();
        let field = |name: &'static str, value: &[u8]| {
            (
                Bytes::from_static(name.as_bytes()),
                Bytes::copy_from_slice(value),
            )
        };
        let fields = vec![
            field("type", M::KIND.as_bytes()),
            field("v", version.as_bytes()),
            field("key", key.as_bytes()),
            field("data", &data),
        ];
        let id = "1-0".to_owned();
        self.deliver_entry(RawEntry { id, fields }).await
    }

    /// Delivers `entry`, which may be malformed, until it is settled or dead.
    pub async fn deliver_entry(&self, entry: RawEntry) -> HarnessReport {
        let began = Instant::now();
        let mut steps = Vec::new();
        if !H::Message::wants(entry.kind()) && !entry.kind().is_empty() {
            let end = FinalOutcome::Skipped;
            return HarnessReport { steps, end };
        }
        let policy = &self.options.policy;
        let (mut deliveries, mut attempts) = (0, 0);
        loop {
            deliveries += 1;
            if let Some(cause) = policy.quarantine(deliveries, attempts) {
                let end = FinalOutcome::Dead(cause);
                return HarnessReport { steps, end };
            }
            let at = began.elapsed();
            let (outcome, next) = self.deliver_once(&entry, deliveries, attempts).await;
            steps.push(Step {
                at,
                delivery: deliveries,
                outcome,
            });
            match next {
                Next::End(end) => return HarnessReport { steps, end },
                Next::Again { failed, pause } => {
                    attempts += u32::from(failed);
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn deliver_once(
        &self,
        entry: &RawEntry,
        deliveries: u32,
        attempts: u32,
    ) -> (StepOutcome, Next) {
        let delivery = Delivery {
            receipt: Receipt {
                stream: "harness".into(),
                group: Arc::clone(&self.options.service),
                consumer: "harness".into(),
                id: entry.id.clone(),
                deliveries,
            },
            entry: entry.clone(),
            attempts,
        };
        let attempt = attempt(&*self.handler, &delivery, self.options.timeout);
        let policy = &self.options.policy;
        let Ok(outcome) = AssertUnwindSafe(attempt).catch_unwind().await else {
            let (failed, pause) = (false, policy.pause_after_crash());
            return (StepOutcome::Crashed, Next::Again { failed, pause });
        };
        match policy.decide(outcome, attempts) {
            Decision::Settled => (StepOutcome::Settled, Next::End(FinalOutcome::Settled)),
            Decision::Done => (StepOutcome::Done, Next::End(FinalOutcome::Done)),
            Decision::Dead { cause, .. } => (
                StepOutcome::Failed(cause.clone()),
                Next::End(FinalOutcome::Dead(cause)),
            ),
            Decision::Unavailable(cause) => {
                let (failed, pause) = (false, policy.pause_after_crash());
                (StepOutcome::Failed(cause), Next::Again { failed, pause })
            }
            Decision::Retry(retry) => {
                let (failed, pause) = (true, retry.delay);
                (
                    StepOutcome::Failed(retry.cause),
                    Next::Again { failed, pause },
                )
            }
        }
    }
}

enum Next {
    End(FinalOutcome),
    Again { failed: bool, pause: Duration },
}
