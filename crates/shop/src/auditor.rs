//! The auditor: audits the ledgers periodically beside the running shop, at a limited pace.
//!
//! One process of the shop audits at a time. The last verdict is stored in Redis; every process with
//! an auditor exports it as metrics, and every API in `GET /v1/admin/health`.

use std::{pin::pin, time::Duration};

use store::audit::{self, Pace, Report, Verdict};
use streamward::{Class, Leadership, Runtime, clock, metrics};
use supervision::{BoxError, Pulse, TaskContext};
use tokio::time::{Instant, sleep, timeout};

/// A pause after each bounded read of nine times its duration, or twenty milliseconds: a read of fifty
/// orders keeps Redis busy for well under one.
const PACE: Pace = Pace::Resting(9);
/// Longest interval between two checks whether an audit is due.
const TICK: Duration = Duration::from_secs(5);
/// Interval of heartbeats during an audit.
const BEAT: Duration = Duration::from_secs(1);
/// Time to live of the leadership: twice the longest interval between two checks.
const LEASE: Duration = Duration::from_secs(10);

/// The auditor of one process.
#[derive(Clone, Debug)]
pub(crate) struct Auditor {
    runtime: Runtime,
    every: Duration,
    lead: Leadership,
}

impl Auditor {
    /// Creates an auditor that audits once per `every`.
    pub(crate) fn new(runtime: &Runtime, every: Duration) -> Self {
        let (server, key) = (runtime.server().clone(), audit::auditor_lead(runtime));
        Self {
            lead: Leadership::new(server, key, "auditor", LEASE),
            runtime: runtime.clone(),
            every,
        }
    }

    /// Audits until it is stopped. An audit under way is abandoned then: it has written nothing.
    pub(crate) async fn run(self, context: TaskContext) -> Result<(), BoxError> {
        let stopping = context.stopping.clone();
        let working = self.work(&context);
        stopping.run_until_cancelled(working).await;
        // The next auditor need not wait; when this fails, the leadership expires.
        if let Err(error) = self.lead.give_back().await {
            tracing::debug!(%error, "the auditor's leadership was not released");
        }
        Ok(())
    }

    async fn work(&self, context: &TaskContext) {
        let mut was_well = true;
        loop {
            context.pulse.beat();
            let done = self.pass(&context.pulse).await;
            match &done {
                // The server's connections report an outage.
                Err(error) if error.class() == Class::Outage => {
                    tracing::debug!(%error, "no audit while redis is not available");
                }
                Err(error) if was_well => tracing::warn!(%error, "the audit failed; retrying"),
                Ok(()) | Err(_) => {}
            }
            was_well = done.is_ok();
            sleep(TICK.min(self.every)).await;
        }
    }

    /// Audits if this process leads and an audit is due, and exports the last verdict.
    async fn pass(&self, pulse: &Pulse) -> store::Result<()> {
        let mut last = Verdict::last(&self.runtime).await?;
        if self.lead.take().await? && last.as_ref().is_none_or(|last| self.is_old(last)) {
            last = self.audit(pulse).await?.or(last);
        }
        if let Some(last) = last {
            metrics::show_audit(last.by_rule, last.at_ms, last.took_ms);
        }
        Ok(())
    }

    fn is_old(&self, last: &Verdict) -> bool {
        let age = clock::now_ms().abs_diff(last.at_ms);
        Duration::from_millis(age) >= self.every
    }

    /// Audits while this process leads; returns no verdict when the leadership was lost.
    ///
    /// A process that was frozen meanwhile has read old data, and another process audits.
    async fn audit(&self, pulse: &Pulse) -> store::Result<Option<Verdict>> {
        let started = Instant::now();
        let mut audit = pin!(audit::run_at(&self.runtime, PACE));
        let report = loop {
            if let Ok(report) = timeout(BEAT, &mut audit).await {
                break report?;
            }
            pulse.beat();
            if !self.lead.take().await? {
                return Ok(None);
            }
        };
        if !self.lead.take().await? {
            return Ok(None);
        }
        log(&report);
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let verdict = Verdict::of(&report, self.lead.holder(), took_ms);
        verdict.save(&self.runtime).await?;
        Ok(Some(verdict))
    }
}

/// Most drifts logged by one audit; `streamward audit` lists all.
const MOST_LOGGED: usize = 10;

fn log(report: &Report) {
    for drift in report.drifts.iter().take(MOST_LOGGED) {
        let (rule, key, problem) = (drift.rule, &drift.key, &drift.problem);
        tracing::error!(rule, key, problem, "the ledgers do not balance");
    }
    if report.drifts.len() > MOST_LOGGED {
        let drifts = report.drifts.len();
        tracing::error!(drifts, "and more: see `streamward audit`");
    }
}

#[cfg(test)]
mod tests {
    use streamward::{Namespace, Server};
    use testkit::RedisServer;

    use super::*;

    #[tokio::test]
    async fn an_auditor_without_leadership_returns_no_verdict() {
        let redis = RedisServer::start();
        let server = Server::new(&redis.url()).unwrap();
        let runtime = Runtime::open(server, &Namespace::default(), 1).await;
        let runtime = runtime.unwrap();
        let (one, other) = (
            Auditor::new(&runtime, Duration::ZERO),
            Auditor::new(&runtime, Duration::ZERO),
        );
        let pulse = Pulse::default();
        assert!(other.lead.take().await.unwrap());
        assert_eq!(one.audit(&pulse).await.unwrap(), None);
        one.pass(&pulse).await.unwrap();
        assert_eq!(Verdict::last(&runtime).await.unwrap(), None);

        other.lead.give_back().await.unwrap();
        one.pass(&pulse).await.unwrap();
        other.pass(&pulse).await.unwrap();
        let last = Verdict::last(&runtime).await.unwrap().unwrap();
        assert_eq!(last.by, one.lead.holder());
    }
}
