//! The auditor: checks the books again and again beside the running shop, and stays out of its way.
//!
//! One process of the shop audits at a time. The last verdict lies in Redis; every process with an
//! auditor shows it in its metrics, and every API in `GET /v1/admin/health`.

use std::{pin::pin, time::Duration};

use store::audit::{self, Pace, Report, Verdict};
use streamward::{Leadership, Runtime, clock, metrics};
use supervision::{BoxError, Pulse, TaskContext};
use tokio::time::{Instant, sleep, timeout};

/// After each bounded read it rests nine times as long, or twenty milliseconds: a read of fifty orders
/// keeps Redis busy for well under one.
const PACE: Pace = Pace::Resting(9);
/// How often it looks whether an audit is due, at the latest.
const TICK: Duration = Duration::from_secs(5);
/// How often it shows that it lives while it audits.
const BEAT: Duration = Duration::from_secs(1);
/// An auditor that has gone is followed by another after this: twice as long as the longest time between two
/// looks.
const LEAD: Duration = Duration::from_secs(10);

/// The auditor of one process.
#[derive(Clone, Debug)]
pub(crate) struct Auditor {
    runtime: Runtime,
    every: Duration,
    lead: Leadership,
}

impl Auditor {
    /// An auditor that audits once in `every`.
    pub(crate) fn new(runtime: &Runtime, every: Duration) -> Self {
        let (server, key) = (runtime.server().clone(), audit::auditor_lead(runtime));
        Self {
            lead: Leadership::new(server, key, "auditor", LEAD),
            runtime: runtime.clone(),
            every,
        }
    }

    /// Audits until asked to stop. An audit under way is given up then: it has written nothing.
    pub(crate) async fn run(self, context: TaskContext) -> Result<(), BoxError> {
        let stopping = context.stopping.clone();
        let working = self.work(&context);
        stopping.run_until_cancelled(working).await;
        // Whoever comes next does not have to wait; when it fails, the lead ends by itself.
        if let Err(error) = self.lead.give_back().await {
            tracing::debug!(%error, "the auditor's lead was not given back");
        }
        Ok(())
    }

    async fn work(&self, context: &TaskContext) {
        let mut was_well = true;
        loop {
            context.pulse.beat();
            let done = self.pass(&context.pulse).await;
            // Redis may be away for long; that is told of once, by whoever notices first.
            if let Err(error) = &done
                && was_well
            {
                tracing::warn!(%error, "the books could not be audited; trying again");
            }
            was_well = done.is_ok();
            sleep(TICK.min(self.every)).await;
        }
    }

    /// Audits if it is this process' turn and time, and shows the last verdict.
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

    /// Audits as long as this process has the lead. One that was frozen meanwhile may have lost it: what it has
    /// seen is old then, and another process audits, so there is no verdict of its own.
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
        tell(&report);
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let verdict = Verdict::of(&report, self.lead.holder(), took_ms);
        verdict.save(&self.runtime).await?;
        Ok(Some(verdict))
    }
}

/// Drifts named in the log by one audit at most; `streamward audit` names all.
const MOST_TOLD: usize = 10;

fn tell(report: &Report) {
    for drift in report.drifts.iter().take(MOST_TOLD) {
        let (rule, key, problem) = (drift.rule, &drift.key, &drift.problem);
        tracing::error!(rule, key, problem, "the books do not balance");
    }
    if report.drifts.len() > MOST_TOLD {
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
    async fn an_auditor_that_has_lost_the_lead_gives_no_verdict() {
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
