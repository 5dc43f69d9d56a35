//! The delay queue: jobs reach the handler when they are due, once, unless they are cancelled.

use std::time::Duration;

use streamward::{delay, pack};
use tokio::time::Instant;

use crate::{
    diary::done,
    support::{Floor, SERVICE},
};

/// Unix milliseconds by the server's clock.
async fn now(floor: &Floor) -> u64 {
    let (seconds, micros): (u64, u64) = floor.ask(&["TIME"]).await;
    seconds * 1000 + micros / 1000
}

async fn schedule(floor: &Floor, kind: &str, key: &str, due_ms: u64, data: Option<&[u8]>) {
    let (mut link, job) = (floor.runtime.server().link(), delay::job(kind, key));
    let scheduled =
        delay::schedule(&mut link, floor.partition(), SERVICE, &job, due_ms, data).await;
    scheduled.expect("it answers");
}

async fn cancel(floor: &Floor, kind: &str, key: &str) -> bool {
    let (mut link, job) = (floor.runtime.server().link(), delay::job(kind, key));
    let cancelled = delay::cancel(&mut link, floor.partition(), SERVICE, &job).await;
    cancelled.expect("it answers")
}

#[tokio::test]
async fn a_job_reaches_the_handler_when_it_is_due_and_not_before() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    let set = Instant::now();
    schedule(&floor, "Timer", "o:1", now(&floor).await + 600, None).await;
    let visits = floor.diary.until("o:1", 1).await;
    let waited = visits[0].at - set;
    assert!(waited >= Duration::from_millis(599), "{waited:?}");
    floor.close(tree).await;
}

#[tokio::test]
async fn a_job_brings_its_data() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    // An order without data cannot be decoded.
    let data = pack("Order", &"words").expect("packs");
    schedule(&floor, "Order", "a", 1, Some(&data)).await;
    floor.diary.until("a", 1).await;
    floor.until_settled().await;
    assert_eq!(floor.dead().await, []);
    floor.close(tree).await;
}

#[tokio::test]
async fn a_cancelled_job_never_comes() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    let start = now(&floor).await;
    schedule(&floor, "Timer", "cancelled", start + 400, None).await;
    schedule(&floor, "Timer", "witness", start + 500, None).await;
    assert!(cancel(&floor, "Timer", "cancelled").await);
    assert!(!cancel(&floor, "Timer", "cancelled").await);
    floor.diary.until("witness", 1).await;
    assert_eq!(floor.diary.len(), 1);
    assert!(!cancel(&floor, "Timer", "witness").await, "too late");
    floor.close(tree).await;
}

#[tokio::test]
async fn the_same_job_set_again_is_moved() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    let start = now(&floor).await;
    schedule(&floor, "Timer", "sooner", start + 3_600_000, None).await;
    schedule(&floor, "Timer", "sooner", start, None).await;
    schedule(&floor, "Timer", "later", start + 200, None).await;
    schedule(&floor, "Timer", "later", start + 3_600_000, None).await;
    schedule(&floor, "Timer", "witness", start + 400, None).await;
    floor.diary.until("sooner", 1).await;
    floor.diary.until("witness", 1).await;
    assert_eq!(floor.diary.len(), 2);
    assert!(cancel(&floor, "Timer", "later").await);
    floor.close(tree).await;
}

#[tokio::test]
async fn a_thousand_jobs_due_together_all_come() {
    let floor = Floor::new().await;
    let keys: Vec<String> = (0..1_000).map(|n| format!("o-{n}")).collect();
    for key in &keys {
        schedule(&floor, "Timer", key, 1, None).await;
    }
    let tree = floor.run(&floor.service(done).concurrency(16)).await;
    floor.diary.until_all(&keys).await;
    floor.until_settled().await;
    assert_eq!(floor.diary.len(), 1_000);
    floor.close(tree).await;
}
