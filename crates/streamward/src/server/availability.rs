//! Availability of a server, as the commands of the shared connections find it.
//!
//! A server that cannot be dialled, or does not answer in time, is *away*, and one task probes until it
//! answers again. Where finding out takes time - it is frozen, its host is gone - commands fail at once
//! meanwhile, instead of waiting for the same time-out each. A refused connection costs no time, and a
//! server that answers and refuses commands - `OOM`, `READONLY`, `BUSY` - costs a round trip: both are
//! tried by every command.
//!
//! Each change is logged here, once; the callers do not repeat it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{Client, RedisError, ServerError};
use tokio::time::Instant;

use super::CONNECT_TIMEOUT;
use crate::error::{Class, recovery_for_reply};

/// A failure that took longer is not repeated by every command.
const SLOW: Duration = Duration::from_millis(100);
/// Interval of the probes while the server is away.
const PROBE: Duration = Duration::from_millis(200);
/// Time without a refusal after which an outage of a server that answers is over: longer than the
/// pauses of the tasks that wait for its end.
const QUIET: Duration = Duration::from_secs(5);

/// Availability of one server.
#[derive(Default)]
pub(super) struct Availability {
    /// Whether any outage is known: without one, a command costs no lock.
    troubled: AtomicBool,
    outages: Mutex<Outages>,
}

#[derive(Default)]
struct Outages {
    away: Option<Away>,
    /// Refusals of a server that answers, by code.
    refusals: BTreeMap<String, Refusal>,
}

struct Away {
    since: Instant,
    cause: RedisError,
    /// Whether finding out took time.
    slow: bool,
}

struct Refusal {
    since: Instant,
    last: Instant,
    text: String,
}

impl Availability {
    fn outages(&self) -> MutexGuard<'_, Outages> {
        self.outages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails at once while the server is away and finding out would take time.
    pub(super) fn check(&self) -> Result<(), RedisError> {
        if !self.troubled.load(Ordering::Relaxed) {
            return Ok(());
        }
        match &self.outages().away {
            Some(away) if away.slow => Err(away.cause.clone()),
            Some(_) | None => Ok(()),
        }
    }

    /// The known outage, for people.
    pub(super) fn outage(&self) -> Option<String> {
        if !self.troubled.load(Ordering::Relaxed) {
            return None;
        }
        let outages = self.outages();
        if let Some(away) = &outages.away {
            return Some(format!("redis does not answer: {}", away.cause));
        }
        let recent = |refusal: &&Refusal| refusal.last.elapsed() < QUIET;
        let refusal = outages.refusals.values().find(recent);
        refusal.map(|refusal| format!("redis refuses: {}", refusal.text))
    }

    /// Records that the server could not be dialled or did not answer; finding out took this long.
    pub(super) fn lost(self: &Arc<Self>, client: &Client, cause: &RedisError, took: Duration) {
        let slow = took > SLOW;
        let mut outages = self.outages();
        if let Some(away) = &mut outages.away {
            away.slow |= slow;
            return;
        }
        tracing::warn!(%cause, "redis does not answer");
        outages.away = Some(Away {
            since: Instant::now(),
            cause: cause.clone(),
            slow,
        });
        self.troubled.store(true, Ordering::Relaxed);
        #[expect(
            clippy::disallowed_methods,
            reason = "a probe belongs to no child, ends with the outage or the server, and cannot panic"
        )]
        tokio::spawn(probe(client.clone(), Arc::downgrade(self)));
    }

    /// Records that the server answers a new connection.
    pub(super) fn found(&self) {
        if !self.troubled.load(Ordering::Relaxed) {
            return;
        }
        if let Some(away) = self.outages().away.take() {
            let after = away.since.elapsed();
            tracing::info!(?after, "redis answers again");
        }
    }

    /// Records an answer: a refusal of a server that is not available, or any other.
    pub(super) fn answered(&self, refused: Option<&ServerError>) {
        match refused.filter(|error| recovery_for_reply(error).class() == Class::Outage) {
            Some(error) => self.refused(error),
            None if self.troubled.load(Ordering::Relaxed) => self.end_refusals(),
            None => {}
        }
    }

    fn refused(&self, error: &ServerError) {
        let now = Instant::now();
        let mut outages = self.outages();
        let refusal = outages.refusals.entry(error.code().to_owned());
        let refusal = refusal.or_insert_with(|| {
            let text = error.details().unwrap_or_default();
            let text = format!("{} {text}", error.code());
            tracing::warn!(
                cause = text,
                "redis refuses commands: trying again until it accepts"
            );
            Refusal {
                since: now,
                last: now,
                text,
            }
        });
        refusal.last = now;
        self.troubled.store(true, Ordering::Relaxed);
    }

    fn end_refusals(&self) {
        let mut outages = self.outages();
        outages.refusals.retain(|code, refusal| {
            let is_over = refusal.last.elapsed() >= QUIET;
            if is_over {
                let lasted = refusal.last - refusal.since;
                tracing::info!(code, ?lasted, "redis accepts commands again");
            }
            !is_over
        });
        let troubled = outages.away.is_some() || !outages.refusals.is_empty();
        self.troubled.store(troubled, Ordering::Relaxed);
    }
}

/// Dials until the server answers.
async fn probe(client: Client, availability: Weak<Availability>) {
    // At once: a command that was slow on a server that answers others is no outage.
    while let Some(availability) = availability.upgrade() {
        if answers(&client).await {
            availability.found();
            return;
        }
        drop(availability);
        tokio::time::sleep(PROBE).await;
    }
}

/// Whether the server answers a new connection, be it with a refusal.
async fn answers(client: &Client) -> bool {
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(CONNECT_TIMEOUT));
    let ping = async {
        let mut connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        redis::cmd("PING").query_async::<()>(&mut connection).await
    };
    ping.await
        .map_or_else(|error| !error.is_io_error(), |()| true)
}
