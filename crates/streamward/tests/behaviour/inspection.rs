//! Inspection of a stream and its groups.

use std::time::Duration;

use serde_json::{Value, json};
use streamward::{Cause, Delivery, Outcome, inspect};
use testkit::eventually;

use crate::{
    call_log::done,
    harness::{Harness, SERVICE, STRANGER},
};

/// The only group of the orders, as people get it.
async fn group(harness: &Harness) -> Value {
    let mut link = harness.runtime.server().link();
    let info = inspect::stream(&mut link, &harness.orders()).await;
    let info = info.expect("it answers").expect("it exists");
    assert_eq!(info.groups.len(), 1);
    serde_json::to_value(&info.groups[0]).expect("JSON")
}

#[tokio::test]
async fn a_lag_unknown_to_the_server_is_counted() {
    let harness = Harness::new().await;
    let service = harness.service(done);
    harness.make_groups(&service).await;
    assert_eq!(group(&harness).await["lag"], 0);
    harness.publish_many(3).await;
    assert_eq!(group(&harness).await["lag"], 3);
    let unread = harness.publish("Order", "unread").await;
    harness.publish("Order", "last").await;
    harness.read_as(STRANGER, 1).await;
    let orders = harness.orders();
    harness.command::<()>(&["XDEL", &orders, &unread]).await;
    assert_eq!(group(&harness).await["lag"], 3);
}

#[tokio::test]
async fn a_lag_that_is_too_long_to_count_is_unknown_and_not_zero() {
    let harness = Harness::new().await;
    harness.make_groups(&harness.service(done)).await;
    harness.publish_many(3).await;
    let unread = harness.publish("Order", "unread").await;
    for _ in 0..10 {
        harness.publish_many(1000).await;
    }
    harness.read_as(STRANGER, 1).await;
    let orders = harness.orders();
    harness.command::<()>(&["XDEL", &orders, &unread]).await;
    assert_eq!(group(&harness).await["lag"], Value::Null);
}

#[tokio::test]
async fn pending_parked_and_oldest_age_are_reported_separately() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match delivery.key() {
            "later" => Outcome::Retry {
                after: Some(Duration::from_secs(30)),
                cause: Cause::new("not yet"),
            },
            _ => std::future::pending().await,
        }
    };
    let service = harness.service(act).drain_within(Duration::from_millis(50));
    let tree = harness.run(&service).await;
    harness.publish("Order", "later").await;
    harness.publish("Order", "now").await;
    let seen = eventually("one is parked and one in flight", || async {
        let group = group(&harness).await;
        (group["parked"] == 1 && group["pending"] == 2).then_some(group)
    })
    .await;
    assert_eq!(seen["consumers"], 1);
    assert_eq!(seen["group"], json!(SERVICE));
    assert!(seen["oldestPendingMs"].is_u64(), "{seen}");
    tree.shutdown().await;
    assert_eq!(group(&harness).await["consumers"], 0);
}

#[tokio::test]
async fn entries_are_shown_oldest_first() {
    let harness = Harness::new().await;
    let mut link = harness.runtime.server().link();
    let orders = harness.orders();
    let missing = inspect::stream(&mut link, &orders).await;
    assert_eq!(missing.expect("it answers"), None);
    harness.publish_many(5).await;
    let keys = |entries: Vec<streamward::RawEntry>| -> Vec<String> {
        entries.iter().map(|entry| entry.key().to_owned()).collect()
    };
    let newest = inspect::newest(&mut link, &orders, 2).await;
    assert_eq!(keys(newest.expect("it answers")), ["order-3", "order-4"]);
    let first = inspect::range(&mut link, &orders, ("-", "+"), 2).await;
    assert_eq!(keys(first.expect("it answers")), ["order-0", "order-1"]);
    let own = harness.runtime.server().dedicated(Duration::from_secs(5));
    let mut own = own.await.expect("it answers");
    let mut after = [(orders.clone(), "0-0".to_owned())];
    let followed = inspect::follow(&mut own, &mut after, 100).await;
    let (place, entries) = followed.expect("it answers").remove(0);
    assert_eq!((place, entries.len()), (0, 5));
    let [(_, last)] = &after;
    assert_eq!(*last, entries[4].id);
    assert_eq!(
        inspect::end(&mut link, &orders).await.expect("it answers"),
        *last
    );
}
