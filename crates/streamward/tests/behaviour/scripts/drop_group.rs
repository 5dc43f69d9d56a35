//! `drop_group`: a group without pending entries ends, and how far it came is noted.

use super::{CHECKPOINTS, GROUP, ORDERS, TestServer};

async fn drop_group(server: &TestServer) -> String {
    let keys = [ORDERS, CHECKPOINTS];
    let reply = server.call("drop_group", &keys, GROUP).await;
    reply.tag().to_owned()
}

#[tokio::test]
async fn a_group_ends_where_it_was_and_leaves_the_stream_and_other_groups() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server.group(ORDERS, "billing").await;
    let note = ["HSET", CHECKPOINTS, ORDERS, "2-0", "other", "1-0"];
    server.command::<()>(&note).await;
    assert_eq!(drop_group(&server).await, "DROPPED");
    assert_eq!(server.ids(ORDERS).await.len(), 3);
    let kept: Vec<String> = server
        .command(&["HMGET", CHECKPOINTS, ORDERS, "other"])
        .await;
    assert_eq!(kept, ["0-0", "1-0"], "nothing was read");
    let before = server.dump().await;
    assert_eq!(drop_group(&server).await, "NONE");
    assert_eq!(server.dump().await, before);
    server.read(ORDERS, "billing", "w", 10).await;
}

#[tokio::test]
async fn a_group_with_pending_entries_stays() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server.read(ORDERS, GROUP, "w", 1).await;
    let before = server.dump().await;
    assert_eq!(drop_group(&server).await, "PENDING");
    assert_eq!(server.dump().await, before);
    server.command::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    assert_eq!(drop_group(&server).await, "DROPPED");
}

#[tokio::test]
async fn a_missing_stream_has_no_group_to_drop() {
    let server = TestServer::new().await;
    server.command::<()>(&["DEL", ORDERS]).await;
    assert_eq!(drop_group(&server).await, "NONE");
    let exists: u64 = server.command(&["EXISTS", ORDERS]).await;
    assert_eq!(exists, 0);
}
