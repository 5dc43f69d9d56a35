//! Exits that lead to a restart, by `Restart`.

use supervision::{Fault, NodeState, Restart, SupervisorSpec, Tree};

use crate::harness::{Command, Harness, at, eventually, steady, until_restarted, until_state};

async fn one(harness: &Harness, restart: Restart) -> Tree {
    let child = harness.actor("child").restart(restart);
    let spec = SupervisorSpec::new("root").backoff(steady()).child(child);
    spec.start().await.expect("starts")
}

#[tokio::test(start_paused = true)]
async fn a_permanent_child_restarts_after_a_normal_exit() {
    let harness = Harness::default();
    let tree = one(&harness, Restart::Permanent).await;
    harness.send("child", Command::Quit);
    until_restarted(&tree, "child", 1).await;
    assert_eq!(at(&tree, "child").last_exit.as_deref(), Some("stopped"));
}

#[tokio::test(start_paused = true)]
async fn a_transient_child_stays_down_after_a_normal_exit() {
    let harness = Harness::default();
    let tree = one(&harness, Restart::Transient).await;
    harness.send("child", Command::Quit);
    until_state(&tree, "child", NodeState::Stopped).await;
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    assert_eq!(
        harness.take_log(),
        ["start child", "stop child", "gone child"]
    );
    assert_eq!(at(&tree, "child").restarts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_transient_child_restarts_after_an_error_a_panic_and_a_kill() {
    let harness = Harness::default();
    let tree = one(&harness, Restart::Transient).await;
    harness.send("child", Command::Fail("broken"));
    until_restarted(&tree, "child", 1).await;
    assert_eq!(at(&tree, "child").last_exit.as_deref(), Some("broken"));
    tree.crash("child", Fault::Panic).expect("runs");
    until_restarted(&tree, "child", 2).await;
    assert_eq!(
        at(&tree, "child").last_exit.as_deref(),
        Some("simulated fault: panic")
    );
    tree.crash("child", Fault::Kill).expect("runs");
    until_restarted(&tree, "child", 3).await;
    assert_eq!(at(&tree, "child").last_exit.as_deref(), Some("killed"));
}

#[tokio::test(start_paused = true)]
async fn a_temporary_child_never_restarts() {
    let harness = Harness::default();
    let tree = one(&harness, Restart::Temporary).await;
    tree.crash("child", Fault::Kill).expect("runs");
    eventually("it is gone", || harness.has("gone child")).await;
    until_state(&tree, "child", NodeState::Failed).await;
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    assert_eq!(harness.take_log(), ["start child", "gone child"]);
}
