//! Groups: identical actors that stop together and restart alone.

use std::time::Duration;

use supervision::{Fault, Shutdown, Strategy, SupervisorSpec, Tree};
use tokio::time::Instant;

use crate::harness::{Command, Harness, eventually, until_restarted};

const SECOND: Duration = Duration::from_secs(1);

async fn start(harness: &Harness, drain: Duration) -> Tree {
    SupervisorSpec::new("root")
        .strategy(Strategy::OneForAll)
        .child(harness.actor("reader"))
        .child(harness.group("worker", 3).shutdown(Shutdown::Drain(drain)))
        .start()
        .await
        .expect("starts")
}

async fn start_work(harness: &Harness, time: Duration) {
    for (name, job) in [("worker-0", "j0"), ("worker-1", "j1"), ("worker-2", "j2")] {
        harness.send(name, Command::Work(time, job));
        eventually("it works", || harness.has(&format!("begin {job}"))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn members_start_in_order_and_drain_concurrently() {
    let harness = Harness::default();
    let tree = start(&harness, 60 * SECOND).await;
    let started = [
        "start reader",
        "start worker-0",
        "start worker-1",
        "start worker-2",
    ];
    assert_eq!(harness.take_log(), started);
    start_work(&harness, 20 * SECOND).await;
    let begun = Instant::now();
    assert!(tree.shutdown().await.killed.is_empty());
    assert!(
        begun.elapsed() < 21 * SECOND,
        "one after the other: {:?}",
        begun.elapsed()
    );
    let lines = harness.take_log();
    assert_eq!(
        lines.last().map(String::as_str),
        Some("gone reader"),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line == "done j0"));
}

#[tokio::test(start_paused = true)]
async fn members_share_one_deadline() {
    let harness = Harness::default();
    let tree = start(&harness, 5 * SECOND).await;
    start_work(&harness, 3600 * SECOND).await;
    let begun = Instant::now();
    let mut killed = tree.shutdown().await.killed;
    killed.sort();
    assert_eq!(killed, ["worker-0", "worker-1", "worker-2"]);
    assert!(
        begun.elapsed() < 6 * SECOND,
        "one after the other: {:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_member_is_restarted_alone() {
    let harness = Harness::default();
    let tree = start(&harness, SECOND).await;
    harness.take_log();
    tree.crash("worker-1", Fault::Panic).expect("it runs");
    until_restarted(&tree, "worker-1", 1).await;
    assert_eq!(harness.take_log(), ["gone worker-1", "start worker-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_siblings_restart_includes_all_members() {
    let harness = Harness::default();
    let tree = start(&harness, SECOND).await;
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
