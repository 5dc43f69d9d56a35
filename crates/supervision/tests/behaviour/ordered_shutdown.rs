//! Reverse order, deadlines, and one end for every caller.

use std::time::Duration;

use supervision::{ChildSpec, Ended, NodeState, Shutdown, SupervisorSpec};
use tokio::time::Instant;

use crate::support::{Bench, Order, at, eventually};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn children_stop_in_reverse_order_across_levels() {
    let bench = Bench::default();
    let nested = SupervisorSpec::new("nested")
        .child(bench.actor("b"))
        .child(bench.actor("c"));
    let root = SupervisorSpec::new("root").child(bench.actor("a"));
    let root = root
        .child(ChildSpec::supervisor(nested))
        .child(bench.actor("d"));
    let tree = root.start().await.expect("starts");
    assert_eq!(
        bench.journal(),
        ["start a", "start b", "start c", "start d"]
    );
    let report = tree.shutdown().await;
    assert!(report.killed.is_empty() && report.abandoned.is_empty());
    let stops: Vec<_> = bench
        .journal()
        .into_iter()
        .filter(|l| l.starts_with("stop"))
        .collect();
    assert_eq!(stops, ["stop d", "stop c", "stop b", "stop a"]);
    assert_eq!(tree.ended().await, Ended::Stopped);
    assert_eq!(at(&tree, "nested/b").state, NodeState::Stopped);
}

#[tokio::test(start_paused = true)]
async fn drain_finishes_the_mailbox_and_stop_does_not() {
    let bench = Bench::default();
    let root = SupervisorSpec::new("root")
        .child(bench.actor("drains").shutdown(Shutdown::Drain(10 * SECOND)))
        .child(bench.actor("stops").shutdown(Shutdown::Stop(10 * SECOND)));
    let tree = root.start().await.expect("starts");
    // `stops` is asked first; `drains` is in its first job for longer than that takes.
    bench.tell("drains", Order::Work(3 * SECOND, "d1"));
    bench.tell("drains", Order::Work(3 * SECOND, "d2"));
    bench.tell("stops", Order::Work(SECOND, "s1"));
    bench.tell("stops", Order::Work(SECOND, "s2"));
    eventually("both work", || {
        bench.has("begin d1") && bench.has("begin s1")
    })
    .await;
    assert!(tree.shutdown().await.killed.is_empty());
    let journal = bench.journal();
    let done = |text: &str| journal.iter().any(|line| line == text);
    assert!(
        done("done d1") && done("done d2") && done("done s1"),
        "{journal:?}"
    );
    assert!(!done("begin s2"), "{journal:?}");
}

#[tokio::test(start_paused = true)]
async fn overdue_children_are_killed_and_named() {
    let bench = Bench::default();
    let nested = SupervisorSpec::new("nested")
        .child(bench.actor("slow").shutdown(Shutdown::Drain(2 * SECOND)))
        .child(bench.actor("quick").shutdown(Shutdown::Drain(2 * SECOND)));
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(nested));
    let tree = root.start().await.expect("starts");
    bench.tell("slow", Order::Work(3600 * SECOND, "long"));
    eventually("it works", || bench.has("begin long")).await;
    let asked = Instant::now();
    let report = tree.shutdown().await;
    assert_eq!(report.killed, ["nested/slow"]);
    assert!(
        (2 * SECOND..3 * SECOND).contains(&asked.elapsed()),
        "{:?}",
        asked.elapsed()
    );
    assert!(bench.has("gone slow") && !bench.has("done long"));
    assert_eq!(
        at(&tree, "nested/slow").last_exit.as_deref(),
        Some("killed")
    );
}

#[tokio::test(start_paused = true)]
async fn kill_needs_no_deadline_and_no_mention() {
    let bench = Bench::default();
    let child = bench.actor("a").shutdown(Shutdown::Kill);
    let tree = SupervisorSpec::new("root")
        .child(child)
        .start()
        .await
        .expect("starts");
    let asked = Instant::now();
    let report = tree.shutdown().await;
    assert!(report.killed.is_empty() && asked.elapsed() < SECOND);
    assert_eq!(bench.journal(), ["start a", "gone a"]);
}

#[tokio::test(start_paused = true)]
async fn all_callers_get_the_same_end() {
    let bench = Bench::default();
    let child = bench.actor("slow").shutdown(Shutdown::Drain(2 * SECOND));
    let tree = SupervisorSpec::new("root")
        .child(child)
        .start()
        .await
        .expect("starts");
    bench.tell("slow", Order::Work(3600 * SECOND, "long"));
    eventually("it works", || bench.has("begin long")).await;
    let (one, two) = tokio::join!(tree.shutdown(), tree.shutdown());
    assert_eq!(one.killed, ["slow"]);
    assert_eq!(one, two);
    assert_eq!(tree.shutdown().await, one);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_blocks_its_thread_is_waited_for_after_the_kill() {
    let bench = Bench::default();
    let child = bench
        .actor("busy")
        .shutdown(Shutdown::Stop(10 * SECOND / 1000));
    let tree = SupervisorSpec::new("root")
        .child(child)
        .start()
        .await
        .expect("starts");
    bench.tell("busy", Order::Block(SECOND));
    eventually("it blocks", || bench.has("block busy")).await;
    let report = tree.shutdown().await;
    assert_eq!(report.killed, ["busy"]);
    assert!(bench.has("gone busy"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_cannot_even_be_killed_is_abandoned_and_named() {
    let bench = Bench::default();
    let child = bench.actor("stuck").shutdown(Shutdown::Stop(SECOND / 100));
    let nested = SupervisorSpec::new("nested").child(child);
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(nested));
    let tree = root.start().await.expect("starts");
    bench.tell("stuck", Order::Block(6 * SECOND));
    eventually("it blocks", || bench.has("block stuck")).await;
    let report = tree.shutdown().await;
    assert_eq!(
        (report.killed, report.abandoned),
        (
            vec!["nested/stuck".to_owned()],
            vec!["nested/stuck".to_owned()]
        )
    );
    assert!(!bench.has("gone stuck"));
    assert_eq!(tree.ended().await, Ended::Stopped);
}
