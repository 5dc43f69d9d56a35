//! Connections: a blocking reader has one of its own, and nothing else waits behind it.

use std::collections::{HashMap, HashSet};

use supervision::Fault;
use testkit::eventually;

use crate::{
    diary::done,
    support::{Floor, until_restarted},
};

/// What `CLIENT LIST` says of the clients that are blocked in a read of a group.
async fn blocked(floor: &Floor) -> Vec<HashMap<String, String>> {
    let clients: String = floor.ask(&["CLIENT", "LIST"]).await;
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

async fn until_blocked(floor: &Floor, readers: usize) -> HashSet<String> {
    eventually("the readers block", || async {
        let ids = blocked(floor)
            .await
            .into_iter()
            .map(|mut it| it.remove("id"));
        ids.collect::<Option<HashSet<String>>>()
            .filter(|ids| ids.len() == readers)
    })
    .await
}

/// The clients behind the shared connections.
async fn shared(floor: &Floor) -> HashSet<String> {
    let mut ids = HashSet::new();
    for _ in 0..8 {
        let id: i64 = floor.ask(&["CLIENT", "ID"]).await;
        ids.insert(id.to_string());
    }
    ids
}

#[tokio::test]
async fn a_consumer_has_one_reader_whatever_its_streams_and_workers_and_it_is_not_shared() {
    let floor = Floor::new().await;
    let many = ["orders", "payments", "parcels", "letters"];
    let service = floor.service(done).reads(many).concurrency(32);
    let tree = floor.run(&service).await;
    let readers = until_blocked(&floor, 1).await;
    assert!(readers.is_disjoint(&shared(&floor).await));
    // Commands on the shared connections do not wait for the reader: it blocks on.
    assert_eq!(until_blocked(&floor, 1).await, readers);
    tree.shutdown().await;
}

#[tokio::test]
async fn a_reader_that_is_killed_while_it_blocks_leaves_no_connection_behind() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    let before = until_blocked(&floor, 1).await;
    tree.crash("intake", Fault::Kill).expect("it runs");
    until_restarted(&tree, "intake", 1).await;
    // An abandoned read would get the next entry and hand it to nobody.
    let after = eventually("only the new reader blocks", || async {
        let now = until_blocked(&floor, 1).await;
        now.is_disjoint(&before).then_some(now)
    })
    .await;
    assert_eq!(after.len(), 1);
    floor.publish("Order", "a").await;
    let visits = floor.diary.until("a", 1).await;
    assert_eq!(visits[0].deliveries, 1, "it was lost and found again");
    floor.close(tree).await;
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_blocked_read_costs_no_entry() {
    let floor = Floor::new().await;
    let tree = floor.run(&floor.service(done)).await;
    let before = until_blocked(&floor, 1).await;
    let reader = before.iter().next().expect("one").clone();
    floor.ask::<i64>(&["CLIENT", "KILL", "ID", &reader]).await;
    let keys = floor.publish_many(20).await;
    floor.diary.until_all(&keys).await;
    assert!(until_blocked(&floor, 1).await.is_disjoint(&before));
    floor.close(tree).await;
}
