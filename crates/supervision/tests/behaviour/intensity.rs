//! Too many restarts escalate to the parent.

use std::time::Duration;

use supervision::{ChildSpec, CrashError, Ended, Fault, Intensity, NodeState, SupervisorSpec};

use crate::harness::{Harness, at, eventually, steady, until_restarted};

fn twice() -> Intensity {
    Intensity {
        max_restarts: 2,
        within: Duration::from_secs(10),
    }
}

#[tokio::test(start_paused = true)]
async fn the_root_gives_up_and_stops_its_children_in_reverse() {
    let harness = Harness::default();
    let spec = SupervisorSpec::new("root")
        .intensity(twice())
        .backoff(steady());
    let spec = spec
        .child(harness.actor("a"))
        .child(harness.actor("b"))
        .child(harness.actor("c"));
    let tree = spec.start().await.expect("starts");
    for restarts in 1..=2 {
        tree.crash("b", Fault::Panic).expect("b runs");
        until_restarted(&tree, "b", restarts).await;
    }
    harness.take_log();
    tree.crash("b", Fault::Panic).expect("b runs");
    let reason = "more than 2 restarts within 10s, last b: simulated fault: panic".to_owned();
    assert_eq!(
        tree.ended().await,
        Ended::Failed {
            reason: reason.clone()
        }
    );
    assert_eq!(
        harness.take_log(),
        ["gone b", "stop c", "gone c", "stop a", "gone a"]
    );
    let root = tree.snapshot();
    assert_eq!(
        (root.state, root.last_exit),
        (NodeState::Failed, Some(reason))
    );
    assert!(matches!(
        tree.crash("b", Fault::Kill),
        Err(CrashError::NotRunning { .. })
    ));
    assert!(tree.shutdown().await.killed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_parent_restarts_a_supervisor_that_gave_up() {
    let harness = Harness::default();
    let nested = SupervisorSpec::new("nested")
        .intensity(twice())
        .backoff(steady());
    let nested = nested.child(harness.actor("a"));
    let root = SupervisorSpec::new("root")
        .intensity(twice())
        .backoff(steady());
    let tree = root
        .child(ChildSpec::supervisor(nested))
        .start()
        .await
        .expect("starts");
    for restarts in 1..=2 {
        tree.crash("nested/a", Fault::Kill).expect("a runs");
        until_restarted(&tree, "nested/a", restarts).await;
    }
    tree.crash("nested/a", Fault::Kill).expect("a runs");
    until_restarted(&tree, "nested", 1).await;
    let last_exit = at(&tree, "nested").last_exit.expect("it gave up");
    assert_eq!(last_exit, "more than 2 restarts within 10s, last a: killed");
    assert_eq!(at(&tree, "nested/a").state, NodeState::Running);
    // The new run of the supervisor starts with a restart count of zero.
    tree.crash("nested/a", Fault::Kill).expect("a runs");
    until_restarted(&tree, "nested/a", 3).await;
    assert_eq!(at(&tree, "nested").restarts, 1);
}

#[tokio::test(start_paused = true)]
async fn restarts_outside_the_window_do_not_count() {
    let harness = Harness::default();
    let spec = SupervisorSpec::new("root")
        .intensity(twice())
        .backoff(steady());
    let tree = spec
        .child(harness.actor("a"))
        .start()
        .await
        .expect("starts");
    for restarts in 1..=6 {
        tree.crash("a", Fault::Kill).expect("a runs");
        until_restarted(&tree, "a", restarts).await;
        tokio::time::advance(Duration::from_secs(6)).await;
    }
    assert_eq!(tree.snapshot().state, NodeState::Running);
}

#[tokio::test(start_paused = true)]
async fn a_failed_restart_counts_as_a_crash() {
    let harness = Harness::default();
    let spec = SupervisorSpec::new("root")
        .intensity(twice())
        .backoff(steady());
    let tree = spec
        .child(harness.actor("a"))
        .start()
        .await
        .expect("starts");
    harness.fail_start("a");
    tree.crash("a", Fault::Kill).expect("a runs");
    let reason = "more than 2 restarts within 10s, last a: no luck".to_owned();
    assert_eq!(tree.ended().await, Ended::Failed { reason });
    assert_eq!(
        harness.take_log(),
        ["start a", "gone a", "failed a", "failed a"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_restart_is_retried() {
    let harness = Harness::default();
    let spec = SupervisorSpec::new("root").backoff(steady());
    let tree = spec
        .child(harness.actor("a"))
        .start()
        .await
        .expect("starts");
    harness.fail_start("a");
    tree.crash("a", Fault::Kill).expect("a runs");
    eventually("a restart failed", || harness.has("failed a")).await;
    harness.allow_start("a");
    until_restarted(&tree, "a", 2).await;
}
