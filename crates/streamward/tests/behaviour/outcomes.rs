//! What each outcome does to the entry.

use streamward::{Cause, Delivery, Outcome, PARKING};
use testkit::eventually;

use crate::{
    diary::done,
    support::{Floor, LEASE, SERVICE, STRANGER},
};

#[tokio::test]
async fn a_done_entry_is_acknowledged() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    let keys = floor.publish_many(50).await;
    floor.diary.until_all(&keys).await;
    floor.until_settled().await;
    assert_eq!(floor.diary.len(), 50, "each is handled once");
    floor.close(tree).await;
}

#[tokio::test]
async fn a_settled_entry_is_left_to_the_script_that_settled_it() {
    let floor = Floor::new().await;
    let settled = |_: Delivery| async { Outcome::Settled };
    let tree = floor.run(&floor.service(settled)).await;
    let id = floor.publish("Order", "a").await;
    floor.publish("Unwanted", "b").await;
    floor.diary.until("a", 1).await;
    eventually("only the skipped one is acknowledged", || async {
        let pending = floor.pending().await;
        (pending.len() == 1 && pending[0].id == id).then_some(())
    })
    .await;
    let orders = floor.orders();
    floor.ask::<()>(&["XACK", &orders, SERVICE, &id]).await;
    floor.close(tree).await;
}

#[tokio::test]
async fn a_settled_entry_that_failed_before_leaves_no_history() {
    let floor = Floor::new().await;
    let server = floor.runtime.server().clone();
    let act = move |delivery: Delivery| {
        let mut link = server.link();
        async move {
            if delivery.attempts == 0 {
                return Outcome::retry(Cause::new("not yet"));
            }
            let receipt = delivery.receipt;
            let mut ack = redis::cmd("XACK");
            ack.arg(&*receipt.stream)
                .arg(&*receipt.group)
                .arg(receipt.id);
            let acked: u64 = ack.query_async(&mut link).await.expect("it answers");
            assert_eq!(acked, 1);
            Outcome::Settled
        }
    };
    let tree = floor.run(&floor.service(act)).await;
    floor.publish("Order", "a").await;
    floor.diary.until("a", 2).await;
    floor.until_settled().await;
    floor.close(tree).await;
}

#[tokio::test]
async fn what_nobody_here_wants_is_acknowledged_unseen() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    for key in ["a", "b", "c"] {
        floor.publish("Unwanted", key).await;
    }
    floor.publish("Order", "d").await;
    floor.diary.until("d", 1).await;
    floor.until_settled().await;
    assert_eq!(floor.diary.len(), 1);
    assert_eq!(floor.dead().await, []);
    floor.close(tree).await;
}

#[tokio::test]
async fn what_nobody_here_wants_is_acknowledged_unseen_when_it_was_left_behind() {
    let floor = Floor::new().await;
    let consumer = floor.service(done);
    floor.make_groups(&consumer).await;
    floor.publish("Unwanted", "a").await;
    floor.read_as(STRANGER, 1).await;
    let tree = floor.run(&consumer).await;
    floor.until_settled().await;
    assert_eq!(floor.dead().await, []);
    assert_eq!(floor.diary.len(), 0);
    floor.close(tree).await;
}

#[tokio::test]
async fn what_a_newer_process_has_tried_is_left_to_it() {
    let floor = Floor::new().await;
    let service = floor.service(done);
    floor.make_groups(&service).await;
    let id = floor.publish("NewKind", "a").await;
    floor.read_as(PARKING, 1).await;
    let (attempts, orders) = (floor.partition().attempts(SERVICE), floor.orders());
    let history = r#"[{"attempt":1,"error":"no","at":"","consumer":"newer"}]"#;
    let field = format!("{orders}/{id}");
    floor.ask::<()>(&["HSET", &attempts, &field, history]).await;
    let lease = LEASE.as_millis().to_string();
    let due = [
        "XCLAIM", &orders, SERVICE, PARKING, "0", &id, "IDLE", &lease, "JUSTID",
    ];
    floor.ask::<redis::Value>(&due).await;
    let tree = floor.run(&service).await;
    eventually("it was claimed and given back", || async {
        let held = floor.pending().await.pop()?;
        (held.consumer == PARKING && u128::from(held.idle) < LEASE.as_millis()).then_some(())
    })
    .await;
    tree.shutdown().await;
    assert_eq!(floor.pending().await.len(), 1);
}
