//! A consumer reads only as many entries as it has free workers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use streamward::{Delivery, Outcome};
use supervision::Fault;
use tokio::sync::Semaphore;

use crate::{
    call_log::gated,
    harness::{Harness, throughout, until_restarted},
};

/// The orders and the inbox: COUNT counts per stream.
const STREAMS: usize = 2;
/// Long enough for several reads, were they made.
const WATCH: Duration = Duration::from_millis(500);

#[tokio::test]
async fn there_are_never_more_calls_at_a_time_than_workers() {
    let harness = Harness::new().await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, peak) = (Arc::clone(&now), Arc::clone(&most));
    let act = move |_: Delivery| {
        let (running, peak) = (Arc::clone(&running), Arc::clone(&peak));
        async move {
            let together = running.fetch_add(1, Ordering::SeqCst) + 1;
            peak.fetch_max(together, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            Outcome::Done
        }
    };
    let tree = harness.run(&harness.service(act).concurrency(3)).await;
    let keys = harness.publish_many(60).await;
    harness.calls.until_all(&keys).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
    harness.close(tree).await;
}

#[tokio::test]
async fn blocked_workers_stop_the_reading() {
    let harness = Harness::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let workers = 4;
    let tree = harness
        .run(&harness.service(gated(&gate)).concurrency(workers))
        .await;
    let keys = harness.publish_many(100).await;
    harness.calls.until_all(&keys[..workers]).await;
    throughout(WATCH, || async {
        let pending = harness.pending().await.len();
        assert!(pending <= workers + STREAMS, "{pending} were read");
    })
    .await;
    gate.add_permits(100);
    harness.calls.until_all(&keys).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn workers_that_died_idle_are_not_counted_as_free() {
    let harness = Harness::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let workers = 8;
    let tree = harness
        .run(&harness.service(gated(&gate)).concurrency(workers))
        .await;
    for round in 1..=3 {
        for worker in 0..workers {
            let path = format!("worker-{worker}");
            tree.crash(&path, Fault::Kill).expect("it runs");
        }
        for worker in 0..workers {
            until_restarted(&tree, &format!("worker-{worker}"), round).await;
        }
    }
    // The next read requests as many entries as slots are free now.
    harness.publish("Order", "warm-up").await;
    harness.calls.until("warm-up", 1).await;
    let keys = harness.publish_many(100).await;
    harness.calls.until_all(&keys[..workers]).await;
    throughout(WATCH, || async {
        let pending = harness.pending().await.len();
        assert!(pending <= workers + STREAMS, "{pending} were read");
    })
    .await;
    gate.add_permits(100);
    harness.calls.until_all(&keys).await;
    harness.close(tree).await;
}
