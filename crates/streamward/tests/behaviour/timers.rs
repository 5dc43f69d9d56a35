//! The delay queue: jobs reach the handler when they are due, once, unless they are cancelled.

use std::time::Duration;

use streamward::{delay, pack};
use tokio::time::Instant;

use crate::{
    call_log::done,
    harness::{Harness, SERVICE},
};

/// Unix milliseconds by the server's clock.
async fn now(harness: &Harness) -> u64 {
    let (seconds, micros): (u64, u64) = harness.command(&["TIME"]).await;
    seconds * 1000 + micros / 1000
}

async fn schedule(harness: &Harness, kind: &str, key: &str, due_ms: u64, data: Option<&[u8]>) {
    let (mut link, job) = (harness.runtime.server().link(), delay::job(kind, key));
    let scheduled =
        delay::schedule(&mut link, harness.partition(), SERVICE, &job, due_ms, data).await;
    scheduled.expect("it answers");
}

async fn cancel(harness: &Harness, kind: &str, key: &str) -> bool {
    let (mut link, job) = (harness.runtime.server().link(), delay::job(kind, key));
    let cancelled = delay::cancel(&mut link, harness.partition(), SERVICE, &job).await;
    cancelled.expect("it answers")
}

#[tokio::test]
async fn a_job_reaches_the_handler_when_it_is_due_and_not_before() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    let set = Instant::now();
    schedule(&harness, "Timer", "o:1", now(&harness).await + 600, None).await;
    let calls = harness.calls.until("o:1", 1).await;
    let waited = calls[0].at - set;
    assert!(waited >= Duration::from_millis(599), "{waited:?}");
    harness.close(tree).await;
}

#[tokio::test]
async fn a_job_brings_its_data() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    // An order without data cannot be decoded.
    let data = pack("Order", &"words").expect("packs");
    schedule(&harness, "Order", "a", 1, Some(&data)).await;
    harness.calls.until("a", 1).await;
    harness.until_settled().await;
    assert_eq!(harness.dead().await, []);
    harness.close(tree).await;
}

#[tokio::test]
async fn a_cancelled_job_never_comes() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    let start = now(&harness).await;
    schedule(&harness, "Timer", "cancelled", start + 400, None).await;
    schedule(&harness, "Timer", "witness", start + 500, None).await;
    assert!(cancel(&harness, "Timer", "cancelled").await);
    assert!(!cancel(&harness, "Timer", "cancelled").await);
    harness.calls.until("witness", 1).await;
    assert_eq!(harness.calls.len(), 1);
    assert!(!cancel(&harness, "Timer", "witness").await, "too late");
    harness.close(tree).await;
}

#[tokio::test]
async fn the_same_job_set_again_is_moved() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    let start = now(&harness).await;
    schedule(&harness, "Timer", "sooner", start + 3_600_000, None).await;
    schedule(&harness, "Timer", "sooner", start, None).await;
    schedule(&harness, "Timer", "later", start + 200, None).await;
    schedule(&harness, "Timer", "later", start + 3_600_000, None).await;
    schedule(&harness, "Timer", "witness", start + 400, None).await;
    harness.calls.until("sooner", 1).await;
    harness.calls.until("witness", 1).await;
    assert_eq!(harness.calls.len(), 2);
    assert!(cancel(&harness, "Timer", "later").await);
    harness.close(tree).await;
}

#[tokio::test]
async fn a_thousand_jobs_due_together_all_come() {
    let harness = Harness::new().await;
    let keys: Vec<String> = (0..1_000).map(|n| format!("o-{n}")).collect();
    for key in &keys {
        schedule(&harness, "Timer", key, 1, None).await;
    }
    let tree = harness.run(&harness.service(done).concurrency(16)).await;
    harness.calls.until_all(&keys).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 1_000);
    harness.close(tree).await;
}
