//! `reclaim`: entries whose idle time has passed the lease get a new owner.

use redis::Value;

use super::{ATTEMPTS, GROUP, INBOX, LEASE, ORDERS, TestServer};

/// Stream number, id, fields, deliveries, history.
type Claim = (usize, String, Vec<String>, u64, String);

/// Cursors, claimed, lost.
type Reclaimed = (Vec<String>, Vec<Claim>, Vec<(usize, String)>);

/// Claims for `me` over the orders and the inbox.
async fn reclaim(server: &TestServer, count: usize, cursors: [&str; 2]) -> Reclaimed {
    reclaim_up_to(server, 0, count, cursors).await
}

/// [`reclaim`] under a limit over all processes.
async fn reclaim_up_to(
    server: &TestServer,
    limit: usize,
    count: usize,
    cursors: [&str; 2],
) -> Reclaimed {
    let [lease, count, limit] = [LEASE.to_string(), count.to_string(), limit.to_string()];
    let args = [GROUP, "me", &lease, &count, &limit, cursors[0], cursors[1]];
    let keys = [ATTEMPTS, ORDERS, INBOX];
    let mut reply = server.call("reclaim_entries", &keys, &args).await;
    assert_eq!(reply.tag(), "CLAIMED");
    let mut next = || reply.take::<Value>().expect("four parts");
    let (cursors, claims, lost) = (next(), next(), next());
    (
        redis::from_redis_value(cursors).expect("cursors"),
        redis::from_redis_value(claims).expect("claims"),
        redis::from_redis_value(lost).expect("lost entries"),
    )
}

/// Lets `count` new entries of `stream` be read by a consumer that stopped caring a lease ago.
async fn leave_behind(server: &TestServer, stream: &str, count: usize) {
    server.fill(stream, count).await;
    server.read(stream, GROUP, "gone", count).await;
    let lease = LEASE.to_string();
    let mut words = vec!["XCLAIM".to_owned(), stream.to_owned(), GROUP.to_owned()];
    words.extend(["gone", "0"].map(str::to_owned));
    words.extend((1..=count).map(|n| format!("{n}-0")));
    words.extend(["IDLE", &lease, "JUSTID"].map(str::to_owned));
    server.command::<Value>(words).await;
}

async fn server() -> TestServer {
    let server = TestServer::new().await;
    server.group(INBOX, GROUP).await;
    server
}

#[tokio::test]
async fn a_due_entry_comes_with_its_fields_its_count_and_its_history() {
    let server = server().await;
    leave_behind(&server, ORDERS, 1).await;
    let field = format!("{ORDERS}/1-0");
    server
        .command::<()>(&["HSET", ATTEMPTS, &field, "[1]"])
        .await;
    let (_, claims, lost) = reclaim(&server, 10, ["0-0"; 2]).await;
    let fields = ["type", "Order"].map(str::to_owned).to_vec();
    let expected = (1, "1-0".to_owned(), fields, 2, "[1]".to_owned());
    assert_eq!((claims, lost), (vec![expected], vec![]));
    let (_, holder, idle, deliveries) = server.pending(ORDERS).await.remove(0);
    assert_eq!((holder.as_str(), deliveries), ("me", 2));
    assert!(idle < LEASE);
}

#[tokio::test]
async fn entries_that_are_not_due_are_left() {
    let server = server().await;
    server.deliver("busy").await;
    let before = server.dump().await;
    let (cursors, claims, lost) = reclaim(&server, 10, ["0-0"; 2]).await;
    assert_eq!(cursors, ["0-0", "0-0"]);
    assert!(claims.is_empty() && lost.is_empty());
    assert_eq!(server.pending(ORDERS).await[0].1, "busy");
    let deliveries = server.pending(ORDERS).await[0].3;
    assert_eq!(deliveries, 1);
    // Asking registers the asker as a consumer, and that is all.
    assert_eq!(server.dump().await.len(), before.len());
}

