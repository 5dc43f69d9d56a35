//! What each outcome does to the entry.

use streamward::{Cause, Delivery, Outcome};
use testkit::eventually;

use crate::{
    diary::done,
    support::{Floor, SERVICE, STRANGER},
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
