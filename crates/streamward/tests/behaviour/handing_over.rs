//! Processes that died: their entries go to the living at once, their names are retired.

use testkit::eventually;

use crate::{
    diary::done,
    support::{Floor, SERVICE, STRANGER},
};

/// Sorts behind every other name, and so is looked at last.
const WITNESS: &str = "shipping@zzz#1-0";

/// A floor with the service's groups and `count` orders in the hands of `holder`.
async fn left_behind(holder: &str, count: usize) -> (Floor, Vec<String>) {
    let floor = Floor::new().await;
    let service = floor.service(done);
    floor.make_groups(&service).await;
    let keys = floor.publish_many(count).await;
    floor.read_as(holder, count).await;
    (floor, keys)
}

async fn until_gone(floor: &Floor, name: &str) {
    eventually(&format!("{name} is retired"), || async {
        let names = floor.consumers(&floor.orders()).await;
        (!names.iter().any(|known| known == name)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_entries_of_a_dead_process_are_taken_over_long_before_the_lease() {
    let (floor, keys) = left_behind(STRANGER, 150).await;
    let tree = floor.run(&floor.service(done)).await;
    floor.diary.until_all(&keys).await;
    assert_eq!(floor.diary.of("order-0")[0].deliveries, 2);
    until_gone(&floor, STRANGER).await;
    assert_eq!(floor.diary.len(), 150);
    floor.close(tree).await;
}

#[tokio::test]
async fn a_living_process_keeps_its_entries_until_its_sign_of_life_is_gone() {
    let (floor, keys) = left_behind(STRANGER, 3).await;
    let alive = floor.partition().alive(SERVICE, STRANGER);
    floor.ask::<()>(&["SET", &alive, "1"]).await;
    floor.publish("Order", "theirs").await;
    floor.read_as(WITNESS, 1).await;
    let tree = floor.run(&floor.service(done)).await;
    floor.diary.until("theirs", 1).await;
    until_gone(&floor, WITNESS).await;

    assert_eq!(floor.diary.len(), 1);
    let kept = floor.pending().await;
    assert_eq!(kept.len(), 3);
    let untouched = |p: &crate::books::Pending| p.consumer == STRANGER && p.deliveries == 1;
    assert!(kept.iter().all(untouched), "{kept:?}");

    floor.ask::<()>(&["DEL", &alive]).await;
    floor.diary.until_all(&keys).await;
    until_gone(&floor, STRANGER).await;
    floor.close(tree).await;
}

#[tokio::test]
async fn two_processes_that_sweep_at_once_share_the_work_and_repeat_none() {
    let (floor, keys) = left_behind(STRANGER, 200).await;
    let service = floor.service(done);
    let (one, two) = (floor.run(&service).await, floor.run(&service).await);
    floor.diary.until_all(&keys).await;
    floor.until_settled().await;
    assert_eq!(floor.diary.len(), 200, "an entry was claimed twice");
    let names = floor.consumers(&floor.orders()).await;
    assert!(
        names.len() <= 2,
        "two processes share a name or one left several: {names:?}"
    );
    one.shutdown().await;
    floor.close(two).await;
}

#[tokio::test]
async fn names_that_hold_nothing_do_not_pile_up() {
    let floor = Floor::new().await;
    let service = floor.service(done);
    floor.make_groups(&service).await;
    let orders = floor.orders();
    let names: Vec<String> = (0..5).map(|n| format!("shipping@old#{n}-0")).collect();
    for name in &names {
        let create = ["XGROUP", "CREATECONSUMER", &orders, SERVICE, name];
        floor.ask::<()>(&create).await;
    }
    let tree = floor.run(&service).await;
    for name in &names {
        until_gone(&floor, name).await;
    }
    floor.close(tree).await;
}
