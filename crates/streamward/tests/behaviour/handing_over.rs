//! Processes that died: their entries go to the living at once, their names are retired.

use testkit::eventually;

use crate::{
    call_log::done,
    harness::{Harness, SERVICE, STRANGER},
};

/// Sorts behind every other name, and so is looked at last.
const WITNESS: &str = "shipping@zzz#1-0";

/// A harness with the service's groups and `count` orders in the hands of `holder`.
async fn left_behind(holder: &str, count: usize) -> (Harness, Vec<String>) {
    let harness = Harness::new().await;
    let service = harness.service(done);
    harness.make_groups(&service).await;
    let keys = harness.publish_many(count).await;
    harness.read_as(holder, count).await;
    (harness, keys)
}

async fn until_gone(harness: &Harness, name: &str) {
    eventually(&format!("{name} is retired"), || async {
        let names = harness.consumers(&harness.orders()).await;
        (!names.iter().any(|known| known == name)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_entries_of_a_dead_process_are_taken_over_long_before_the_lease() {
    let (harness, keys) = left_behind(STRANGER, 150).await;
    let tree = harness.run(&harness.service(done)).await;
    harness.calls.until_all(&keys).await;
    assert_eq!(harness.calls.of("order-0")[0].deliveries, 2);
    until_gone(&harness, STRANGER).await;
    assert_eq!(harness.calls.len(), 150);
    harness.close(tree).await;
}

#[tokio::test]
async fn a_living_process_keeps_its_entries_until_its_sign_of_life_is_gone() {
    let (harness, keys) = left_behind(STRANGER, 3).await;
    let alive = harness.partition().alive(SERVICE, STRANGER);
    harness.command::<()>(&["SET", &alive, "1"]).await;
    harness.publish("Order", "theirs").await;
    harness.read_as(WITNESS, 1).await;
    let tree = harness.run(&harness.service(done)).await;
    harness.calls.until("theirs", 1).await;
    until_gone(&harness, WITNESS).await;

    assert_eq!(harness.calls.len(), 1);
    // The acknowledgement of the handled entry may still be on its way.
    let kept = eventually("only theirs is settled", || async {
        Some(harness.pending().await).filter(|kept| kept.len() == 3)
    })
    .await;
    let untouched = |p: &crate::harness::Pending| p.consumer == STRANGER && p.deliveries == 1;
    assert!(kept.iter().all(untouched), "{kept:?}");

    harness.command::<()>(&["DEL", &alive]).await;
    harness.calls.until_all(&keys).await;
    until_gone(&harness, STRANGER).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn two_concurrent_sweeps_share_the_work_and_repeat_none() {
    let (harness, keys) = left_behind(STRANGER, 200).await;
    let service = harness.service(done);
    let (one, two) = (harness.run(&service).await, harness.run(&service).await);
    harness.calls.until_all(&keys).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 200, "an entry was claimed twice");
    let names = harness.consumers(&harness.orders()).await;
    assert!(
        names.len() <= 2,
        "two processes share a name or one left several: {names:?}"
    );
    one.shutdown().await;
    harness.close(two).await;
}

#[tokio::test]
async fn names_that_hold_nothing_do_not_pile_up() {
    let harness = Harness::new().await;
    let service = harness.service(done);
    harness.make_groups(&service).await;
    let orders = harness.orders();
    let names: Vec<String> = (0..5).map(|n| format!("shipping@old#{n}-0")).collect();
    for name in &names {
        let create = ["XGROUP", "CREATECONSUMER", &orders, SERVICE, name];
        harness.command::<()>(&create).await;
    }
    let tree = harness.run(&service).await;
    for name in &names {
        until_gone(&harness, name).await;
    }
    harness.close(tree).await;
}
