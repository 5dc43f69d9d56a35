//! Connections: a blocking reader has one of its own, and nothing else waits behind it.

use std::collections::{HashMap, HashSet};

use supervision::Fault;
use testkit::eventually;

use crate::{
    call_log::done,
    harness::{Harness, until_restarted},
};

/// Returns the rows of `CLIENT LIST` for clients that are blocked in `XREADGROUP`.
async fn blocked(harness: &Harness) -> Vec<HashMap<String, String>> {
    let clients: String = harness.command(&["CLIENT", "LIST"]).await;
    let client = |line: &str| -> HashMap<String, String> {
        let pairs = line.split(' ').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    let reads = |client: &HashMap<String, String>| {
        client["cmd"] == "xreadgroup" && client["flags"].contains('b')
    };
    clients.lines().map(client).filter(reads).collect()
}

async fn until_blocked(harness: &Harness, readers: usize) -> HashSet<String> {
    eventually("the readers block", || async {
        let ids = blocked(harness)
            .await
            .into_iter()
            .map(|mut it| it.remove("id"));
        ids.collect::<Option<HashSet<String>>>()
            .filter(|ids| ids.len() == readers)
    })
    .await
}

/// The clients behind the shared connections.
async fn shared(harness: &Harness) -> HashSet<String> {
    let mut ids = HashSet::new();
    for _ in 0..8 {
        let id: i64 = harness.command(&["CLIENT", "ID"]).await;
        ids.insert(id.to_string());
    }
    ids
}

#[tokio::test]
async fn a_consumer_has_one_unshared_reader_for_all_streams_and_workers() {
    let harness = Harness::new().await;
    let many = ["orders", "payments", "parcels", "letters"];
    let service = harness.service(done).reads(many).concurrency(32);
    let tree = harness.run(&service).await;
    let readers = until_blocked(&harness, 1).await;
    assert!(readers.is_disjoint(&shared(&harness).await));
    // Commands on the shared connections do not wait for the reader: it blocks on.
    assert_eq!(until_blocked(&harness, 1).await, readers);
    tree.shutdown().await;
}

#[tokio::test]
async fn a_reader_that_is_killed_while_it_blocks_leaves_no_connection_behind() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    let before = until_blocked(&harness, 1).await;
    tree.crash("intake", Fault::Kill).expect("it runs");
    until_restarted(&tree, "intake", 1).await;
    // An abandoned read would get the next entry and drop it.
    let after = eventually("only the new reader blocks", || async {
        let now = until_blocked(&harness, 1).await;
        now.is_disjoint(&before).then_some(now)
    })
    .await;
    assert_eq!(after.len(), 1);
    harness.publish("Order", "a").await;
    let calls = harness.calls.until("a", 1).await;
    assert_eq!(calls[0].deliveries, 1, "it was lost and found again");
    harness.close(tree).await;
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_blocked_read_costs_no_entry() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    let before = until_blocked(&harness, 1).await;
    let reader = before.iter().next().expect("one").clone();
    harness
        .command::<i64>(&["CLIENT", "KILL", "ID", &reader])
        .await;
    let keys = harness.publish_many(20).await;
    harness.calls.until_all(&keys).await;
    assert!(until_blocked(&harness, 1).await.is_disjoint(&before));
    harness.close(tree).await;
}
