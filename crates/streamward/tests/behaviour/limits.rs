//! Limits on how much is handled at a time, and per second.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use streamward::{Cause, Delivery, Outcome};

use crate::{call_log::done, harness::Harness};

#[tokio::test]
async fn no_more_than_the_rate_are_started_in_a_second() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done).per_second(20.0)).await;
    let keys = harness.publish_many(50).await;
    harness.calls.until_all(&keys).await;
    let mut starts: Vec<_> = keys.iter().map(|key| harness.calls.of(key)[0].at).collect();
    starts.sort();
    // A second's worth at once, then 50 ms each, less one batch.
    let took = starts[49] - starts[0];
    assert!(took >= Duration::from_millis(1300), "{took:?}");
    harness.close(tree).await;
}

#[tokio::test]
async fn two_processes_together_keep_the_limit_between_them() {
    let harness = Harness::new().await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counter, highest) = (Arc::clone(&now), Arc::clone(&most));
    let act = move |delivery: Delivery| {
        let (now, most) = (Arc::clone(&counter), Arc::clone(&highest));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            match delivery.attempts {
                0 => Outcome::retry(Cause::new("not yet")),
                _ => Outcome::Done,
            }
        }
    };
    let service = harness.service(act).across_processes(3);
    let (one, two) = (harness.run(&service).await, harness.run(&service).await);
    let keys = harness.publish_many(60).await;
    for key in &keys {
        harness.calls.until(key, 2).await;
    }
    harness.until_settled().await;
    let most = most.load(Ordering::SeqCst);
    assert!((2..=3).contains(&most), "{most} at once");
    one.shutdown().await;
    harness.close(two).await;
}
