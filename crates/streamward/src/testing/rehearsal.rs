//! A handler and its policy, without a server.

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

/// One delivery, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// When it began, counted from the first one.
    pub at: Duration,
    /// 1 for the first.
    pub delivery: u32,
    /// What came of it.
    pub happening: Happening,
}

/// What came of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Its step settled it.
    Settled,
    /// It was done.
    Done,
    /// It failed; a retry follows unless the attempts are used up.
    Failed(Cause),
    /// The handler panicked.
    Crashed,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Settled by a step.
    Settled,
    /// Acknowledged.
    Done,
    /// Acknowledged unseen: the handler does not want messages of this type.
    Skipped,
    /// Among the dead letters.
    Dead(Cause),
}

/// Everything that happens to one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Its deliveries, in order.
    pub scenes: Vec<Scene>,
    /// How it ended.
    pub ending: Ending,
}

/// Runs a consumer's handler through its policy. Pauses are tokio's, so that paused time skips them.
#[derive(Debug)]
pub struct Rehearsal<H> {
    options: Options,
    handler: Arc<H>,
}

impl<H: Handler> Rehearsal<H> {
    /// A rehearsal with this consumer's handler and settings.
    pub fn of(consumer: &Consumer<H>) -> Self {
        let (options, handler) = consumer.parts();
        Self { options, handler }
    }

    /// What happens to a message with this key.
    ///
    /// # Panics
    /// When the message cannot be packed.
    pub async fn deliver<M: Message>(&self, key: &str, message: &M) -> Story {
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

    /// What happens to this entry, which need not make any sense.
    pub async fn deliver_entry(&self, entry: RawEntry) -> Story {
        let began = Instant::now();
        let mut scenes = Vec::new();
        if !H::Message::wants(entry.kind()) && !entry.kind().is_empty() {
            let ending = Ending::Skipped;
            return Story { scenes, ending };
        }
        let policy = &self.options.policy;
        let (mut deliveries, mut attempts) = (0, 0);
        loop {
            deliveries += 1;
            if let Some(cause) = policy.quarantine(deliveries, attempts) {
                let ending = Ending::Dead(cause);
                return Story { scenes, ending };
            }
            let at = began.elapsed();
            let (happening, next) = self.once(&entry, deliveries, attempts).await;
            scenes.push(Scene {
                at,
                delivery: deliveries,
                happening,
            });
            match next {
                Next::End(ending) => return Story { scenes, ending },
                Next::Again { failed, pause } => {
                    attempts += u32::from(failed);
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn once(&self, entry: &RawEntry, deliveries: u32, attempts: u32) -> (Happening, Next) {
        let delivery = Delivery {
            receipt: Receipt {
                stream: "rehearsal".into(),
                group: Arc::clone(&self.options.service),
                consumer: "rehearsal".into(),
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
            return (Happening::Crashed, Next::Again { failed, pause });
        };
        match policy.decide(outcome, attempts) {
            Decision::Settled => (Happening::Settled, Next::End(Ending::Settled)),
            Decision::Done => (Happening::Done, Next::End(Ending::Done)),
            Decision::Dead { cause, .. } => (
                Happening::Failed(cause.clone()),
                Next::End(Ending::Dead(cause)),
            ),
            Decision::Retry { delay, cause, .. } => {
                let (failed, pause) = (true, delay);
                (Happening::Failed(cause), Next::Again { failed, pause })
            }
        }
    }
}

enum Next {
    End(Ending),
    Again { failed: bool, pause: Duration },
}
