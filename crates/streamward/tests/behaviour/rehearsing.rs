//! The test kit's harness: a handler through its whole policy, without a server and without waiting.

use std::time::Duration;

use streamward::{
    Cause, Consumer, Delivery, Outcome, RawEntry,
    testing::{FinalOutcome, HandlerHarness, HarnessReport, StepOutcome},
};
use supervision::Backoff;

use crate::{
    call_log::{CallLog, TestHandler},
    harness::SERVICE,
};

/// Runs `act` on an order in the handler harness, with backoffs of one, two and four hours.
async fn run<F, R>(act: F) -> HarnessReport
where
    F: Fn(Delivery) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send,
{
    let hour = Duration::from_secs(3600);
    let consumer = Consumer::new(SERVICE, TestHandler::new(act, &CallLog::default()))
        .backoff(Backoff::new(hour, hour * 24, 0.0).expect("valid"))
        .timeout(hour)
        .max_attempts(4)
        .max_crashes(2);
    let data = streamward::pack("Order", &"a").expect("packs");
    HandlerHarness::of(&consumer)
        .deliver_entry(entry("Order", data))
        .await
}

fn entry(kind: &'static str, data: Vec<u8>) -> RawEntry {
    let fields = vec![("type".into(), kind.into()), ("data".into(), data.into())];
    let id = "1-0".to_owned();
    RawEntry { id, fields }
}

fn hours(report: &HarnessReport) -> Vec<u64> {
    let hour = |at: Duration| (at.as_secs() + 1800) / 3600;
    report.steps.iter().map(|step| hour(step.at)).collect()
}

#[tokio::test(start_paused = true)]
async fn attempts_are_used_up_with_growing_pauses() {
    let report = run(|_| async { Outcome::retry(Cause::new("no")) }).await;
    assert_eq!(hours(&report), [0, 1, 3, 7]);
    assert_eq!(report.end, FinalOutcome::Dead(Cause::new("no")));
}

#[tokio::test(start_paused = true)]
async fn crashes_end_in_quarantine_and_slowness_in_a_retry() {
    let crash = |_| async { panic!("a crash of the test's own making") };
    let report = run(crash).await;
    let crashes = report.steps.iter().map(|step| step.outcome.clone());
    assert_eq!(
        crashes.collect::<Vec<_>>(),
        [StepOutcome::Crashed, StepOutcome::Crashed]
    );
    assert!(
        matches!(report.end, FinalOutcome::Dead(cause) if cause.as_str().contains("2 deliveries"))
    );

    let report = run(|delivery: Delivery| async move {
        if delivery.attempts == 0 {
            std::future::pending::<()>().await;
        }
        Outcome::Settled
    })
    .await;
    let late = StepOutcome::Failed(Cause::new("no outcome within 3600s"));
    assert_eq!(report.steps[0].outcome, late);
    assert_eq!(
        (hours(&report), report.end),
        (vec![0, 2], FinalOutcome::Settled)
    );
}

#[tokio::test(start_paused = true)]
async fn unwanted_and_undecodable_entries_never_reach_the_handler() {
    let consumer = Consumer::new(
        SERVICE,
        TestHandler::new(|_| async { Outcome::Done }, &CallLog::default()),
    );
    let harness = HandlerHarness::of(&consumer);
    let report = harness.deliver_entry(entry("Else", Vec::new())).await;
    assert_eq!((report.steps.len(), report.end), (0, FinalOutcome::Skipped));
    let report = harness.deliver_entry(entry("Order", vec![0xc1])).await;
    assert!(matches!(report.end, FinalOutcome::Dead(cause) if cause.as_str().contains("decoded")));
}
