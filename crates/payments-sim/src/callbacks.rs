//! Delivers events to the shop.
//!
//! ```text
//!               +--- held back behind a later one ---+
//! fresh event --+--- delayed ------------------------+--> attempt --2xx--> settled
//!               +--- dropped --> settled             |       | otherwise, or forged on purpose
//!                                                    +-- backoff
//! ```
//!
//! At most [`CONCURRENT`] attempts run at a time. Until an event is settled it stays owed, over
//! restarts too; after three days it is given up.

mod attempt;
mod backoff;
mod deck;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::book::Change;
use crate::clock;
use crate::core::Core;
use crate::faults::{Faults, strikes};
use crate::ids::EventId;

use attempt::Forgery;
use deck::{Deck, Parcel};

/// How many attempts run at a time.
const CONCURRENT: usize = 64;
/// How long the receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(3);
/// The age at which an event is given up.
const GIVE_UP_SECONDS: i64 = 3 * 24 * 60 * 60;

/// What came of drawing a fresh event's faults.
enum Drawn {
    /// Its first attempt starts now.
    Send(Parcel),
    /// It waits in the deck, or is settled unsent.
    Withheld,
    /// There was no event.
    Nothing,
}

/// Starts attempts and decides what becomes of their events.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    core: Arc<Core>,
    client: reqwest::Client,
    deck: Deck,
    attempts: JoinSet<(Parcel, bool)>,
}

impl Dispatcher {
    pub(crate) fn new(core: Arc<Core>) -> Result<Self, reqwest::Error> {
        // A redirect is a failed delivery, and a proxy has no business between shop and provider.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE_TO_CONNECT)
            .pool_max_idle_per_host(CONCURRENT)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            core,
            client,
            deck: Deck::default(),
            attempts: JoinSet::new(),
        })
    }

    /// Runs until `life` ends; attempts in flight are abandoned then, and made again after a
    /// restart.
    pub(crate) async fn run(mut self, life: CancellationToken) {
        loop {
            self.start_what_is_ready();
            let free = self.attempts.len() < CONCURRENT;
            let due = self.deck.next_due();
            let idle = Instant::now() + Duration::from_secs(3600);
            tokio::select! {
                () = life.cancelled() => return,
                Some(ended) = self.attempts.join_next() => match ended {
                    Ok((parcel, delivered)) => self.finish(parcel, delivered),
                    // The event stays owed, and is delivered after a restart.
                    Err(error) => tracing::error!(%error, "a callback attempt failed to end"),
                },
                () = self.core.wake_callbacks.notified() => {}
                () = tokio::time::sleep_until(due.unwrap_or(idle)), if free => {}
            }
        }
    }

    /// Starts as many attempts as may run, and says how many. Nothing without an address.
    fn start_what_is_ready(&mut self) -> usize {
        let Some(url) = self.core.webhook_url() else {
            return 0;
        };
        let faults = self.core.faults();
        let mut started = 0;
        while self.attempts.len() < CONCURRENT {
            let parcel = match self.deck.take_due(Instant::now()) {
                Some(parcel) => parcel,
                None => match self.draw(&faults) {
                    Drawn::Send(parcel) => parcel,
                    Drawn::Withheld => continue,
                    Drawn::Nothing => break,
                },
            };
            self.deck.went_ahead(parcel.event);
            let (core, client) = (Arc::clone(&self.core), self.client.clone());
            self.attempts
                .spawn(attempt::make(core, client, Arc::clone(&url), parcel));
            started += 1;
        }
        started
    }

    /// Takes the next fresh event and draws its faults.
    fn draw(&mut self, faults: &Faults) -> Drawn {
        let Some(event) = self.core.book().next_fresh() else {
            return Drawn::Nothing;
        };
        if strikes(faults.drop) {
            self.settle(event);
            return Drawn::Withheld;
        }
        let forgery = if strikes(faults.bad_signature) {
            Some(Forgery::Signature)
        } else if strikes(faults.stale_timestamp) {
            Some(Forgery::Timestamp)
        } else {
            None
        };
        let parcel = Parcel {
            event,
            attempt: 0,
            forgery,
            twice: strikes(faults.duplicate),
        };
        let delay = faults.delay_ms.draw();
        if !delay.is_zero() {
            self.deck.postpone(parcel, Instant::now() + delay);
            return Drawn::Withheld;
        }
        if strikes(faults.reorder) {
            return self
                .deck
                .hold_back(parcel)
                .map_or(Drawn::Withheld, Drawn::Send);
        }
        Drawn::Send(parcel)
    }

    fn finish(&mut self, parcel: Parcel, delivered: bool) {
        self.deck.ended(parcel.event);
        if delivered {
            self.settle(parcel.event);
            return;
        }
        let created = self
            .core
            .book()
            .events
            .get(parcel.event)
            .map(|event| event.created);
        if created.is_none_or(|created| clock::now() - created > GIVE_UP_SECONDS) {
            tracing::warn!(event = %parcel.event, "gave up delivering an event");
            self.settle(parcel.event);
            return;
        }
        let due = Instant::now() + backoff::after(parcel.attempt);
        let attempt = parcel.attempt.saturating_add(1);
        self.deck.postpone(
            Parcel {
                attempt,
                forgery: None,
                twice: false,
                ..parcel
            },
            due,
        );
    }

    fn settle(&self, event: EventId) {
        let mut book = self.core.book();
        self.core.commit(&mut book, vec![Change::Settled(event)]);
    }
}
