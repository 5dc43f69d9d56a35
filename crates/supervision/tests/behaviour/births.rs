//! What somebody who added a child is told, when others disturb its start.

use std::time::Duration;

use supervision::{
    ChildError, ChildSpec, Fault, NodeKind, NodeState, Restart, StartError, Strategy,
    SupervisorSpec, Tree,
};
use tokio::task::JoinSet;

use crate::support::{Bench, at, eventually, steady, until_state};

type Asked = JoinSet<Result<(), ChildError>>;

/// `first`, whose exit takes along what comes after it.
async fn joint(bench: &Bench) -> Tree {
    let root = SupervisorSpec::new("root")
        .strategy(Strategy::RestForOne)
        .backoff(steady());
    let root = root.child(bench.actor("first"));
    root.start().await.expect("starts")
}

/// Asks for a child named `extra` that hangs in its start.
async fn ask_for_slow(bench: &Bench, tree: &Tree, restart: Restart) -> Asked {
    bench.hang_start("extra");
    let (tree, extra) = (tree.clone(), bench.actor("extra").restart(restart));
    let mut asked = Asked::new();
    asked.spawn(async move { tree.start_child("", extra).await });
    eventually("it starts", || bench.has("start extra")).await;
    asked
}

async fn answer(mut asked: Asked) -> Result<(), ChildError> {
    let answer = asked.join_next().await.expect("spawned");
    answer.expect("joined")
}

fn interrupted() -> Result<(), ChildError> {
    let path = "extra".to_owned();
    Err(ChildError::Start(StartError::Interrupted { path }))
}

#[tokio::test(start_paused = true)]
async fn a_temporary_child_ended_with_its_siblings_was_never_up() {
    let bench = Bench::default();
    let tree = joint(&bench).await;
    let asked = ask_for_slow(&bench, &tree, Restart::Temporary).await;
    tree.crash("first", Fault::Kill).expect("it runs");
    assert_eq!(answer(asked).await, interrupted());
    assert_eq!(tree.snapshot().at("extra"), None);
}

#[tokio::test(start_paused = true)]
async fn a_child_removed_during_its_siblings_restart_was_never_up() {
    let bench = Bench::default();
    let tree = joint(&bench).await;
    let asked = ask_for_slow(&bench, &tree, Restart::Permanent).await;
    tree.crash("first", Fault::Kill).expect("it runs");
    until_state(&tree, "extra", NodeState::Backoff).await;
    tree.stop_child("extra").await.expect("stops");
    assert_eq!(answer(asked).await, interrupted());
}

#[tokio::test(start_paused = true)]
async fn a_child_that_fails_in_its_siblings_restart_is_waited_for() {
    let bench = Bench::default();
    let tree = joint(&bench).await;
    let mut asked = ask_for_slow(&bench, &tree, Restart::Permanent).await;
    bench.heal_start("extra");
    bench.fail_start("extra");
    tree.crash("first", Fault::Kill).expect("it runs");
    eventually("the restart fails", || bench.has("failed extra")).await;
    until_state(&tree, "first", NodeState::Running).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(asked.try_join_next().is_none(), "it is not up yet");
    bench.heal_start("extra");
    assert_eq!(answer(asked).await, Ok(()));
    assert_eq!(at(&tree, "extra").state, NodeState::Running);
}

#[tokio::test(start_paused = true)]
async fn a_name_taken_over_by_another_kind_is_shown_once() {
    let bench = Bench::default();
    let nested = SupervisorSpec::new("nested").backoff(steady());
    let nested = nested.child(bench.actor("a"));
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
async fn the_first_start_below_a_new_supervisor_is_no_restart() {
    let bench = Bench::default();
    let nested = SupervisorSpec::new("nested").strategy(Strategy::OneForAll);
    let nested = nested.child(bench.actor("a")).child(bench.actor("b"));
    let nested = nested.child(bench.actor("c")).backoff(steady());
    let root = SupervisorSpec::new("root").backoff(steady());
    let root = root.child(ChildSpec::supervisor(nested));
    let tree = root.start().await.expect("starts");
    bench.journal();
    bench.hang_start("b");
    tree.crash("nested", Fault::Kill).expect("it runs");
    eventually("b starts again", || bench.has("start b")).await;
    // `c` has not been started by this run of its supervisor when `a` takes it along.
    bench.heal_start("b");
    tree.crash("nested/a", Fault::Kill).expect("it runs");
    until_state(&tree, "nested/c", NodeState::Running).await;
    let restarts = |name: &str| at(&tree, name).restarts;
    assert_eq!((restarts("nested/a"), restarts("nested/c")), (1, 0));
}
