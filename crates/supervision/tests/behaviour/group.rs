//! Like actors that are stopped together and restarted alone.

use std::time::Duration;

use supervision::{Fault, Shutdown, Strategy, SupervisorSpec, Tree};
use tokio::time::Instant;

use crate::support::{Bench, Order, eventually, until_restarted};

const SECOND: Duration = Duration::from_secs(1);

async fn start(bench: &Bench, drain: Duration) -> Tree {
    SupervisorSpec::new("root")
        .strategy(Strategy::OneForAll)
        .child(bench.actor("reader"))
        .child(bench.group("worker", 3).shutdown(Shutdown::Drain(drain)))
        .start()
        .await
        .expect("starts")
}

async fn occupy(bench: &Bench, time: Duration) {
    for (name, job) in [("worker-0", "j0"), ("worker-1", "j1"), ("worker-2", "j2")] {
        bench.tell(name, Order::Work(time, job));
        eventually("it works", || bench.has(&format!("begin {job}"))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn members_start_in_order_and_drain_at_the_same_time() {
    let bench = Bench::default();
    let tree = start(&bench, 60 * SECOND).await;
    let started = [
        "start reader",
        "start worker-0",
        "start worker-1",
        "start worker-2",
    ];
    assert_eq!(bench.journal(), started);
    occupy(&bench, 20 * SECOND).await;
    let asked = Instant::now();
    assert!(tree.shutdown().await.killed.is_empty());
    assert!(
        asked.elapsed() < 21 * SECOND,
        "one after the other: {:?}",
        asked.elapsed()
    );
    let journal = bench.journal();
    assert_eq!(
        journal.last().map(String::as_str),
        Some("gone reader"),
        "{journal:?}"
    );
    assert!(journal.iter().any(|line| line == "done j0"));
}

#[tokio::test(start_paused = true)]
async fn members_share_one_deadline() {
    let bench = Bench::default();
    let tree = start(&bench, 5 * SECOND).await;
    occupy(&bench, 3600 * SECOND).await;
    let asked = Instant::now();
    let mut killed = tree.shutdown().await.killed;
    killed.sort();
    assert_eq!(killed, ["worker-0", "worker-1", "worker-2"]);
    assert!(
        asked.elapsed() < 6 * SECOND,
        "one after the other: {:?}",
        asked.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_member_is_restarted_alone() {
    let bench = Bench::default();
    let tree = start(&bench, SECOND).await;
    bench.journal();
    tree.crash("worker-1", Fault::Panic).expect("it runs");
    until_restarted(&tree, "worker-1", 1).await;
    assert_eq!(bench.journal(), ["gone worker-1", "start worker-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_sibling_takes_all_members_along() {
    let bench = Bench::default();
    let tree = start(&bench, SECOND).await;
    tree.crash("reader", Fault::Panic).expect("it runs");
    until_restarted(&tree, "worker-2", 1).await;
    let restarts: Vec<_> = tree
        .snapshot()
        .children
        .iter()
        .map(|child| child.restarts)
        .collect();
    assert_eq!(restarts, [1, 1, 1, 1]);
}
