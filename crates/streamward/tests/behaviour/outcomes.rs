//! The effect of each outcome on its entry.

use streamward::{Cause, Delivery, Outcome, PARKING};
use testkit::eventually;

use crate::{
    call_log::done,
    harness::{Harness, LEASE, SERVICE, STRANGER},
};

#[tokio::test]
async fn a_done_entry_is_acknowledged() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    let keys = harness.publish_many(50).await;
    harness.calls.until_all(&keys).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 50, "each is handled once");
    harness.close(tree).await;
}

#[tokio::test]
async fn a_settled_entry_is_left_to_the_script_that_settled_it() {
    let harness = Harness::new().await;
    let settled = |_: Delivery| async { Outcome::Settled };
    let tree = harness.run(&harness.service(settled)).await;
    let id = harness.publish("Order", "a").await;
    harness.publish("Unwanted", "b").await;
    harness.calls.until("a", 1).await;
    eventually("only the skipped one is acknowledged", || async {
        let pending = harness.pending().await;
        (pending.len() == 1 && pending[0].id == id).then_some(())
    })
    .await;
    let orders = harness.orders();
    harness
        .command::<()>(&["XACK", &orders, SERVICE, &id])
        .await;
    harness.close(tree).await;
}

#[tokio::test]
async fn a_settled_entry_that_failed_before_leaves_no_history() {
    let harness = Harness::new().await;
    let server = harness.runtime.server().clone();
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
    let tree = harness.run(&harness.service(act)).await;
    harness.publish("Order", "a").await;
    harness.calls.until("a", 2).await;
    harness.until_settled().await;
    harness.close(tree).await;
}

#[tokio::test]
async fn an_unwanted_entry_is_acknowledged_unhandled() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    for key in ["a", "b", "c"] {
        harness.publish("Unwanted", key).await;
    }
    harness.publish("Order", "d").await;
    harness.calls.until("d", 1).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 1);
    assert_eq!(harness.dead().await, []);
    harness.close(tree).await;
}

#[tokio::test]
async fn an_unwanted_entry_of_a_dead_consumer_is_acknowledged_unhandled() {
    let harness = Harness::new().await;
    let consumer = harness.service(done);
    harness.make_groups(&consumer).await;
    harness.publish("Unwanted", "a").await;
    harness.read_as(STRANGER, 1).await;
    let tree = harness.run(&consumer).await;
    harness.until_settled().await;
    assert_eq!(harness.dead().await, []);
    assert_eq!(harness.calls.len(), 0);
    harness.close(tree).await;
}

#[tokio::test]
async fn an_entry_that_a_newer_process_tried_is_left_to_it() {
    let harness = Harness::new().await;
    let service = harness.service(done);
    harness.make_groups(&service).await;
    let id = harness.publish("NewKind", "a").await;
    harness.read_as(PARKING, 1).await;
    let (attempts, orders) = (harness.partition().attempts(SERVICE), harness.orders());
    let history = r#"[{"attempt":1,"error":"no","at":"","consumer":"newer"}]"#;
    let field = format!("{orders}/{id}");
    harness
        .command::<()>(&["HSET", &attempts, &field, history])
        .await;
    let lease = LEASE.as_millis().to_string();
    let due = [
        "XCLAIM", &orders, SERVICE, PARKING, "0", &id, "IDLE", &lease, "JUSTID",
    ];
    harness.command::<redis::Value>(&due).await;
    let tree = harness.run(&service).await;
    eventually("it was claimed and given back", || async {
        let held = harness.pending().await.pop()?;
        (held.consumer == PARKING && u128::from(held.idle) < LEASE.as_millis()).then_some(())
    })
    .await;
    tree.shutdown().await;
    assert_eq!(harness.pending().await.len(), 1);
}
