//! An orderly end: what is in flight is finished, what cannot be is handed back, the name goes.

use std::{sync::Arc, time::Duration};

use streamward::{Delivery, Outcome, PARKING};
use supervision::NodeState;
use testkit::eventually;
use tokio::sync::Semaphore;

use crate::{
    diary::{done, gated},
    support::{Floor, LEASE, SERVICE, at},
};

#[tokio::test]
async fn what_is_in_flight_is_finished_and_nothing_new_is_begun() {
    let floor = Floor::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let tree = floor.run(&floor.service(gated(&gate))).await;
    let keys = floor.publish_many(4).await;
    floor.diary.until_all(&keys).await;
    let end = async {
        eventually("nothing is read any more", || async {
            (at(&tree, "intake").state == NodeState::Stopped).then_some(())
        })
        .await;
        floor.publish("Order", "late").await;
        gate.add_permits(4);
    };
    let (report, ()) = tokio::join!(tree.shutdown(), end);
    assert_eq!(report.killed, Vec::<String>::new());
    assert_eq!(floor.pending().await, []);
    assert_eq!(floor.diary.len(), 4);
    assert!(floor.diary.of("late").is_empty());
}

#[tokio::test]
async fn what_does_not_finish_is_due_at_once_for_somebody_else() {
    let floor = Floor::new().await;
    let stuck = |_: Delivery| async {
        std::future::pending::<()>().await;
        Outcome::Done
    };
    let service = floor.service(stuck).concurrency(2);
    let tree = floor
        .run(&service.drain_within(Duration::from_millis(200)))
        .await;
    let keys = floor.publish_many(10).await;
    floor.diary.until_all(&keys[..2]).await;
    let report = tree.shutdown().await;
    assert_eq!(report.killed.len(), 2, "{report:?}");

    let pending = floor.pending().await;
    assert!(pending.len() >= 2, "{pending:?}");
    for entry in &pending {
        assert_eq!(entry.consumer, PARKING);
        assert!(u128::from(entry.idle) >= LEASE.as_millis(), "{entry:?}");
    }
    let tree = floor.run(&floor.service(done)).await;
    floor.diary.until_all(&keys).await;
    floor.diary.until("order-0", 2).await;
    floor.close(tree).await;
}

#[tokio::test]
async fn the_name_and_its_sign_of_life_go_last() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    floor.publish("Order", "a").await;
    floor.until_settled().await;
    let orders = floor.orders();
    let name = floor.consumers(&orders).await.remove(0);
    let alive = floor.partition().alive(SERVICE, &name);
    let ttl: i64 = floor.ask(&["PTTL", &alive]).await;
    assert!((1..=1_000).contains(&ttl), "{ttl}");

    tree.shutdown().await;
    let exists: usize = floor.ask(&["EXISTS", &alive]).await;
    assert_eq!(exists, 0);
    assert_eq!(floor.consumers(&orders).await, Vec::<String>::new());
    assert_eq!(floor.consumers(&floor.inbox()).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_consumer_may_end_while_the_server_is_away() {
    let mut floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    floor.publish("Order", "a").await;
    floor.until_settled().await;
    floor.redis.kill();
    let patience = Duration::from_secs(15);
    tokio::time::timeout(patience, tree.shutdown())
        .await
        .expect("the end does not wait for the server");
}
