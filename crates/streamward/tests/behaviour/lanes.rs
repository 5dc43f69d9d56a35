//! Workers that handle several deliveries at a time: each delivery lives and fails alone.

use std::sync::Arc;

use streamward::{Delivery, Outcome};
use supervision::Fault;
use testkit::eventually;
use tokio::sync::Semaphore;

use crate::{
    call_log::gated,
    harness::{Harness, worker_restarts},
};

/// Lanes of each of the sixteen workers.
const LANES: usize = 4;
const CONCURRENCY: usize = 16 * LANES;

#[tokio::test]
async fn as_many_deliveries_run_together_as_the_concurrency_says() {
    let harness = Harness::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let service = harness.service(gated(&gate)).concurrency(CONCURRENCY);
    let tree = harness.run(&service).await;
    let keys = harness.publish_many(3 * CONCURRENCY).await;
    eventually("every lane has a delivery", || async {
        (harness.calls.len() == CONCURRENCY).then_some(())
    })
    .await;
    // One that ends makes room for one.
    gate.add_permits(1);
    eventually("its lane has the next one", || async {
        (harness.calls.len() == CONCURRENCY + 1).then_some(())
    })
    .await;
    gate.add_permits(keys.len());
    harness.calls.until_all(&keys).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), keys.len());
    harness.close(tree).await;
}

#[tokio::test]
async fn a_panic_costs_nothing_of_the_deliveries_beside_it() {
    let harness = Harness::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let wait = gated(&gate);
    let act = move |delivery: Delivery| {
        let panics = delivery.key() == "order-3" && delivery.receipt.deliveries == 1;
        let ended = wait(delivery);
        async move {
            let outcome = ended.await;
            assert!(!panics, "a bug in the handler");
            outcome
        }
    };
    let service = harness.service(act).concurrency(CONCURRENCY);
    let tree = harness.run(&service).await;
    let keys = harness.publish_many(CONCURRENCY).await;
    harness.calls.until_all(&keys).await;
    gate.add_permits(CONCURRENCY + 1);
    let again = harness.calls.until("order-3", 2).await;
    assert_eq!((again[1].attempts, again[1].deliveries), (0, 2));
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), CONCURRENCY + 1);
    eventually("its worker is replaced", || async {
        (worker_restarts(&tree) == 1).then_some(())
    })
    .await;
    // The lanes of the new worker count.
    let more = harness.publish_many(2 * CONCURRENCY).await;
    eventually("every lane has a delivery", || async {
        (harness.calls.len() == 2 * CONCURRENCY + 1).then_some(())
    })
    .await;
    // One of them panics once more.
    gate.add_permits(more.len() + 1);
    harness.until_settled().await;
    harness.close(tree).await;
}

#[tokio::test]
async fn a_killed_worker_hands_back_its_deliveries_and_no_others() {
    let harness = Harness::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let wait = gated(&gate);
    let act = move |delivery: Delivery| {
        let again = delivery.receipt.deliveries > 1;
        let opened = wait(delivery);
        async move {
            if again {
                return Outcome::Done;
            }
            opened.await
        }
    };
    let service = harness.service(act).concurrency(CONCURRENCY);
    let tree = harness.run(&service).await;
    let keys = harness.publish_many(CONCURRENCY).await;
    harness.calls.until_all(&keys).await;
    tree.crash("worker-2", Fault::Kill).expect("it runs");
    eventually("its deliveries are handled again", || async {
        let handled = harness.calls.len() == CONCURRENCY + LANES;
        (handled && harness.pending().await.len() == CONCURRENCY - LANES).then_some(())
    })
    .await;
    gate.add_permits(CONCURRENCY);
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), CONCURRENCY + LANES);
    harness.close(tree).await;
}
