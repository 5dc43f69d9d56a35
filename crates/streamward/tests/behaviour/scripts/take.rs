//! `take`: new entries are read as long as all processes together hold fewer than their limit.

use redis::Value;
use tokio::join;

use super::{GROUP, INBOX, LEASE, ORDERS, TestServer, holders};

/// Stream number, id, fields.
type Taken = (usize, String, Vec<String>);

/// Reads for `consumer` over the orders and the inbox.
async fn take(server: &TestServer, consumer: &str, limit: usize, count: usize) -> Vec<Taken> {
    let args = [GROUP, consumer, &limit.to_string(), &count.to_string()];
    let mut reply = server.call("take_slots", &[ORDERS, INBOX], &args).await;
    assert_eq!(reply.tag(), "TAKEN");
    let taken = reply.take::<Value>().expect("entries");
    redis::from_redis_value(taken).expect("number, id, fields")
}

/// Returns the number of slots that [`take`] gets.
async fn number(server: &TestServer, consumer: &str, limit: usize, count: usize) -> usize {
    take(server, consumer, limit, count).await.len()
}

/// A server with both streams and so many orders.
async fn server(orders: usize) -> TestServer {
    let server = TestServer::new().await;
    server.group(INBOX, GROUP).await;
    server.fill(ORDERS, orders).await;
    server
}

#[tokio::test]
async fn an_entry_comes_with_its_stream_and_its_fields_and_is_pending() {
    let server = server(1).await;
    let add = ["XADD", INBOX, "7-1", "b", "1", "a", "2", "b", "3"];
    server.command::<String>(&add).await;
    let taken = take(&server, "w", 10, 10).await;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let expected: [Taken; 2] = [
        (1, "1-0".to_owned(), words(&["type", "Order"])),
        (2, "7-1".to_owned(), words(&["b", "1", "a", "2", "b", "3"])),
    ];
    assert_eq!(taken, expected);
    assert_eq!(server.holders(ORDERS).await, holders(&[("1-0", "w", 1)]));
    assert_eq!(server.holders(INBOX).await, holders(&[("7-1", "w", 1)]));
}

#[tokio::test]
async fn with_nothing_new_there_is_nothing_to_take() {
    let server = server(2).await;
    assert_eq!(number(&server, "w", 10, 10).await, 2);
    assert_eq!(number(&server, "w", 10, 10).await, 0);
    assert_eq!(server.pending(ORDERS).await.len(), 2);
}

#[tokio::test]
async fn without_room_nothing_is_written() {
    let server = server(5).await;
    assert_eq!(number(&server, "a", 3, 10).await, 3);
    let before = server.dump().await;
    for (consumer, limit) in [("a", 3), ("b", 3), ("b", 1)] {
        assert_eq!(number(&server, consumer, limit, 10).await, 0);
    }
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn two_consumers_together_never_hold_more_than_the_limit() {
    let server = &server(200).await;
    let (limit, mut done) = (7, 0);
    for round in 1.. {
        join!(take(server, "a", limit, 5), take(server, "b", limit, 5));
        let pending = server.pending(ORDERS).await;
        assert!(pending.len() <= limit, "{pending:?}");
        if pending.is_empty() {
            break;
        }
        // The two finish at different times.
        let finished = pending.iter().take(1 + round % limit);
        for (id, ..) in finished {
            done += server.command::<usize>(&["XACK", ORDERS, GROUP, id]).await;
        }
    }
    assert_eq!(done, 200, "and the work gets done");
}

#[tokio::test]
async fn settled_entries_free_their_slots() {
    let server = server(10).await;
    assert_eq!(number(&server, "a", 4, 10).await, 4);
    server
        .command::<()>(&["XACK", ORDERS, GROUP, "1-0", "3-0"])
        .await;
    assert_eq!(number(&server, "b", 4, 10).await, 2);
}

#[tokio::test]
async fn parked_entries_do_not_count() {
    let server = server(6).await;
    assert_eq!(number(&server, "a", 2, 10).await, 2);
    for id in ["1-0", "2-0"] {
        server.give(ORDERS, id, "~retry", 1, LEASE).await;
    }
    assert_eq!(number(&server, "b", 2, 10).await, 2);
    assert_eq!(server.pending(ORDERS).await.len(), 4);
}

#[tokio::test]
async fn entries_of_a_dead_process_count_until_they_are_taken_over() {
    let server = server(4).await;
    assert_eq!(number(&server, "dead", 2, 10).await, 2);
    assert_eq!(number(&server, "heir", 2, 10).await, 0);
    let alive = "t:{0}:shipping:alive:dead";
    let args = [GROUP, "dead", &LEASE.to_string(), "100"];
    let reply = server
        .call("take_over_entries", &[ORDERS, alive], &args)
        .await;
    assert_eq!(reply.tag(), "TAKEN");
    assert_eq!(number(&server, "heir", 2, 10).await, 2);
}

#[tokio::test]
async fn the_limit_counts_all_streams_together() {
    let server = server(3).await;
    server.fill(INBOX, 10).await;
    let taken = take(&server, "w", 5, 10).await;
    let of = |stream| taken.iter().filter(|taken| taken.0 == stream).count();
    assert_eq!((of(1), of(2)), (3, 2));
    server.command::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    assert_eq!(number(&server, "w", 5, 10).await, 1);
}

#[tokio::test]
async fn a_full_read_of_128_fits_into_one_call() {
    let server = server(100).await;
    server.fill(INBOX, 100).await;
    assert_eq!(number(&server, "w", 1_000, 128).await, 128);
    assert_eq!(number(&server, "w", 1_000, 128).await, 72);
}

#[tokio::test]
async fn other_groups_have_their_own_limit() {
    let server = server(3).await;
    server.group(ORDERS, "billing").await;
    server.read(ORDERS, "billing", "w", 3).await;
    assert_eq!(number(&server, "w", 3, 10).await, 3);
}
