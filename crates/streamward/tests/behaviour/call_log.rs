//! A handler that runs a closure, and the log of its calls.

use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use streamward::{Delivery, Handler, Inbound, Outcome, Undecodable, unpack};
use testkit::eventually;
use tokio::{sync::Semaphore, time::Instant};

/// The test service's message: `Order` with a text, `Timer` without one.
#[derive(Debug)]
pub(crate) struct TestMessage;

impl Inbound for TestMessage {
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

/// A call of the handler.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) key: String,
    pub(crate) attempts: u32,
    pub(crate) deliveries: u32,
    pub(crate) at: Instant,
}

/// Every call of the handler, in order. Clones share one log.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallLog(Arc<Mutex<Vec<Call>>>);

impl CallLog {
    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0
            .lock()
            .expect("no test panics while it holds the lock")
    }

    /// Returns the calls for `key` so far.
    pub(crate) fn of(&self, key: &str) -> Vec<Call> {
        let calls = self.lock();
        calls
            .iter()
            .filter(|call| call.key == key)
            .cloned()
            .collect()
    }

    /// Waits for the `count`-th call for `key` and returns all of them.
    pub(crate) async fn until(&self, key: &str, count: usize) -> Vec<Call> {
        eventually(&format!("{count} calls of {key}"), || async {
            Some(self.of(key)).filter(|calls| calls.len() >= count)
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
        self.lock().len()
    }
}

/// A handler that logs each call, then runs the closure.
pub(crate) struct TestHandler<F> {
    act: F,
    calls: CallLog,
}

impl<F> TestHandler<F> {
    pub(crate) fn new(act: F, calls: &CallLog) -> Self {
        let calls = calls.clone();
        Self { act, calls }
    }
}

impl<F, R> Handler for TestHandler<F>
where
    F: Fn(Delivery) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send,
{
    type Message = TestMessage;

    async fn handle(&self, TestMessage: TestMessage, delivery: &Delivery) -> Outcome {
        self.calls.lock().push(Call {
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