#[tokio::test]
async fn the_count_bounds_all_streams_together() {
    let server = server().await;
    leave_behind(&server, ORDERS, 8).await;
    leave_behind(&server, INBOX, 8).await;
    let (_, claims, _) = reclaim(&server, 10, ["0-0"; 2]).await;
    let of = |stream| claims.iter().filter(|claim| claim.0 == stream).count();
    assert_eq!((of(1), of(2)), (8, 2));
}

#[tokio::test]
async fn the_cursor_continues_and_no_entry_is_claimed_twice() {
    let server = server().await;
    leave_behind(&server, ORDERS, 45).await;
    let (mut cursor, mut seen) = ("0-0".to_owned(), Vec::new());
    for expected in [10, 10, 10, 10, 5] {
        let (cursors, claims, _) = reclaim(&server, 10, [&cursor, "0-0"]).await;
        assert_eq!(claims.len(), expected);
        seen.extend(claims.into_iter().map(|claim| claim.1));
        cursor.clone_from(&cursors[0]);
    }
    assert_eq!(cursor, "0-0", "the sweep is complete");
    let all: Vec<String> = (1..=45).map(|n| format!("{n}-0")).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn entries_deleted_while_pending_are_reported_as_lost() {
    let server = server().await;
    leave_behind(&server, INBOX, 3).await;
    server.command::<()>(&["XDEL", INBOX, "2-0"]).await;
    let (_, claims, lost) = reclaim(&server, 10, ["0-0"; 2]).await;
    let ids: Vec<&str> = claims.iter().map(|claim| claim.1.as_str()).collect();
    assert_eq!(ids, ["1-0", "3-0"]);
    assert_eq!(lost, [(2, "2-0".to_owned())]);
    assert_eq!(server.pending(INBOX).await.len(), 2);
}

#[tokio::test]
async fn a_due_entry_behind_many_that_wait_is_found() {
    let server = server().await;
    server.fill(ORDERS, 305).await;
    server.read(ORDERS, GROUP, "busy", 305).await;
    let lease = LEASE.to_string();
    let due = [
        "XCLAIM", ORDERS, GROUP, "gone", "0", "303-0", "IDLE", &lease,
    ];
    server.command::<Value>(&due).await;
    let (mut cursor, mut found) = ("0-0".to_owned(), Vec::new());
    // One pass looks at ten entries for each it may claim.
    for _ in 0..4 {
        let (cursors, claims, _) = reclaim(&server, 10, [&cursor, "0-0"]).await;
        found.extend(claims.into_iter().map(|claim| claim.1));
        cursor.clone_from(&cursors[0]);
    }
    assert_eq!(found, ["303-0"]);
}

#[tokio::test]
async fn a_limit_over_all_processes_counts_the_entries_they_hold() {
    let server = server().await;
    server.fill(INBOX, 3).await;
    server.read(INBOX, GROUP, "busy", 3).await;
    server.fill(ORDERS, 5).await;
    server.read(ORDERS, GROUP, "gone", 5).await;
    for n in 1..=5 {
        // Parked entries are due and do not count.
        let id = format!("{n}-0");
        server.give(ORDERS, &id, "~retry", 1, LEASE).await;
    }
    let (_, claims, _) = reclaim_up_to(&server, 5, 10, ["0-0"; 2]).await;
    assert_eq!(claims.len(), 2, "three are in flight");
    let (_, claims, _) = reclaim_up_to(&server, 6, 10, ["0-0"; 2]).await;
    assert_eq!(claims.len(), 1, "five are in flight");
}

#[tokio::test]
async fn at_the_limit_nothing_is_written_and_the_cursors_stay() {
    let server = server().await;
    server.fill(ORDERS, 4).await;
    server.read(ORDERS, GROUP, "busy", 4).await;
    server.give(ORDERS, "1-0", "~retry", 1, LEASE).await;
    let before = server.dump().await;
    for limit in [2, 3] {
        let (cursors, claims, lost) = reclaim_up_to(&server, limit, 10, ["3-0", "7-0"]).await;
        assert_eq!(cursors, ["3-0", "7-0"]);
        assert!(claims.is_empty() && lost.is_empty());
    }
    assert_eq!(server.dump().await, before);
}
