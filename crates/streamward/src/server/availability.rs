//! Availability of a server, as the commands of the shared connections find it.
//!
//! A server that cannot be dialled, or does not answer in time, is *away*, and one task probes until it
//! answers again. Where finding out takes time - it is frozen, its host is gone - commands fail at once
//! meanwhile, instead of waiting for the same time-out each. A refused connection costs no time, and a
//! server that answers and refuses commands - `OOM`, `READONLY`, `BUSY` - costs a round trip: both are
//! tried by every command.
//!
//! A server that refuses *writes* - it is full, read-only, cannot save - may answer everything else. The
//! refusal ends when none has come for a while and a probe, a script that may write, is accepted. A
//! missing *right* is a refusal of one command, not of the server: it is logged, and is no outage. Any
//! other refusal ends when none has come for a while.
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

use redis::{Client, Cmd, RedisError, Value};
use tokio::time::Instant;

use super::{CONNECT_TIMEOUT, RESPONSE_TIMEOUT};
use crate::error::{Class, Recovery, recovery_for, recovery_for_reply, refusal_of, replied_error};

/// A failure that took longer is not repeated by every command.
const SLOW: Duration = Duration::from_millis(100);
/// Interval of the probes while the server is away.
const PROBE: Duration = Duration::from_millis(200);
/// Interval of the probes while the server refuses writes.
const WRITE_PROBE: Duration = Duration::from_secs(1);
/// Time without a refusal after which an outage of a server that answers is over: longer than the
/// pauses of the tasks that wait for its end.
const QUIET: Duration = Duration::from_secs(5);
/// Interval of the log lines about a missing right.
const RIGHT: Duration = Duration::from_secs(600);
/// A script that the server runs only while it accepts writes. It has no keys, and writes nothing.
const MAY_WRITE: &str = "#!lua\nreturn 1";

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
    kind: Kind,
    since: Instant,
    last: Instant,
    text: String,
}

/// The part of the server's work that it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Writes.
    Writes,
    /// Commands that the user has no right to.
    Right,
    /// Everything, or nearly.
    All,
}

impl Kind {
    fn of(code: &str, text: &str) -> Self {
        match code {
            "OOM" | "MISCONF" | "READONLY" | "NOREPLICAS" => Self::Writes,
            "NOPERM" => Self::Right,
            _ if text.contains("user executing the script can't") => Self::Right,
            _ => Self::All,
        }
    }
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
        let is_outage = |refusal: &&Refusal| match refusal.kind {
            Kind::Writes => true,
            Kind::Right => false,
            Kind::All => refusal.last.elapsed() < QUIET,
        };
        let refusal = outages.refusals.values().find(is_outage);
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

    /// Records a connection that could not be opened after this time.
    pub(super) fn not_dialled(
        self: &Arc<Self>,
        client: &Client,
        error: &RedisError,
        took: Duration,
    ) {
        if error.is_io_error() {
            return self.lost(client, error, took);
        }
        self.found();
        self.failed(client, error);
    }

    /// Records the outcome of a command; returns how to recover from its failure.
    pub(super) fn observe(
        self: &Arc<Self>,
        client: &Client,
        outcome: Result<&[Value], &RedisError>,
    ) -> Option<Recovery> {
        match outcome.map(replied_error) {
            Ok(None) => {
                if self.troubled.load(Ordering::Relaxed) {
                    self.end_refusals(|refusal| match refusal.kind {
                        Kind::Writes => false,
                        Kind::Right => refusal.last.elapsed() >= RIGHT,
                        Kind::All => refusal.last.elapsed() >= QUIET,
                    });
                }
                None
            }
            Ok(Some(reply)) => {
                let recovery = recovery_for_reply(reply);
                if recovery.class() == Class::Outage {
                    let details = reply.details().unwrap_or_default();
                    self.refused(client, reply.code(), details);
                }
                Some(recovery)
            }
            Err(error) => {
                if error.is_timeout() {
                    self.lost(client, error, RESPONSE_TIMEOUT);
                } else {
                    self.failed(client, error);
                }
                Some(recovery_for(error))
            }
        }
    }

    /// Records a failure that may be the server's refusal.
    fn failed(self: &Arc<Self>, client: &Client, error: &RedisError) {
        if recovery_for(error).class() == Class::Outage
            && let Some((code, details)) = refusal_of(error)
        {
            self.refused(client, &code, &details);
        }
    }

