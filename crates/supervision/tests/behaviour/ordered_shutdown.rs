//! Shutdown: reverse order, deadlines, and the same report for every caller.

use std::time::Duration;

use supervision::{ChildSpec, Ended, NodeState, Shutdown, SupervisorSpec};
use tokio::time::Instant;

use crate::harness::{Command, Harness, at, eventually};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn children_stop_in_reverse_order_across_levels() {
    let harness = Harness::default();
    let nested = SupervisorSpec::new("nested")
        .child(harness.actor("b"))
        .child(harness.actor("c"));
    let root = SupervisorSpec::new("root").child(harness.actor("a"));
    let root = root
        .child(ChildSpec::supervisor(nested))
        .child(harness.actor("d"));
    let tree = root.start().await.expect("starts");
    assert_eq!(
        harness.take_log(),
        ["start a", "start b", "start c", "start d"]
    );
    let report = tree.shutdown().await;
    assert!(report.killed.is_empty() && report.abandoned.is_empty());
    let stops: Vec<_> = harness
        .take_log()
        .into_iter()
        .filter(|l| l.starts_with("stop"))
        .collect();
    assert_eq!(stops, ["stop d", "stop c", "stop b", "stop a"]);
    assert_eq!(tree.ended().await, Ended::Stopped);
    assert_eq!(at(&tree, "nested/b").state, NodeState::Stopped);
}

#[tokio::test(start_paused = true)]
async fn drain_finishes_the_mailbox_and_stop_does_not() {
    let harness = Harness::default();
    let root = SupervisorSpec::new("root")
        .child(
            harness
                .actor("drains")
                .shutdown(Shutdown::Drain(10 * SECOND)),
        )
        .child(harness.actor("stops").shutdown(Shutdown::Stop(10 * SECOND)));
    let tree = root.start().await.expect("starts");
    // `stops` receives its stop request first; `drains` is in its first job for longer than that takes.
    harness.send("drains", Command::Work(3 * SECOND, "d1"));
    harness.send("drains", Command::Work(3 * SECOND, "d2"));
    harness.send("stops", Command::Work(SECOND, "s1"));
    harness.send("stops", Command::Work(SECOND, "s2"));
    eventually("both work", || {
        harness.has("begin d1") && harness.has("begin s1")
    })
    .await;
    assert!(tree.shutdown().await.killed.is_empty());
    let lines = harness.take_log();
    let done = |text: &str| lines.iter().any(|line| line == text);
    assert!(
        done("done d1") && done("done d2") && done("done s1"),
        "{lines:?}"
    );
    assert!(!done("begin s2"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn children_past_their_deadline_are_killed_and_reported() {
    let harness = Harness::default();
    let nested = SupervisorSpec::new("nested")
        .child(harness.actor("slow").shutdown(Shutdown::Drain(2 * SECOND)))
        .child(harness.actor("quick").shutdown(Shutdown::Drain(2 * SECOND)));
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(nested));
    let tree = root.start().await.expect("starts");
    harness.send("slow", Command::Work(3600 * SECOND, "long"));
    eventually("it works", || harness.has("begin long")).await;
    let begun = Instant::now();
    let report = tree.shutdown().await;
    assert_eq!(report.killed, ["nested/slow"]);
    assert!(
        (2 * SECOND..3 * SECOND).contains(&begun.elapsed()),
        "{:?}",
        begun.elapsed()
    );
    assert!(harness.has("gone slow") && !harness.has("done long"));
    assert_eq!(
        at(&tree, "nested/slow").last_exit.as_deref(),
        Some("killed")
    );
}

#[tokio::test(start_paused = true)]
async fn a_requested_kill_is_immediate_and_not_reported() {
    let harness = Harness::default();
    let child = harness.actor("a").shutdown(Shutdown::Kill);
    let tree = SupervisorSpec::new("root")
        .child(child)
        .start()
        .await
        .expect("starts");
    let begun = Instant::now();
    let report = tree.shutdown().await;
    assert!(report.killed.is_empty() && begun.elapsed() < SECOND);
    assert_eq!(harness.take_log(), ["start a", "gone a"]);
}

#[tokio::test(start_paused = true)]
async fn all_callers_get_the_same_report() {
    let harness = Harness::default();
    let child = harness.actor("slow").shutdown(Shutdown::Drain(2 * SECOND));
    let tree = SupervisorSpec::new("root")
        .child(child)
        .start()
        .await
        .expect("starts");
    harness.send("slow", Command::Work(3600 * SECOND, "long"));
    eventually("it works", || harness.has("begin long")).await;
    let (one, two) = tokio::join!(tree.shutdown(), tree.shutdown());
    assert_eq!(one.killed, ["slow"]);
    assert_eq!(one, two);
    assert_eq!(tree.shutdown().await, one);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_child_that_blocks_its_thread_is_awaited() {
    let harness = Harness::default();
    let child = harness
        .actor("busy")
        .shutdown(Shutdown::Stop(10 * SECOND / 1000));
    let tree = SupervisorSpec::new("root")
        .child(child)
        .start()
        .await
        .expect("starts");
    harness.send("busy", Command::Block(SECOND));
    eventually("it blocks", || harness.has("block busy")).await;
    let report = tree.shutdown().await;
    assert_eq!(report.killed, ["busy"]);
    assert!(harness.has("gone busy"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_survives_its_kill_is_abandoned_and_reported() {
    let harness = Harness::default();
    let child = harness
        .actor("stuck")
        .shutdown(Shutdown::Stop(SECOND / 100));
    let nested = SupervisorSpec::new("nested").child(child);
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(nested));
    let tree = root.start().await.expect("starts");
    harness.send("stuck", Command::Block(6 * SECOND));
    eventually("it blocks", || harness.has("block stuck")).await;
    let report = tree.shutdown().await;
    assert_eq!(
        (report.killed, report.abandoned),
        (
            vec!["nested/stuck".to_owned()],
            vec!["nested/stuck".to_owned()]
        )
    );
    assert!(!harness.has("gone stuck"));
    assert_eq!(tree.ended().await, Ended::Stopped);
}
