//! Waits that are too long for the pending list go through the delay queue.

use std::time::Duration;

use streamward::{Cause, Delivery, Outcome, delay};
use supervision::Backoff;
use testkit::eventually;

use crate::harness::{Harness, SERVICE};

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_wait_longer_than_the_lease_comes_back_with_its_history() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        let cause = Cause::new(format!("no {}", delivery.attempts));
        let after = Some(SHORT * 4);
        match delivery.attempts {
            0..2 => Outcome::Retry { after, cause },
            _ => Outcome::dead(Cause::new("enough")),
        }
    };
    let tree = harness.run(&harness.service(act).lease(SHORT)).await;
    let id = harness.publish("Order", "a").await;
    let calls = harness.calls.until("a", 3).await;
    for (n, pair) in calls.windows(2).enumerate() {
        let gap = pair[1].at - pair[0].at;
        assert!(gap >= SHORT * 4 - Duration::from_millis(10), "{n}: {gap:?}");
    }
    let attempts: Vec<u32> = calls.iter().map(|call| call.attempts).collect();
    assert_eq!(attempts, [0, 1, 2]);
    let letter = harness.until_dead().await;
    let errors: Vec<(u32, &str)> = letter
        .attempts
        .iter()
        .map(|attempt| (attempt.attempt, attempt.error.as_str()))
        .collect();
    assert_eq!(errors, [(1, "no 0"), (2, "no 1")]);
    assert_eq!(letter.first_id, id);
    assert_eq!(letter.entry.key(), "a");
    assert!(letter.entry.field("retry.first").is_none());
    harness.close(tree).await;
}

#[tokio::test]
async fn a_full_parking_spills_into_the_delay_queue() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match delivery.attempts {
            0 => Outcome::retry(Cause::new("not yet")),
            _ => Outcome::Done,
        }
    };
    let pause = Duration::from_secs(2);
    let service = harness
        .service(act)
        .backoff(Backoff::new(pause, pause, 0.0).expect("valid"))
        .max_parked(3);
    let tree = harness.run(&service).await;
    let keys = harness.publish_many(10).await;
    eventually("ten have failed", || async {
        let mut link = harness.runtime.server().link();
        let queue = delay::queue(&mut link, harness.partition(), SERVICE).await;
        let parked = harness.pending().await.len();
        (queue.ok()?.jobs == 7 && parked == 3).then_some(())
    })
    .await;
    for key in &keys {
        let calls = harness.calls.until(key, 2).await;
        assert_eq!(calls[1].attempts, 1);
        assert!(calls[1].at - calls[0].at >= pause - Duration::from_millis(10));
    }
    harness.close(tree).await;
}

#[tokio::test]
async fn an_entry_that_kills_its_handlers_after_a_long_wait_is_quarantined_all_the_same() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        let after = Some(SHORT * 2);
        let cause = Cause::new("not yet");
        match delivery.attempts {
            0..3 => Outcome::Retry { after, cause },
            _ => panic!("a crash of the test's own making"),
        }
    };
    let service = harness.service(act).lease(SHORT).max_crashes(2);
    let tree = harness.run(&service).await;
    harness.publish("Order", "a").await;
    let letter = harness.until_dead().await;
    assert!(letter.cause.contains("2 deliveries"), "{}", letter.cause);
    // Three errors, then two crashes.
    assert_eq!(harness.calls.of("a").len(), 5);
    assert_eq!(letter.attempts.len(), 3);
    harness.close(tree).await;
}

#[tokio::test]
async fn a_crash_is_never_postponed_because_its_count_leads_to_quarantine() {
    let harness = Harness::new().await;
    let act = |_: Delivery| async { panic!("a crash of the test's own making") };
    let long = SHORT * 3;
    let service = harness
        .service(act)
        .lease(SHORT)
        .backoff(Backoff::new(long, long, 0.0).expect("valid"))
        .max_crashes(2);
    let tree = harness.run(&service).await;
    harness.publish("Order", "a").await;
    let letter = harness.until_dead().await;
    assert!(letter.cause.contains("2 deliveries"), "{}", letter.cause);
    harness.close(tree).await;
}
