//! Replies to start requests whose start is disturbed by other events.

use std::time::Duration;

use supervision::{
    ChildError, ChildSpec, Fault, NodeKind, NodeState, Restart, StartError, Strategy,
    SupervisorSpec, Tree,
};
use tokio::task::JoinSet;

use crate::harness::{Harness, at, eventually, steady, until_state};

type Request = JoinSet<Result<(), ChildError>>;

/// Starts a rest-for-one tree with one child, `first`.
async fn rest_for_one(harness: &Harness) -> Tree {
    let root = SupervisorSpec::new("root")
        .strategy(Strategy::RestForOne)
        .backoff(steady());
    let root = root.child(harness.actor("first"));
    root.start().await.expect("starts")
}

/// Requests a child named `extra` that hangs in its start.
async fn request_hanging_child(harness: &Harness, tree: &Tree, restart: Restart) -> Request {
    harness.hang_start("extra");
    let (tree, extra) = (tree.clone(), harness.actor("extra").restart(restart));
    let mut request = Request::new();
    request.spawn(async move { tree.start_child("", extra).await });
    eventually("it starts", || harness.has("start extra")).await;
    request
}

async fn answer(mut request: Request) -> Result<(), ChildError> {
    let answer = request.join_next().await.expect("spawned");
    answer.expect("joined")
}

fn interrupted() -> Result<(), ChildError> {
    let path = "extra".to_owned();
    Err(ChildError::Start(StartError::Interrupted { path }))
}

#[tokio::test(start_paused = true)]
async fn a_start_request_fails_when_a_siblings_restart_ends_its_temporary_child() {
    let harness = Harness::default();
    let tree = rest_for_one(&harness).await;
    let request = request_hanging_child(&harness, &tree, Restart::Temporary).await;
    tree.crash("first", Fault::Kill).expect("it runs");
    assert_eq!(answer(request).await, interrupted());
    assert_eq!(tree.snapshot().at("extra"), None);
}

#[tokio::test(start_paused = true)]
async fn a_start_request_fails_when_its_child_is_removed_during_a_siblings_restart() {
    let harness = Harness::default();
    let tree = rest_for_one(&harness).await;
    let request = request_hanging_child(&harness, &tree, Restart::Permanent).await;
    tree.crash("first", Fault::Kill).expect("it runs");
    until_state(&tree, "extra", NodeState::Backoff).await;
    tree.stop_child("extra").await.expect("stops");
    assert_eq!(answer(request).await, interrupted());
}

#[tokio::test(start_paused = true)]
async fn a_start_request_waits_for_a_child_that_fails_in_a_siblings_restart() {
    let harness = Harness::default();
    let tree = rest_for_one(&harness).await;
    let mut request = request_hanging_child(&harness, &tree, Restart::Permanent).await;
    harness.allow_start("extra");
    harness.fail_start("extra");
    tree.crash("first", Fault::Kill).expect("it runs");
    eventually("the restart fails", || harness.has("failed extra")).await;
    until_state(&tree, "first", NodeState::Running).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(request.try_join_next().is_none(), "it is not up yet");
    harness.allow_start("extra");
    assert_eq!(answer(request).await, Ok(()));
    assert_eq!(at(&tree, "extra").state, NodeState::Running);
}

#[tokio::test(start_paused = true)]
async fn a_name_reused_by_another_kind_is_shown_once() {
    let harness = Harness::default();
    let nested = SupervisorSpec::new("nested").backoff(steady());
    let nested = nested.child(harness.actor("a"));
    let root = SupervisorSpec::new("root").backoff(steady());
    let root = root.child(ChildSpec::supervisor(nested));
    let tree = root.start().await.expect("starts");
    tree.stop_child("nested/a").await.expect("stops");
    let task = ChildSpec::task("a", |context| async move {
        context.stopping.cancelled().await;
        Ok(())
    });
    tree.start_child("nested", task).await.expect("starts");
    tree.crash("nested", Fault::Kill).expect("it runs");
    until_state(&tree, "nested", NodeState::Backoff).await;
    until_state(&tree, "nested", NodeState::Running).await;
    let nested = at(&tree, "nested");
    let shown = nested.children.iter().map(|node| (node.kind, node.state));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [(NodeKind::Actor, NodeState::Running)]
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_start_under_a_restarted_supervisor_is_not_counted_as_a_restart() {
    let harness = Harness::default();
    let nested = SupervisorSpec::new("nested").strategy(Strategy::OneForAll);
    let nested = nested.child(harness.actor("a")).child(harness.actor("b"));
    let nested = nested.child(harness.actor("c")).backoff(steady());
    let root = SupervisorSpec::new("root").backoff(steady());
    let root = root.child(ChildSpec::supervisor(nested));
    let tree = root.start().await.expect("starts");
    harness.take_log();
    harness.hang_start("b");
    tree.crash("nested", Fault::Kill).expect("it runs");
    eventually("b starts again", || harness.has("start b")).await;
    // `c` has not been started by this run of its supervisor when the exit of `a` restarts it.
    harness.allow_start("b");
    tree.crash("nested/a", Fault::Kill).expect("it runs");
    until_state(&tree, "nested/c", NodeState::Running).await;
    let restarts = |name: &str| at(&tree, name).restarts;
    assert_eq!((restarts("nested/a"), restarts("nested/c")), (1, 0));
}
