//! `undo_claim`: a process that claims what it handles gets its fence back, and steals nothing.

use redis::Value;

use super::{GROUP, ORDERS, TestServer};

async fn undo(server: &TestServer, claimed: &str) -> String {
    let args = vec![GROUP, "1-0", "me", claimed, "1"];
    let reply = server.call("undo_claim", &[ORDERS], args).await;
    reply.tag().to_owned()
}

async fn claim(server: &TestServer, consumer: &str) {
    let claim = ["XCLAIM", ORDERS, GROUP, consumer, "0", "1-0"];
    server.command::<Value>(&claim).await;
}

#[tokio::test]
async fn the_delivery_count_is_restored() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 1).await;
    server.read(ORDERS, GROUP, "me", 1).await;
    claim(&server, "me").await;
    assert_eq!(undo(&server, "2").await, "UNDONE");
    let pending = server.pending(ORDERS).await;
    assert_eq!((&*pending[0].1, pending[0].3), ("me", 1));
}

#[tokio::test]
async fn an_entry_that_another_consumer_claimed_meanwhile_stays_with_it() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 1).await;
    server.read(ORDERS, GROUP, "me", 1).await;
    claim(&server, "me").await;
    claim(&server, "other").await;
    let before = server.pending(ORDERS).await;
    assert_eq!(undo(&server, "2").await, "LOST");
    // The same consumer with a later count is another delivery, too.
    claim(&server, "me").await;
    assert_eq!(undo(&server, "2").await, "LOST");
    let after = server.pending(ORDERS).await;
    assert_eq!((&*before[0].1, before[0].3), ("other", 3));
    assert_eq!((&*after[0].1, after[0].3), ("me", 4));
}

#[tokio::test]
async fn settled_and_deleted_entries_are_distinguished() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 1).await;
    server.read(ORDERS, GROUP, "me", 1).await;
    claim(&server, "me").await;
    server.command::<()>(&["XDEL", ORDERS, "1-0"]).await;
    assert_eq!(undo(&server, "2").await, "DELETED");
    assert_eq!(undo(&server, "2").await, "GONE");
}
