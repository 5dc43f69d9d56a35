//! `take`: new entries are read as long as all processes together hold fewer than their limit.

use redis::Value;
use tokio::join;

use super::{Bench, GROUP, INBOX, LEASE, ORDERS, holders};

/// Stream number, id, fields.
type Taken = (usize, String, Vec<String>);

/// Reads for `consumer` over the orders and the inbox.
async fn take(bench: &Bench, consumer: &str, limit: usize, count: usize) -> Vec<Taken> {
    let args = [GROUP, consumer, &limit.to_string(), &count.to_string()];
    let mut reply = bench.call("take_slots", &[ORDERS, INBOX], &args).await;
    assert_eq!(reply.tag(), "TAKEN");
    let taken = reply.take::<Value>().expect("entries");
    redis::from_redis_value(taken).expect("number, id, fields")
}

/// How many [`take`] gets.
async fn number(bench: &Bench, consumer: &str, limit: usize, count: usize) -> usize {
    take(bench, consumer, limit, count).await.len()
}

/// A bench with both streams and so many orders.
async fn bench(orders: usize) -> Bench {
    let bench = Bench::new().await;
    bench.group(INBOX, GROUP).await;
    bench.fill(ORDERS, orders).await;
    bench
}

#[tokio::test]
async fn an_entry_comes_with_its_stream_and_its_fields_and_is_pending() {
    let bench = bench(1).await;
    let add = ["XADD", INBOX, "7-1", "b", "1", "a", "2", "b", "3"];
    bench.ask::<String>(&add).await;
    let taken = take(&bench, "w", 10, 10).await;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let expected: [Taken; 2] = [
        (1, "1-0".to_owned(), words(&["type", "Order"])),
        (2, "7-1".to_owned(), words(&["b", "1", "a", "2", "b", "3"])),
    ];
    assert_eq!(taken, expected);
    assert_eq!(bench.holders(ORDERS).await, holders(&[("1-0", "w", 1)]));
    assert_eq!(bench.holders(INBOX).await, holders(&[("7-1", "w", 1)]));
}

#[tokio::test]
async fn with_nothing_new_there_is_nothing_to_take() {
    let bench = bench(2).await;
    assert_eq!(number(&bench, "w", 10, 10).await, 2);
    assert_eq!(number(&bench, "w", 10, 10).await, 0);
    assert_eq!(bench.pending(ORDERS).await.len(), 2);
}

#[tokio::test]
async fn without_room_nothing_is_written() {
    let bench = bench(5).await;
    assert_eq!(number(&bench, "a", 3, 10).await, 3);
    let before = bench.dump().await;
    for (consumer, limit) in [("a", 3), ("b", 3), ("b", 1)] {
        assert_eq!(number(&bench, consumer, limit, 10).await, 0);
    }
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn two_consumers_together_never_hold_more_than_the_limit() {
    let bench = &bench(200).await;
    let (limit, mut done) = (7, 0);
    for round in 1.. {
        join!(take(bench, "a", limit, 5), take(bench, "b", limit, 5));
        let pending = bench.pending(ORDERS).await;
        assert!(pending.len() <= limit, "{pending:?}");
        if pending.is_empty() {
            break;
        }
        // The two finish at different times.
        let finished = pending.iter().take(1 + round % limit);
        for (id, ..) in finished {
            done += bench.ask::<usize>(&["XACK", ORDERS, GROUP, id]).await;
        }
    }
    assert_eq!(done, 200, "and the work gets done");
}

#[tokio::test]
async fn what_is_settled_makes_room_for_as_much() {
    let bench = bench(10).await;
    assert_eq!(number(&bench, "a", 4, 10).await, 4);
    bench
        .ask::<()>(&["XACK", ORDERS, GROUP, "1-0", "3-0"])
        .await;
    assert_eq!(number(&bench, "b", 4, 10).await, 2);
}

#[tokio::test]
async fn parked_entries_do_not_count() {
    let bench = bench(6).await;
    assert_eq!(number(&bench, "a", 2, 10).await, 2);
    for id in ["1-0", "2-0"] {
        bench.give(ORDERS, id, "~retry", 1, LEASE).await;
    }
    assert_eq!(number(&bench, "b", 2, 10).await, 2);
    assert_eq!(bench.pending(ORDERS).await.len(), 4);
}

#[tokio::test]
async fn what_a_dead_process_holds_counts_until_it_is_taken_over() {
    let bench = bench(4).await;
    assert_eq!(number(&bench, "dead", 2, 10).await, 2);
    assert_eq!(number(&bench, "heir", 2, 10).await, 0);
    let alive = "t:{0}:shipping:alive:dead";
    let args = [GROUP, "dead", &LEASE.to_string(), "100"];
    let reply = bench
        .call("take_over_entries", &[ORDERS, alive], &args)
        .await;
    assert_eq!(reply.tag(), "TAKEN");
    assert_eq!(number(&bench, "heir", 2, 10).await, 2);
}

#[tokio::test]
async fn the_limit_counts_all_streams_together() {
    let bench = bench(3).await;
    bench.fill(INBOX, 10).await;
    let taken = take(&bench, "w", 5, 10).await;
    let of = |stream| taken.iter().filter(|taken| taken.0 == stream).count();
    assert_eq!((of(1), of(2)), (3, 2));
    bench.ask::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    assert_eq!(number(&bench, "w", 5, 10).await, 1);
}

#[tokio::test]
async fn a_full_read_of_128_fits_into_one_call() {
    let bench = bench(100).await;
    bench.fill(INBOX, 100).await;
    assert_eq!(number(&bench, "w", 1_000, 128).await, 128);
    assert_eq!(number(&bench, "w", 1_000, 128).await, 72);
}

#[tokio::test]
async fn other_groups_have_their_own_limit() {
    let bench = bench(3).await;
    bench.group(ORDERS, "billing").await;
    bench.read(ORDERS, "billing", "w", 3).await;
    assert_eq!(number(&bench, "w", 3, 10).await, 3);
}
