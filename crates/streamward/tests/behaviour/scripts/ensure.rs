//! `ensure`: a group exists, and one that was lost goes on where it was.

use super::{CHECKPOINTS, GROUP, ORDERS, TestServer, holders};

/// The tag, and where the group starts.
async fn ensure(server: &TestServer, stream: &str) -> (String, Option<String>) {
    ensure_from(server, stream, "0-0").await
}

async fn ensure_from(server: &TestServer, stream: &str, start: &str) -> (String, Option<String>) {
    let keys = [stream, CHECKPOINTS];
    let mut reply = server.call("ensure_group", &keys, &[GROUP, start]).await;
    let start = (reply.tag() == "CREATED").then(|| reply.take().expect("an id"));
    (reply.tag().to_owned(), start)
}

fn created(start: &str) -> (String, Option<String>) {
    ("CREATED".to_owned(), Some(start.to_owned()))
}

async fn lose_group(server: &TestServer) {
    let lost: usize = server.command(&["XGROUP", "DESTROY", ORDERS, GROUP]).await;
    assert_eq!(lost, 1);
}

async fn note(server: &TestServer, id: &str) {
    server
        .command::<()>(&["HSET", CHECKPOINTS, ORDERS, id])
        .await;
}

/// Returns the ids of the entries that the group has not read yet.
async fn unread(server: &TestServer) -> Vec<String> {
    server.read(ORDERS, GROUP, "reader", 1_000).await;
    let pending = server.pending(ORDERS).await;
    pending.into_iter().map(|(id, ..)| id).collect()
}

fn ids(numbers: std::ops::RangeInclusive<usize>) -> Vec<String> {
    numbers.map(|n| format!("{n}-0")).collect()
}

#[tokio::test]
async fn a_group_that_exists_is_left_as_it_is() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server.read(ORDERS, GROUP, "w", 2).await;
    // Not even a checkpoint moves it.
    note(&server, "1-0").await;
    let before = server.dump().await;
    assert_eq!(ensure(&server, ORDERS).await, ("EXISTS".to_owned(), None));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_missing_stream_is_created_with_the_group_at_the_beginning() {
    let server = TestServer::new().await;
    server.command::<()>(&["DEL", ORDERS]).await;
    note(&server, "5-0").await;
    assert_eq!(ensure(&server, ORDERS).await, created("0-0"));
    assert_eq!(server.ids(ORDERS).await, Vec::<String>::new());
    server.fill(ORDERS, 3).await;
    assert_eq!(unread(&server).await, ids(1..=3));
}

#[tokio::test]
async fn a_new_group_starts_at_the_beginning_and_drops_nothing() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    lose_group(&server).await;
    assert_eq!(ensure(&server, ORDERS).await, created("0-0"));
    assert_eq!(unread(&server).await, ids(1..=3));
}

#[tokio::test]
async fn a_new_group_starts_at_the_given_id_or_at_a_later_checkpoint() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 5).await;
    lose_group(&server).await;
    assert_eq!(ensure_from(&server, ORDERS, "2-0").await, created("2-0"));
    assert_eq!(unread(&server).await, ids(3..=5));
    for (kept, start) in [("1-0", "2-0"), ("4-0", "4-0")] {
        lose_group(&server).await;
        note(&server, kept).await;
        assert_eq!(ensure_from(&server, ORDERS, "2-0").await, created(start));
    }
}

#[tokio::test]
async fn a_start_beyond_the_end_is_the_end() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    lose_group(&server).await;
    assert_eq!(ensure_from(&server, ORDERS, "9-0").await, created("3-0"));
    server.command::<()>(&["DEL", ORDERS]).await;
    assert_eq!(ensure_from(&server, ORDERS, "9-0").await, created("0-0"));
}

#[tokio::test]
async fn a_second_call_finds_the_group_of_the_first() {
    let server = TestServer::new().await;
    lose_group(&server).await;
    ensure(&server, ORDERS).await;
    let before = server.dump().await;
    assert_eq!(ensure(&server, ORDERS).await, ("EXISTS".to_owned(), None));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_lost_group_gets_exactly_its_unsettled_entries() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 10).await;
    server.read(ORDERS, GROUP, "w", 6).await;
    let ack = ["XACK", ORDERS, GROUP, "1-0", "2-0", "3-0"];
    server.command::<()>(&ack).await;
    // 4 to 6 are pending, 7 to 10 unread.
    server
        .call("save_checkpoint", &[ORDERS, CHECKPOINTS], GROUP)
        .await;
    lose_group(&server).await;
    let start = created("3-18446744073709551615");
    assert_eq!(ensure(&server, ORDERS).await, start);
    assert_eq!(unread(&server).await, ids(4..=10));
}

#[tokio::test]
async fn a_lost_group_without_unsettled_entries_gets_new_ones_only() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    note(&server, "3-0").await;
    lose_group(&server).await;
    // The checkpoint is the last id of the stream, and no further.
    assert_eq!(ensure(&server, ORDERS).await, created("3-0"));
    assert_eq!(unread(&server).await, Vec::<String>::new());
    let add = ["XADD", ORDERS, "4-0", "type", "Order"];
    server.command::<String>(&add).await;
    assert_eq!(unread(&server).await, ids(4..=4));
}

#[tokio::test]
async fn a_checkpoint_holds_although_its_entry_was_trimmed() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server
        .command::<()>(&["XTRIM", ORDERS, "MAXLEN", "0"])
        .await;
    note(&server, "2-0").await;
    lose_group(&server).await;
    assert_eq!(ensure(&server, ORDERS).await, created("2-0"));
}

#[tokio::test]
async fn a_checkpoint_beyond_the_end_belongs_to_another_stream() {
    for beyond in ["4-0", "3-1", "1767225600123-0"] {
        let server = TestServer::new().await;
        server.fill(ORDERS, 3).await;
        note(&server, beyond).await;
        lose_group(&server).await;
        assert_eq!(ensure(&server, ORDERS).await, created("0-0"), "{beyond}");
        assert_eq!(unread(&server).await, ids(1..=3), "{beyond}");
    }
}

#[tokio::test]
async fn ids_are_compared_as_numbers() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 10).await;
    // As text "9-0" would be beyond "10-0".
    note(&server, "9-0").await;
    lose_group(&server).await;
    assert_eq!(ensure(&server, ORDERS).await, created("9-0"));
    assert_eq!(unread(&server).await, ids(10..=10));
}

#[tokio::test]
async fn other_groups_of_the_stream_are_neither_taken_for_it_nor_touched() {
    let server = TestServer::new().await;
    server.group(ORDERS, "shipping2").await;
    server.fill(ORDERS, 2).await;
    server.read(ORDERS, "shipping2", "w", 1).await;
    lose_group(&server).await;
    assert_eq!(ensure(&server, ORDERS).await, created("0-0"));
    let theirs: Vec<(String, String, u64, u64)> = server
        .command(&["XPENDING", ORDERS, "shipping2", "-", "+", "10"])
        .await;
    assert_eq!(theirs.len(), 1);
    assert_eq!(server.holders(ORDERS).await, holders(&[]));
}
