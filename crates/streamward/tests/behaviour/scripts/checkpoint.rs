//! `checkpoint`: up to where a group has settled everything.

use super::{CHECKPOINTS, GROUP, INBOX, LEASE, ORDERS, TestServer};

/// The largest second half of an id.
const LAST_SEQ: &str = "18446744073709551615";

/// The tag, and the id that was noted.
async fn checkpoint(server: &TestServer, stream: &str, group: &str) -> (String, Option<String>) {
    let keys = [stream, CHECKPOINTS];
    let mut reply = server.call("save_checkpoint", &keys, group).await;
    let id = (reply.tag() == "NOTED").then(|| reply.take().expect("an id"));
    (reply.tag().to_owned(), id)
}

/// Notes how far the group has come in the orders, and returns the note.
async fn noted(server: &TestServer) -> String {
    let (tag, id) = checkpoint(server, ORDERS, GROUP).await;
    assert_eq!(tag, "NOTED");
    let kept: Option<String> = server.command(&["HGET", CHECKPOINTS, ORDERS]).await;
    assert_eq!(kept, id, "what it says is what it keeps");
    id.expect("an id")
}

/// Appends entries of these ids and has them read.
async fn deliver(server: &TestServer, ids: &[&str]) {
    for id in ids {
        let add = ["XADD", ORDERS, id, "type", "Order"];
        server.command::<String>(&add).await;
    }
    server.read(ORDERS, GROUP, "w", ids.len()).await;
}

async fn ack(server: &TestServer, id: &str) {
    server.command::<()>(&["XACK", ORDERS, GROUP, id]).await;
}

#[tokio::test]
async fn a_group_that_has_read_nothing_is_at_the_beginning() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    assert_eq!(noted(&server).await, "0-0");
}

#[tokio::test]
async fn without_pending_entries_it_is_the_last_one_read() {
    let server = TestServer::new().await;
    deliver(&server, &["1-0", "2-0"]).await;
    ack(&server, "1-0").await;
    ack(&server, "2-0").await;
    // Written but not read.
    server
        .command::<String>(&["XADD", ORDERS, "3-0", "a", "1"])
        .await;
    assert_eq!(noted(&server).await, "2-0");
}

#[tokio::test]
async fn it_is_just_before_the_oldest_pending_entry() {
    let server = TestServer::new().await;
    let ids = [
        "5-0",
        "5-1",
        "5-12",
        "7-0",
        "1767225600123-0",
        "1767225600123-3",
    ];
    deliver(&server, &ids).await;
    for (oldest, before) in [
        ("5-0", format!("4-{LAST_SEQ}")),
        ("5-1", "5-0".to_owned()),
        ("5-12", "5-11".to_owned()),
        ("7-0", format!("6-{LAST_SEQ}")),
        ("1767225600123-0", format!("1767225600122-{LAST_SEQ}")),
        ("1767225600123-3", "1767225600123-2".to_owned()),
    ] {
        assert_eq!(noted(&server).await, before);
        ack(&server, oldest).await;
    }
    assert_eq!(noted(&server).await, "1767225600123-3");
}

#[tokio::test]
async fn entries_settled_after_a_pending_one_do_not_count() {
    let server = TestServer::new().await;
    deliver(&server, &["1-1", "2-1", "3-1"]).await;
    ack(&server, "2-1").await;
    ack(&server, "3-1").await;
    assert_eq!(noted(&server).await, "1-0");
}

#[tokio::test]
async fn a_parked_entry_is_pending_too() {
    let server = TestServer::new().await;
    deliver(&server, &["1-1", "2-1"]).await;
    server.give(ORDERS, "1-1", "~retry", 1, LEASE).await;
    ack(&server, "2-1").await;
    assert_eq!(noted(&server).await, "1-0");
}

#[tokio::test]
async fn noting_the_same_again_writes_nothing() {
    let server = TestServer::new().await;
    deliver(&server, &["1-0", "2-0"]).await;
    let first = noted(&server).await;
    let before = server.dump().await;
    assert_eq!(noted(&server).await, first);
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_group_that_starts_over_takes_its_checkpoint_back() {
    let server = TestServer::new().await;
    deliver(&server, &["1-0"]).await;
    ack(&server, "1-0").await;
    assert_eq!(noted(&server).await, "1-0");
    let rewind = ["XGROUP", "SETID", ORDERS, GROUP, "0"];
    server.command::<()>(&rewind).await;
    assert_eq!(noted(&server).await, "0-0");
}

#[tokio::test]
async fn every_stream_has_its_own() {
    let server = TestServer::new().await;
    server.group(INBOX, GROUP).await;
    deliver(&server, &["4-0"]).await;
    ack(&server, "4-0").await;
    noted(&server).await;
    let inbox = checkpoint(&server, INBOX, GROUP).await;
    assert_eq!(inbox, ("NOTED".to_owned(), Some("0-0".to_owned())));
    assert_eq!(noted(&server).await, "4-0");
}

#[tokio::test]
async fn other_groups_do_not_matter() {
    let server = TestServer::new().await;
    server.group(ORDERS, "slow").await;
    deliver(&server, &["4-0"]).await;
    server.read(ORDERS, "slow", "w", 1).await;
    ack(&server, "4-0").await;
    assert_eq!(noted(&server).await, "4-0");
}

#[tokio::test]
async fn without_group_or_stream_no_checkpoint_is_written() {
    let server = TestServer::new().await;
    deliver(&server, &["4-0"]).await;
    noted(&server).await;
    server
        .command::<()>(&["XGROUP", "DESTROY", ORDERS, GROUP])
        .await;
    let before = server.dump().await;
    for stream in [ORDERS, "t:{0}:nothing"] {
        let answer = checkpoint(&server, stream, GROUP).await;
        assert_eq!(answer, ("NONE".to_owned(), None), "{stream}");
    }
    // What was noted before the group was lost is what it comes back with.
    assert_eq!(server.dump().await, before);
}
