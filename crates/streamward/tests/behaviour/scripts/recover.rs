//! `recover`: a consumer gets back what it lost, and nothing that is in other hands.

use redis::Value;

use super::{GROUP, LEASE, ORDERS, TestServer};

async fn recover(server: &TestServer, ids: &[&str]) -> (usize, usize) {
    let lease = LEASE.to_string();
    let mut args = vec![GROUP, "me", &lease];
    args.extend(ids);
    let mut reply = server.call("recover_entries", &[ORDERS], args).await;
    assert_eq!(reply.tag(), "RECOVERED");
    (
        reply.take().expect("a count"),
        reply.take().expect("a count"),
    )
}

#[tokio::test]
async fn an_own_entry_is_due_at_once_with_its_count() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server.read(ORDERS, GROUP, "me", 3).await;
    assert_eq!(recover(&server, &["1-0", "3-0"]).await, (2, 0));
    let pending = server.pending(ORDERS).await;
    let holders: Vec<&str> = pending.iter().map(|entry| entry.1.as_str()).collect();
    assert_eq!(holders, ["~retry", "me", "~retry"]);
    assert!(pending[0].2 >= LEASE);
    assert_eq!(pending[0].3, 1);
}

#[tokio::test]
async fn entries_claimed_parked_or_settled_meanwhile_are_left() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server.read(ORDERS, GROUP, "me", 3).await;
    for (holder, id) in [("other", "1-0"), ("~retry", "2-0")] {
        let claim = [
            "XCLAIM", ORDERS, GROUP, holder, "0", id, "IDLE", "5", "JUSTID",
        ];
        server.command::<Value>(&claim).await;
    }
    server.command::<()>(&["XACK", ORDERS, GROUP, "3-0"]).await;
    let before = server.dump().await;
    assert_eq!(recover(&server, &["1-0", "2-0", "3-0"]).await, (0, 0));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_deleted_entry_is_counted_and_no_longer_pending() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 2).await;
    server.read(ORDERS, GROUP, "me", 2).await;
    server.command::<()>(&["XDEL", ORDERS, "1-0"]).await;
    assert_eq!(recover(&server, &["1-0", "2-0"]).await, (1, 1));
    assert_eq!(recover(&server, &["1-0", "2-0"]).await, (0, 0));
    assert_eq!(server.pending(ORDERS).await.len(), 1);
}
