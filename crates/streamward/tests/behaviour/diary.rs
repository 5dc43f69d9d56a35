//! An obedient handler, and a diary of what it saw.

use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use streamward::{Delivery, Handler, Inbound, Outcome, Undecodable, unpack};
use testkit::eventually;
use tokio::{sync::Semaphore, time::Instant};

/// What the service wants: `Order` with a text, and `Timer` without one.
#[derive(Debug)]
pub(crate) struct Note;

impl Inbound for Note {
    fn wants(kind: &str) -> bool {
        matches!(kind, "Order" | "Timer")
    }

    fn decode(kind: &str, _version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        match kind {
            "Timer" => Ok(Self),
            _ => Ok(unpack::<String>(data).map(|_| Self)?),
        }
    }
}

/// One call of the handler.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) key: String,
    pub(crate) attempts: u32,
    pub(crate) deliveries: u32,
    pub(crate) at: Instant,
}

/// Every call of the handler, in order. Clones are the same diary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<Visit>>>);

impl Diary {
    fn visits(&self) -> MutexGuard<'_, Vec<Visit>> {
        self.0.lock().expect("no test panics while it holds this")
    }

    /// The calls for `key` so far.
    pub(crate) fn of(&self, key: &str) -> Vec<Visit> {
        let visits = self.visits();
        visits.iter().filter(|v| v.key == key).cloned().collect()
    }

    /// Waits for the `count`-th call for `key` and returns all of them.
    pub(crate) async fn until(&self, key: &str, count: usize) -> Vec<Visit> {
        eventually(&format!("{count} visits of {key}"), || async {
            Some(self.of(key)).filter(|visits| visits.len() >= count)
        })
        .await
    }

    /// Waits until every one of these keys was handled at least once.
    pub(crate) async fn until_all(&self, keys: &[String]) {
        for key in keys {
            self.until(key, 1).await;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.visits().len()
    }
}

/// Writes the diary, then does what the test says.
pub(crate) struct Acting<F> {
    act: F,
    diary: Diary,
}

impl<F> Acting<F> {
    pub(crate) fn new(act: F, diary: &Diary) -> Self {
        let diary = diary.clone();
        Self { act, diary }
    }
}

impl<F, R> Handler for Acting<F>
where
    F: Fn(Delivery) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send,
{
    type Message = Note;

    async fn handle(&self, Note: Note, delivery: &Delivery) -> Outcome {
        self.diary.visits().push(Visit {
            key: delivery.key().to_owned(),
            attempts: delivery.attempts,
            deliveries: delivery.receipt.deliveries,
            at: Instant::now(),
        });
        (self.act)(delivery.clone()).await
    }
}

/// The simplest handler.
pub(crate) async fn done(_: Delivery) -> Outcome {
    Outcome::Done
}

/// A handler that waits for a permit of `gate`, one for each delivery but the warm-up.
pub(crate) fn gated(
    gate: &Arc<Semaphore>,
) -> impl Fn(Delivery) -> BoxFuture<'static, Outcome> + Send + Sync + use<> {
    let gate = Arc::clone(gate);
    move |delivery| {
        let gate = Arc::clone(&gate);
        Box::pin(async move {
            if delivery.key() != "warm-up" {
                gate.acquire().await.expect("it stays").forget();
            }
            Outcome::Done
        })
    }
}
