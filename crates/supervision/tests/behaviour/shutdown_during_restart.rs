//! A shutdown cancels every restart.

use std::time::Duration;

use supervision::{
    ChildSpec, Ended, Fault, NodeState, Shutdown, StartError, Strategy, SupervisorSpec,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::harness::{Command, Harness, eventually, steady, until_state};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_child_in_backoff_does_not_restart() {
    let harness = Harness::default();
    let spec = SupervisorSpec::new("root").backoff(steady());
    let tree = spec
        .child(harness.actor("a"))
        .child(harness.actor("b"))
        .start()
        .await
        .expect("starts");
    tree.crash("a", Fault::Panic).expect("it runs");
    until_state(&tree, "a", NodeState::Backoff).await;
    tree.shutdown().await;
    tokio::time::sleep(MINUTE).await;
    assert_eq!(
        harness.take_log(),
        ["start a", "start b", "gone a", "stop b", "gone b"]
    );
    assert_eq!(
        tree.snapshot().at("a").map(|a| a.state),
        Some(NodeState::Stopped)
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_hangs_in_its_start_does_not_delay_the_shutdown() {
    let harness = Harness::default();
    let spec = SupervisorSpec::new("root").backoff(steady());
    let tree = spec
        .child(harness.actor("a"))
        .start()
        .await
        .expect("starts");
    harness.hang_start("a");
    harness.take_log();
    tree.crash("a", Fault::Panic).expect("it runs");
    eventually("the restart hangs", || harness.has("start a")).await;
    let begun = Instant::now();
    timeout(MINUTE, tree.shutdown()).await.expect("it ends");
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(tree.ended().await, Ended::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_its_stopping_stage_is_cancelled() {
    let harness = Harness::default();
    let spec = SupervisorSpec::new("root")
        .strategy(Strategy::OneForAll)
        .backoff(steady());
    let slow = harness.actor("slow").shutdown(Shutdown::Drain(MINUTE));
    let tree = spec
        .child(slow)
        .child(harness.actor("b"))
        .start()
        .await
        .expect("starts");
    harness.send("slow", Command::Work(Duration::from_secs(5), "job"));
    eventually("it works", || harness.has("begin job")).await;
    tree.crash("b", Fault::Panic).expect("it runs");
    until_state(&tree, "slow", NodeState::Stopping).await;
    assert!(tree.shutdown().await.killed.is_empty());
    tokio::time::sleep(MINUTE).await;
    let expected = [
        "start slow",
        "start b",
        "begin job",
        "gone b",
        "done job",
        "stop slow",
        "gone slow",
    ];
    assert_eq!(harness.take_log(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_nested_supervisor_still_starting_is_stopped() {
    let harness = Harness::default();
    let pool = SupervisorSpec::new("pool");
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(pool));
    let tree = root.start().await.expect("starts");
    harness.hang_start("hangs");
    let nested = SupervisorSpec::new("nested")
        .child(harness.actor("a"))
        .child(harness.actor("hangs"));
    let mut starting = JoinSet::new();
    starting.spawn({
        let tree = tree.clone();
        async move {
            tree.start_child("pool", ChildSpec::supervisor(nested))
                .await
        }
    });
    eventually("it hangs", || harness.has("start hangs")).await;
    timeout(MINUTE, tree.shutdown()).await.expect("it ends");
    assert_eq!(
        harness.take_log(),
        ["start a", "start hangs", "stop a", "gone a"]
    );
    let interrupted = StartError::Interrupted {
        path: "pool".to_owned(),
    };
    assert_eq!(
        starting
            .join_next()
            .await
            .expect("spawned")
            .expect("joined"),
        Err(interrupted.into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_crash_during_the_shutdown_is_final() {
    let harness = Harness::default();
    let root = SupervisorSpec::new("root").child(harness.actor("a"));
    let root = root.child(harness.actor("slow").shutdown(Shutdown::Drain(MINUTE)));
    let tree = root.start().await.expect("starts");
    harness.send("slow", Command::Work(Duration::from_secs(5), "job"));
    eventually("it works", || harness.has("begin job")).await;
    let mut ending = JoinSet::new();
    ending.spawn({
        let tree = tree.clone();
        async move { tree.shutdown().await }
    });
    until_state(&tree, "slow", NodeState::Stopping).await;
    tree.crash("a", Fault::Panic).expect("it still runs");
    until_state(&tree, "a", NodeState::Failed).await;
    let report = ending.join_next().await.expect("spawned").expect("joined");
    assert!(report.killed.is_empty());
    assert_eq!(
        harness.take_log().last().map(String::as_str),
        Some("gone slow")
    );
}
