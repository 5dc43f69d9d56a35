//! `ensure`: a group exists, and one that was lost goes on where it was.

use super::{Bench, CHECKPOINTS, GROUP, ORDERS, holders};

/// The tag, and where the group starts.
async fn ensure(bench: &Bench, stream: &str) -> (String, Option<String>) {
    let mut reply = bench
        .call("ensure_group", &[stream, CHECKPOINTS], GROUP)
        .await;
    let start = (reply.tag() == "CREATED").then(|| reply.take().expect("an id"));
    (reply.tag().to_owned(), start)
}

fn created(start: &str) -> (String, Option<String>) {
    ("CREATED".to_owned(), Some(start.to_owned()))
}

async fn lose_group(bench: &Bench) {
    let lost: usize = bench.ask(&["XGROUP", "DESTROY", ORDERS, GROUP]).await;
    assert_eq!(lost, 1);
}

async fn note(bench: &Bench, id: &str) {
    bench.ask::<()>(&["HSET", CHECKPOINTS, ORDERS, id]).await;
}

/// What the group reads when it reads everything.
async fn unread(bench: &Bench) -> Vec<String> {
    bench.read(ORDERS, GROUP, "reader", 1_000).await;
    let pending = bench.pending(ORDERS).await;
    pending.into_iter().map(|(id, ..)| id).collect()
}

fn ids(numbers: std::ops::RangeInclusive<usize>) -> Vec<String> {
    numbers.map(|n| format!("{n}-0")).collect()
}

#[tokio::test]
async fn a_group_that_exists_is_left_as_it_is() {
    let bench = Bench::new().await;
    bench.fill(ORDERS, 3).await;
    bench.read(ORDERS, GROUP, "w", 2).await;
    // Not even a checkpoint moves it.
    note(&bench, "1-0").await;
    let before = bench.dump().await;
    assert_eq!(ensure(&bench, ORDERS).await, ("EXISTS".to_owned(), None));
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn a_missing_stream_is_created_with_the_group_at_the_beginning() {
    let bench = Bench::new().await;
    bench.ask::<()>(&["DEL", ORDERS]).await;
    note(&bench, "5-0").await;
    assert_eq!(ensure(&bench, ORDERS).await, created("0-0"));
    assert_eq!(bench.ids(ORDERS).await, Vec::<String>::new());
    bench.fill(ORDERS, 3).await;
    assert_eq!(unread(&bench).await, ids(1..=3));
}

#[tokio::test]
async fn a_new_group_starts_at_the_beginning_and_drops_nothing() {
    let bench = Bench::new().await;
    bench.fill(ORDERS, 3).await;
    lose_group(&bench).await;
    assert_eq!(ensure(&bench, ORDERS).await, created("0-0"));
    assert_eq!(unread(&bench).await, ids(1..=3));
}

#[tokio::test]
async fn a_second_call_finds_what_the_first_created() {
    let bench = Bench::new().await;
    lose_group(&bench).await;
    ensure(&bench, ORDERS).await;
    let before = bench.dump().await;
    assert_eq!(ensure(&bench, ORDERS).await, ("EXISTS".to_owned(), None));
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn a_lost_group_gets_exactly_what_it_had_not_settled() {
    let bench = Bench::new().await;
    bench.fill(ORDERS, 10).await;
    bench.read(ORDERS, GROUP, "w", 6).await;
    let ack = ["XACK", ORDERS, GROUP, "1-0", "2-0", "3-0"];
    bench.ask::<()>(&ack).await;
    // 4 to 6 are pending, 7 to 10 unread.
    bench
        .call("save_checkpoint", &[ORDERS, CHECKPOINTS], GROUP)
        .await;
    lose_group(&bench).await;
    let start = created("3-18446744073709551615");
    assert_eq!(ensure(&bench, ORDERS).await, start);
    assert_eq!(unread(&bench).await, ids(4..=10));
}

#[tokio::test]
async fn a_lost_group_that_had_settled_everything_gets_only_what_is_new() {
    let bench = Bench::new().await;
    bench.fill(ORDERS, 3).await;
    note(&bench, "3-0").await;
    lose_group(&bench).await;
    // The checkpoint is the last id of the stream, and no further.
    assert_eq!(ensure(&bench, ORDERS).await, created("3-0"));
    assert_eq!(unread(&bench).await, Vec::<String>::new());
    let add = ["XADD", ORDERS, "4-0", "type", "Order"];
    bench.ask::<String>(&add).await;
    assert_eq!(unread(&bench).await, ids(4..=4));
}

#[tokio::test]
async fn a_checkpoint_holds_although_what_it_points_at_was_trimmed() {
    let bench = Bench::new().await;
    bench.fill(ORDERS, 3).await;
    bench.ask::<()>(&["XTRIM", ORDERS, "MAXLEN", "0"]).await;
    note(&bench, "2-0").await;
    lose_group(&bench).await;
    assert_eq!(ensure(&bench, ORDERS).await, created("2-0"));
}

#[tokio::test]
async fn a_checkpoint_beyond_the_end_belongs_to_another_stream() {
    for beyond in ["4-0", "3-1", "1767225600123-0"] {
        let bench = Bench::new().await;
        bench.fill(ORDERS, 3).await;
        note(&bench, beyond).await;
        lose_group(&bench).await;
        assert_eq!(ensure(&bench, ORDERS).await, created("0-0"), "{beyond}");
        assert_eq!(unread(&bench).await, ids(1..=3), "{beyond}");
    }
}

#[tokio::test]
async fn ids_are_compared_as_numbers() {
    let bench = Bench::new().await;
    bench.fill(ORDERS, 10).await;
    // As text "9-0" would be beyond "10-0".
    note(&bench, "9-0").await;
    lose_group(&bench).await;
    assert_eq!(ensure(&bench, ORDERS).await, created("9-0"));
    assert_eq!(unread(&bench).await, ids(10..=10));
}

#[tokio::test]
async fn other_groups_of_the_stream_are_neither_taken_for_it_nor_touched() {
    let bench = Bench::new().await;
    bench.group(ORDERS, "shipping2").await;
    bench.fill(ORDERS, 2).await;
    bench.read(ORDERS, "shipping2", "w", 1).await;
    lose_group(&bench).await;
    assert_eq!(ensure(&bench, ORDERS).await, created("0-0"));
    let theirs: Vec<(String, String, u64, u64)> = bench
        .ask(&["XPENDING", ORDERS, "shipping2", "-", "+", "10"])
        .await;
    assert_eq!(theirs.len(), 1);
    assert_eq!(bench.holders(ORDERS).await, holders(&[]));
}
