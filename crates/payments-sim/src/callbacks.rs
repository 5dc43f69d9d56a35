//! Delivery of events to the shop.
//!
//! ```text
//!               +--- held back behind a later one ---+
//! new event ----+--- delayed ------------------------+--> attempt --2xx--> settled
//!               +--- dropped --> settled             |       | otherwise, or faulty on purpose
//!                                                    +-- backoff
//! ```
//!
//! At most [`CONCURRENT`] attempts run at a time. An event stays pending until it is settled, also
//! over restarts; after three days it is given up.

mod attempt;
mod delivery_queue;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::engine::Engine;
use crate::faults::{Faults, occurs};
use crate::ids::EventId;
use crate::state::Change;
use delivery_queue::{Delivery, DeliveryQueue, SignatureFault};

/// Maximum number of concurrent attempts.
const CONCURRENT: usize = 64;
/// Response timeout of the receiver.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Age at which an event is given up.
const GIVE_UP_SECONDS: i64 = 3 * 24 * 60 * 60;

/// Next step for a new event after drawing its faults.
enum Next {
    /// The first attempt starts now.
    Send(Delivery),
    /// The event waits in the queue, or is settled without an attempt.
    Withheld,
    /// No event is new.
    None,
}

/// Starts attempts and handles their results.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    engine: Arc<Engine>,
    client: reqwest::Client,
    queue: DeliveryQueue,
    attempts: JoinSet<(Delivery, bool)>,
}

impl Dispatcher {
    pub(crate) fn new(engine: Arc<Engine>) -> Result<Self, reqwest::Error> {
        // A redirect is a failed delivery, and callbacks bypass proxies.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(RESPONSE_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(CONCURRENT)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            engine,
            client,
            queue: DeliveryQueue::default(),
            attempts: JoinSet::new(),
        })
    }

    /// Runs until `shutdown`, which aborts attempts in flight; they are repeated after a restart.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        loop {
            self.start_ready_attempts();
            let free = self.attempts.len() < CONCURRENT;
            let due = self.queue.next_due();
            let idle = Instant::now() + Duration::from_secs(3600);
            tokio::select! {
                () = shutdown.cancelled() => return,
                Some(ended) = self.attempts.join_next() => match ended {
                    Ok((delivery, delivered)) => self.finish(delivery, delivered),
                    // The event stays pending and is delivered after a restart.
                    Err(error) => tracing::error!(%error, "a callback attempt failed to end"),
                },
                () = self.engine.callbacks_changed.notified() => {}
                () = tokio::time::sleep_until(due.unwrap_or(idle)), if free => {}
            }
        }
    }

    /// Starts as many attempts as may run, none without a URL, and returns their number.
    fn start_ready_attempts(&mut self) -> usize {
        let Some(url) = self.engine.webhook_url() else {
            return 0;
        };
        let faults = self.engine.faults();
        let mut started = 0;
        while self.attempts.len() < CONCURRENT {
            let delivery = match self.queue.take_due(Instant::now()) {
                Some(delivery) => delivery,
                None => match self.next_event(&faults) {
                    Next::Send(delivery) => delivery,
                    Next::Withheld => continue,
                    Next::None => break,
                },
            };
            self.queue.attempt_started(delivery.event);
            let (engine, client) = (Arc::clone(&self.engine), self.client.clone());
            let attempt = attempt::attempt(engine, client, Arc::clone(&url), delivery);
            self.attempts.spawn(attempt);
            started += 1;
        }
        started
    }

    /// Takes the next new event and draws its faults.
    fn next_event(&mut self, faults: &Faults) -> Next {
        let Some(event) = self.engine.state().next_undelivered() else {
            return Next::None;
        };
        if occurs(faults.drop) {
            self.settle(event);
            return Next::Withheld;
        }
        let signature_fault = if occurs(faults.bad_signature) {
            Some(SignatureFault::WrongSecret)
        } else if occurs(faults.stale_timestamp) {
            Some(SignatureFault::StaleTimestamp)
        } else {
            None
        };
        let delivery = Delivery {
            event,
            attempt: 0,
            signature_fault,
            duplicate: occurs(faults.duplicate),
        };
        let delay = faults.delay_ms.draw();
        if !delay.is_zero() {
            self.queue.delay(delivery, Instant::now() + delay);
            return Next::Withheld;
        }
        if occurs(faults.reorder) {
            let sent = self.queue.hold_back(delivery);
            return sent.map_or(Next::Withheld, Next::Send);
        }
        Next::Send(delivery)
    }

    fn finish(&mut self, delivery: Delivery, delivered: bool) {
        let id = delivery.event;
        self.queue.attempt_ended(id);
        if delivered {
            return self.settle(id);
        }
        let created = self.engine.state().events.get(&id).map(|it| it.created);
        if created.is_none_or(|created| clock::now() - created > GIVE_UP_SECONDS) {
            tracing::warn!(event = %id, "gave up delivering an event");
            return self.settle(id);
        }
        self.queue.retry(delivery);
    }

    fn settle(&self, event: EventId) {
        let mut state = self.engine.state();
        let settled = vec![Change::Settled(event)];
        self.engine.commit(&mut state, settled);
    }
}