    fn refused(self: &Arc<Self>, client: &Client, code: &str, details: &str) {
        let (now, kind) = (Instant::now(), Kind::of(code, details));
        let mut outages = self.outages();
        self.troubled.store(true, Ordering::Relaxed);
        if let Some(known) = outages.refusals.get_mut(code)
            && known.kind == kind
        {
            // A missing right is logged again after a while.
            if kind != Kind::Right {
                known.last = now;
            }
            return;
        }
        let text = format!("{code} {details}");
        match kind {
            Kind::Right => tracing::warn!(cause = text, "redis refuses a command to this user"),
            Kind::Writes | Kind::All => tracing::warn!(
                cause = text,
                "redis refuses commands: trying again until it accepts"
            ),
        }
        let is_probed = outages
            .refusals
            .values()
            .any(|known| known.kind == Kind::Writes);
        let refusal = Refusal {
            kind,
            since: now,
            last: now,
            text,
        };
        outages.refusals.insert(code.to_owned(), refusal);
        if kind == Kind::Writes && !is_probed {
            #[expect(
                clippy::disallowed_methods,
                reason = "a probe belongs to no child, ends with the outage or the server, and cannot panic"
            )]
            tokio::spawn(probe_writes(client.clone(), Arc::downgrade(self)));
        }
    }

    /// Whether no write has been refused for a while.
    fn has_quiet_writes(&self) -> bool {
        let outages = self.outages();
        let mut writes = outages
            .refusals
            .values()
            .filter(|known| known.kind == Kind::Writes);
        writes.all(|refusal| refusal.last.elapsed() >= QUIET)
    }

    fn end_refusals(&self, is_over: impl Fn(&Refusal) -> bool) {
        let mut outages = self.outages();
        outages.refusals.retain(|code, refusal| {
            let is_over = is_over(refusal);
            if is_over && refusal.kind != Kind::Right {
                let lasted = refusal.since.elapsed();
                tracing::info!(code, ?lasted, "redis accepts commands again");
            }
            !is_over
        });
        let troubled = outages.away.is_some() || !outages.refusals.is_empty();
        self.troubled.store(troubled, Ordering::Relaxed);
    }
}

/// Runs a script that may write until the server accepts it and has refused no write for a while.
async fn probe_writes(client: Client, availability: Weak<Availability>) {
    loop {
        tokio::time::sleep(WRITE_PROBE).await;
        let Some(availability) = availability.upgrade() else {
            return;
        };
        let mut script = redis::cmd("EVAL");
        script.arg(MAY_WRITE).arg(0);
        let accepts = match alone(&client, &script).await {
            Ok(()) => true,
            // Without the right to probe, the time without a refusal must do.
            Err(error) => refusal_of(&error).is_some_and(|(code, _)| code == "NOPERM"),
        };
        // Near its limit a server accepts one write and refuses the next.
        if accepts && availability.has_quiet_writes() {
            availability.end_refusals(|refusal| refusal.kind == Kind::Writes);
            return;
        }
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
    let ping = alone(client, &redis::cmd("PING")).await;
    ping.map_or_else(|error| !error.is_io_error(), |()| true)
}

/// Runs a command on a connection of its own.
async fn alone(client: &Client, command: &Cmd) -> Result<(), RedisError> {
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(CONNECT_TIMEOUT));
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    command.query_async::<()>(&mut connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that does not exist, and the reply of another.
    fn observe(availability: &Arc<Availability>, reply: &str) {
        let client = Client::open("redis://127.0.0.1:1").unwrap();
        let reply = redis::parse_redis_value(format!("{reply}\r\n").as_bytes()).unwrap();
        availability.observe(&client, Ok(&[reply]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_of_writes_does_not_end_with_a_read() {
        let availability = Arc::new(Availability::default());
        observe(&availability, "-OOM command not allowed");
        for _ in 0..3 {
            tokio::time::advance(QUIET * 2).await;
            observe(&availability, "+a read");
            assert_eq!(
                availability.outage().as_deref(),
                Some("redis refuses: OOM command not allowed")
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn any_other_refusal_ends_when_none_has_come_for_a_while() {
        let availability = Arc::new(Availability::default());
        observe(&availability, "-LOADING its data");
        observe(&availability, "+INFO");
        assert!(availability.outage().is_some());
        tokio::time::advance(QUIET).await;
        observe(&availability, "+PONG");
        assert_eq!(availability.outage(), None);
        assert!(availability.outages().refusals.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_missing_right_is_no_outage_and_is_reported_again_after_a_while() {
        let availability = Arc::new(Availability::default());
        let reported = || availability.outages().refusals.len();
        for _ in 0..2 {
            observe(&availability, "-NOPERM this user has no right");
            assert_eq!((availability.outage(), reported()), (None, 1));
            tokio::time::advance(RIGHT / 2).await;
            observe(&availability, "-NOPERM this user has no right");
            observe(&availability, "+PONG");
            assert_eq!((availability.outage(), reported()), (None, 1));
            tokio::time::advance(RIGHT / 2).await;
            observe(&availability, "+PONG");
            assert_eq!(reported(), 0);
        }
    }
}
