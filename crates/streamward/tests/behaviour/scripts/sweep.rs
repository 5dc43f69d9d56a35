//! `sweep_attempts`: error histories without a pending entry are deleted.

use super::{ATTEMPTS, GROUP, INBOX, LEASE, ORDERS, TestServer};

/// Sweeps from `cursor` over the orders and the inbox. Returns the next cursor and the number of
/// deleted histories.
async fn look(server: &TestServer, cursor: &str, count: usize) -> (String, usize) {
    let keys = [ATTEMPTS, ORDERS, INBOX];
    let args = [GROUP, cursor, &count.to_string()];
    let mut reply = server.call("sweep_attempts", &keys, &args).await;
    assert_eq!(reply.tag(), "SWEPT");
    let cursor = reply.take().expect("a cursor");
    (cursor, reply.take().expect("a count"))
}

/// Sweeps few enough histories for one look.
async fn sweep(server: &TestServer) -> usize {
    let (cursor, swept) = look(server, "0", 100).await;
    assert_eq!(cursor, "0");
    swept
}

/// The entries that have a history.
async fn remembered(server: &TestServer) -> Vec<String> {
    let mut fields: Vec<String> = server.command(&["HKEYS", ATTEMPTS]).await;
    fields.sort();
    fields
}

/// A server with the streams of both keys, where `w` has read the first `read` of three orders.
async fn server(read: usize) -> TestServer {
    let server = TestServer::new().await;
    server.group(INBOX, GROUP).await;
    server.fill(ORDERS, 3).await;
    server.read(ORDERS, GROUP, "w", read).await;
    server
}

fn order(id: &str) -> String {
    format!("{ORDERS}/{id}")
}

#[tokio::test]
async fn histories_of_settled_entries_are_deleted_and_of_pending_ones_kept() {
    let server = server(3).await;
    for id in ["1-0", "2-0", "3-0"] {
        server.remember(ORDERS, id, "[1]").await;
    }
    server.give(ORDERS, "2-0", "~retry", 1, LEASE).await;
    server.command::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    assert_eq!(sweep(&server).await, 1);
    assert_eq!(remembered(&server).await, [order("2-0"), order("3-0")]);
}

#[tokio::test]
async fn a_second_sweep_writes_nothing() {
    let server = server(3).await;
    server.command::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    for id in ["1-0", "2-0"] {
        server.remember(ORDERS, id, "[1]").await;
    }
    assert_eq!(sweep(&server).await, 1);
    let before = server.dump().await;
    assert_eq!(sweep(&server).await, 0);
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn an_entry_that_the_group_has_still_to_read_keeps_its_history() {
    // It came back through the delay queue and waits in the stream to be read.
    let server = server(1).await;
    for id in ["2-0", "3-0"] {
        server.remember(ORDERS, id, "[1]").await;
    }
    let before = server.dump().await;
    assert_eq!(sweep(&server).await, 0);
    assert_eq!(server.dump().await, before);

    server.read(ORDERS, GROUP, "w", 2).await;
    server.command::<()>(&["XACK", ORDERS, GROUP, "2-0"]).await;
    assert_eq!(sweep(&server).await, 1);
    assert_eq!(remembered(&server).await, [order("3-0")]);
}

#[tokio::test]
async fn a_history_without_its_entry_is_deleted() {
    let server = server(3).await;
    // The last one that the group has read.
    server.command::<()>(&["XACK", ORDERS, GROUP, "3-0"]).await;
    server.command::<()>(&["XDEL", ORDERS, "3-0"]).await;
    server.remember(ORDERS, "3-0", "[1]").await;
    assert_eq!(sweep(&server).await, 1);
    assert_eq!(remembered(&server).await, Vec::<String>::new());
}

#[tokio::test]
async fn histories_of_other_streams_and_unknown_fields_are_left() {
    let server = server(3).await;
    server.remember("t:{0}:returns", "1-0", "[1]").await;
    server.remember(ORDERS, "no-id", "[1]").await;
    server
        .command::<()>(&["HSET", ATTEMPTS, "noise", "[1]"])
        .await;
    let before = server.dump().await;
    assert_eq!(sweep(&server).await, 0);
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn each_entry_is_looked_for_in_its_own_stream() {
    let server = server(3).await;
    server.fill(INBOX, 3).await;
    server.read(INBOX, GROUP, "w", 3).await;
    // Pending as an order, settled as an entry of the inbox.
    server.command::<()>(&["XACK", INBOX, GROUP, "2-0"]).await;
    for stream in [ORDERS, INBOX] {
        server.remember(stream, "2-0", "[1]").await;
    }
    assert_eq!(sweep(&server).await, 1);
    assert_eq!(remembered(&server).await, [order("2-0")]);
}

#[tokio::test]
async fn without_group_or_stream_nothing_is_deleted() {
    let server = server(3).await;
    server.remember(ORDERS, "1-0", "[1]").await;
    server.remember(INBOX, "1-0", "[1]").await;
    server
        .command::<()>(&["XGROUP", "DESTROY", ORDERS, GROUP])
        .await;
    server.command::<()>(&["DEL", INBOX]).await;
    let before = server.dump().await;
    assert_eq!(sweep(&server).await, 0);
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_thousand_histories_are_swept_in_bounded_batches() {
    let server = server(3).await;
    server.fill(INBOX, 1_000).await;
    server.read(INBOX, GROUP, "w", 1_000).await;
    let mut words = vec!["HSET".to_owned(), ATTEMPTS.to_owned()];
    for n in 1..=1_000 {
        words.extend([format!("{INBOX}/{n}-0"), "[1]".to_owned()]);
    }
    server.command::<()>(words).await;
    let mut ack = ["XACK", INBOX, GROUP].map(str::to_owned).to_vec();
    ack.extend((1..1_000).map(|n| format!("{n}-0")));
    server.command::<()>(ack).await;

    let mut cursor = "0".to_owned();
    for _ in 0..100 {
        let swept;
        (cursor, swept) = look(&server, &cursor, 100).await;
        // A bucket of the hash is looked at as a whole, so the count is an "about".
        assert!(swept <= 300, "{swept}");
        if cursor == "0" {
            break;
        }
    }
    assert_eq!(cursor, "0", "the sweep comes to its end");
    assert_eq!(remembered(&server).await, [format!("{INBOX}/1000-0")]);
}
