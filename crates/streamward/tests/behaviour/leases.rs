//! Leases: long handlers keep their entries, and those that lost them stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use redis::Value;
use streamward::{Delivery, Outcome};
use testkit::{RedisServer, eventually};
use tokio::sync::Semaphore;

use crate::{
    call_log::{done, gated},
    harness::{Harness, SERVICE, STRANGER, throughout},
};

const SHORT: Duration = Duration::from_millis(300);

/// Takes an entry away as a process does that believes its holder dead.
async fn steal(harness: &Harness, id: &str) {
    let orders = harness.orders();
    let alive = harness.partition().alive(SERVICE, STRANGER);
    harness.command::<()>(&["SET", &alive, "1"]).await;
    harness
        .command::<Value>(&["XCLAIM", &orders, SERVICE, STRANGER, "0", id])
        .await;
}

#[tokio::test]
async fn a_handler_that_runs_ten_leases_is_run_once() {
    let harness = Harness::new().await;
    let long = |_: Delivery| async {
        tokio::time::sleep(SHORT * 10).await;
        Outcome::Done
    };
    let service = harness.service(long).lease(SHORT);
    let tree = harness.run(&service.concurrency(4)).await;
    let keys = harness.publish_many(4).await;
    harness.calls.until_all(&keys).await;
    // Another process has workers to spare for whatever seems to be left behind.
    let idle = harness.run(&harness.service(done).lease(SHORT)).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 4, "an entry was handled twice");
    idle.shutdown().await;
    harness.close(tree).await;
}

#[tokio::test]
async fn entries_that_wait_for_a_worker_keep_their_leases_too() {
    let harness = Harness::new().await;
    let long = |_: Delivery| async {
        tokio::time::sleep(SHORT * 3).await;
        Outcome::Done
    };
    let service = harness.service(long).lease(SHORT).concurrency(1);
    let tree = harness.run(&service).await;
    let keys = harness.publish_many(3).await;
    harness.calls.until_all(&keys).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 3, "an entry was handled twice");
    harness.close(tree).await;
}

#[tokio::test]
async fn work_that_is_done_while_the_server_is_away_for_a_lease_is_not_done_again() {
    let mut harness = Harness::on(RedisServer::start_durable()).await;
    let gate = Arc::new(Semaphore::new(0));
    let service = harness.service(gated(&gate)).lease(SHORT);
    let tree = harness.run(&service).await;
    harness.publish("Order", "a").await;
    harness.calls.until("a", 1).await;
    harness.redis.kill();
    gate.add_permits(8);
    throughout(SHORT * 3, || async {}).await;
    harness.redis.restart();
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 1, "it was handled again");
    harness.close(tree).await;
}

#[tokio::test]
async fn a_handler_at_work_while_the_server_is_away_for_a_lease_is_not_joined_by_another() {
    let mut harness = Harness::on(RedisServer::start_durable()).await;
    let gate = Arc::new(Semaphore::new(0));
    let service = harness.service(gated(&gate)).lease(SHORT);
    let tree = harness.run(&service).await;
    harness.publish("Order", "a").await;
    harness.calls.until("a", 1).await;
    harness.redis.kill();
    throughout(SHORT * 3, || async {}).await;
    harness.redis.restart();
    // It is due again, and this very process has workers to spare for it.
    harness.publish("Order", "b").await;
    harness.calls.until("b", 1).await;
    throughout(SHORT * 3, || async {}).await;
    gate.add_permits(8);
    harness.until_settled().await;
    assert_eq!(harness.calls.of("a").len(), 1, "it was handled twice");
    harness.close(tree).await;
}

#[tokio::test]
async fn a_handler_whose_entry_was_taken_over_is_cancelled() {
    let harness = Harness::new().await;
    let cancelled = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&cancelled);
    let act = move |_: Delivery| {
        let guard = Guard(Arc::clone(&counter));
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Outcome::Done
        }
    };
    let tree = harness.run(&harness.service(act).lease(SHORT)).await;
    let id = harness.publish("Order", "a").await;
    harness.calls.until("a", 1).await;
    steal(&harness, &id).await;
    eventually("the handler is cancelled", || async {
        (cancelled.load(Ordering::SeqCst) == 1).then_some(())
    })
    .await;
    // The thief keeps it: nothing was parked, buried or stolen back.
    let kept = harness.pending().await.remove(0);
    assert_eq!((kept.consumer.as_str(), kept.deliveries), (STRANGER, 2));
    let orders = harness.orders();
    harness
        .command::<()>(&["XACK", &orders, SERVICE, id.as_str()])
        .await;
    tree.shutdown().await;
}

/// Counts its own end.
struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_late_outcome_changes_nothing() {
    let harness = Harness::new().await;
    let gate = Arc::new(Semaphore::new(0));
    // The lease is long: only the acknowledgement itself can notice.
    let tree = harness.run(&harness.service(gated(&gate))).await;
    let id = harness.publish("Order", "a").await;
    harness.calls.until("a", 1).await;
    steal(&harness, &id).await;
    gate.add_permits(1);
    // The next one is done in order, so the late one was looked at before.
    harness.publish("Order", "b").await;
    gate.add_permits(1);
    harness.calls.until("b", 1).await;
    eventually("the next one is settled", || async {
        (harness.pending().await.len() == 1).then_some(())
    })
    .await;
    let kept = harness.pending().await.remove(0);
    assert_eq!((kept.id, kept.consumer.as_str()), (id.clone(), STRANGER));
    let orders = harness.orders();
    harness
        .command::<()>(&["XACK", &orders, SERVICE, id.as_str()])
        .await;
    tree.shutdown().await;
}
