//! An orderly end: what is in flight is finished, what cannot be is handed back, the name goes.

use std::{sync::Arc, time::Duration};

use streamward::{Delivery, Outcome, PARKING};
use supervision::NodeState;
use testkit::eventually;
use tokio::sync::Semaphore;

use crate::{
    call_log::{done, gated},
    harness::{Harness, LEASE, SERVICE, at},
};

#[tokio::test]
async fn a_drain_finishes_entries_in_flight_and_begins_no_new_ones() {
    let harness = Harness::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let tree = harness.run(&harness.service(gated(&gate))).await;
    let keys = harness.publish_many(4).await;
    harness.calls.until_all(&keys).await;
    let end = async {
        eventually("nothing is read any more", || async {
            (at(&tree, "intake").state == NodeState::Stopped).then_some(())
        })
        .await;
        harness.publish("Order", "late").await;
        gate.add_permits(4);
    };
    let (report, ()) = tokio::join!(tree.shutdown(), end);
    assert_eq!(report.killed, Vec::<String>::new());
    assert_eq!(harness.pending().await, []);
    assert_eq!(harness.calls.len(), 4);
    assert!(harness.calls.of("late").is_empty());
}

#[tokio::test]
async fn entries_unfinished_at_the_deadline_are_due_at_once_elsewhere() {
    let harness = Harness::new().await;
    let stuck = |_: Delivery| async {
        std::future::pending::<()>().await;
        Outcome::Done
    };
    let service = harness.service(stuck).concurrency(2);
    let tree = harness
        .run(&service.drain_within(Duration::from_millis(200)))
        .await;
    let keys = harness.publish_many(10).await;
    harness.calls.until_all(&keys[..2]).await;
    let report = tree.shutdown().await;
    assert_eq!(report.killed.len(), 2, "{report:?}");

    let pending = harness.pending().await;
    assert!(pending.len() >= 2, "{pending:?}");
    for entry in &pending {
        assert_eq!(entry.consumer, PARKING);
        assert!(u128::from(entry.idle) >= LEASE.as_millis(), "{entry:?}");
    }
    let tree = harness.run(&harness.service(done)).await;
    harness.calls.until_all(&keys).await;
    harness.calls.until("order-0", 2).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn the_name_and_its_sign_of_life_go_last() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    harness.publish("Order", "a").await;
    harness.until_settled().await;
    let orders = harness.orders();
    let name = harness.consumers(&orders).await.remove(0);
    let alive = harness.partition().alive(SERVICE, &name);
    let ttl: i64 = harness.command(&["PTTL", &alive]).await;
    assert!((1..=1_000).contains(&ttl), "{ttl}");

    tree.shutdown().await;
    let exists: usize = harness.command(&["EXISTS", &alive]).await;
    assert_eq!(exists, 0);
    assert_eq!(harness.consumers(&orders).await, Vec::<String>::new());
    assert_eq!(
        harness.consumers(&harness.inbox()).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_consumer_may_end_while_the_server_is_away() {
    let mut harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    harness.publish("Order", "a").await;
    harness.until_settled().await;
    harness.redis.kill();
    let patience = Duration::from_secs(15);
    tokio::time::timeout(patience, tree.shutdown())
        .await
        .expect("the end does not wait for the server");
}
