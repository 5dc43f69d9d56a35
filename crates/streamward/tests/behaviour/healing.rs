//! Redis misbehaves, and the consumer goes on.

use std::time::Duration;

use streamward::{Cause, Delivery, Outcome};
use supervision::Fault;
use testkit::{RedisServer, eventually};

use crate::{
    call_log::done,
    harness::{Harness, SERVICE, throughout},
};

/// Waits until the intake hangs in its blocking read.
async fn until_blocked(harness: &Harness) {
    eventually("the intake blocks", || async {
        let clients: String = harness.command(&["CLIENT", "LIST"]).await;
        let blocked = |line: &str| line.contains("cmd=xreadgroup") && line.contains(" flags=b");
        clients.lines().any(blocked).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_group_destroyed_under_the_reader_is_made_again_from_the_beginning() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    harness.publish("Order", "before").await;
    harness.calls.until("before", 1).await;
    harness.until_settled().await;
    until_blocked(&harness).await;
    let (orders, checkpoints) = (harness.orders(), harness.partition().checkpoints(SERVICE));
    // Nobody knows how far the lost group was: twice is better than never.
    let mut lose = redis::pipe();
    lose.atomic();
    lose.cmd("DEL").arg(&checkpoints).ignore();
    lose.cmd("XGROUP")
        .arg(&["DESTROY", &orders, SERVICE])
        .ignore();
    let mut link = harness.runtime.server().link();
    lose.query_async::<()>(&mut link).await.expect("it answers");
    harness.publish("Order", "after").await;
    harness.calls.until("after", 1).await;
    harness.calls.until("before", 2).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn a_lost_group_continues_at_its_checkpoint() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    harness.publish("Order", "early").await;
    let last = harness.publish("Order", "before").await;
    harness.calls.until("before", 1).await;
    harness.until_settled().await;
    let (orders, checkpoints) = (harness.orders(), harness.partition().checkpoints(SERVICE));
    eventually("the checkpoint is noted", || async {
        let noted: Option<String> = harness.command(&["HGET", &checkpoints, &orders]).await;
        (noted? == last).then_some(())
    })
    .await;
    harness
        .command::<()>(&["XGROUP", "DESTROY", &orders, SERVICE])
        .await;
    harness.publish("Order", "after").await;
    harness.calls.until("after", 1).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 3, "settled entries came again");
    harness.close(tree).await;
}

#[tokio::test]
async fn a_server_that_is_demoted_and_promoted_again_is_served_on() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    harness.publish("Order", "before").await;
    harness.calls.until("before", 1).await;
    until_blocked(&harness).await;
    // Nobody listens there: readers are unblocked, writes are refused, and what it holds is stale.
    harness
        .command::<()>(&["CONFIG", "SET", "replica-serve-stale-data", "no"])
        .await;
    harness
        .command::<()>(&["REPLICAOF", "127.0.0.1", "1"])
        .await;
    let mut link = harness.runtime.server().link();
    let mut set = redis::cmd("SET");
    let refused = set.arg(&["a", "1"]).query_async::<()>(&mut link).await;
    assert!(refused.is_err(), "it was not demoted");
    // Long enough for every role but the slowest to be refused again and again.
    throughout(Duration::from_millis(500), || async {
        for role in &tree.snapshot().children {
            assert_eq!(role.restarts, 0, "{} crashed over it", role.name);
        }
    })
    .await;
    harness.command::<()>(&["REPLICAOF", "NO", "ONE"]).await;
    harness.publish("Order", "after").await;
    harness.calls.until("after", 1).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn a_stream_deleted_under_the_reader_is_read_again_when_it_is_back() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    for round in ["first", "second"] {
        until_blocked(&harness).await;
        let (orders, inbox) = (harness.orders(), harness.inbox());
        harness.command::<()>(&["DEL", &orders, &inbox]).await;
        harness.publish("Order", round).await;
        harness.calls.until(round, 1).await;
    }
    harness.close(tree).await;
}

#[tokio::test]
async fn a_server_that_is_killed_and_comes_back_has_lost_nothing() {
    let mut harness = Harness::on(RedisServer::start_durable()).await;
    let act = |_: Delivery| async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        Outcome::Done
    };
    let tree = harness.run(&harness.service(act)).await;
    let keys = harness.publish_many(100).await;
    eventually("work is under way", || async {
        (harness.calls.len() >= 10).then_some(())
    })
    .await;
    harness.redis.kill();
    assert!(
        harness.calls.len() < 100,
        "it was too quick to be interrupted"
    );
    harness.redis.restart();
    harness.calls.until_all(&keys).await;
    harness.until_settled().await;
    harness.publish("Order", "after").await;
    harness.calls.until("after", 1).await;
    assert_eq!(harness.dead().await, []);
    harness.close(tree).await;
}

#[tokio::test]
async fn flushed_scripts_are_loaded_again() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match delivery.attempts {
            0 => Outcome::retry(Cause::new("not yet")),
            _ => Outcome::Done,
        }
    };
    let tree = harness.run(&harness.service(act)).await;
    for key in ["before", "after"] {
        harness.publish("Order", key).await;
        harness.calls.until(key, 2).await;
        harness.command::<()>(&["SCRIPT", "FLUSH"]).await;
    }
    harness.close(tree).await;
}

#[tokio::test]
async fn entries_delivered_to_a_reader_that_died_are_found_again() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    harness.publish("Order", "before").await;
    harness.calls.until("before", 1).await;
    let name = harness.consumers(&harness.orders()).await.remove(0);
    // As if the answer to this consumer's read had never arrived.
    let (orders, inbox) = (harness.orders(), harness.inbox());
    let mut lost = redis::pipe();
    lost.atomic();
    for key in ["a", "b"] {
        let data = streamward::pack("Order", &key).expect("packs");
        let fields: [(&str, &[u8]); 3] =
            [("type", b"Order"), ("key", key.as_bytes()), ("data", &data)];
        lost.xadd(&orders, "*", &fields).ignore();
    }
    let mut read = redis::cmd("XREADGROUP");
    read.arg(&[
        "GROUP", SERVICE, &name, "STREAMS", &orders, &inbox, ">", ">",
    ]);
    lost.add_command(read).ignore();
    let mut link = harness.runtime.server().link();
    lost.query_async::<()>(&mut link).await.expect("it answers");
    assert_eq!(harness.pending().await.len(), 2);
    assert_eq!(harness.calls.len(), 1);

    tree.crash("intake", Fault::Kill).expect("it runs");
    for key in ["a", "b"] {
        assert_eq!(harness.calls.until(key, 1).await[0].deliveries, 2);
    }
    harness.close(tree).await;
}
