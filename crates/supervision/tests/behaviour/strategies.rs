//! Restarted siblings and their order, by `Strategy`.

use supervision::{Fault, Restart, Strategy, SupervisorSpec, Tree};

use crate::harness::{Command, Harness, at, eventually, steady, until_restarted};

async fn four(harness: &Harness, strategy: Strategy) -> Tree {
    let spec = SupervisorSpec::new("root")
        .strategy(strategy)
        .backoff(steady());
    let names = ["a", "b", "c", "d"];
    let spec = names
        .into_iter()
        .fold(spec, |spec, name| spec.child(harness.actor(name)));
    let tree = spec.start().await.expect("starts");
    assert_eq!(
        harness.take_log(),
        ["start a", "start b", "start c", "start d"]
    );
    tree
}

fn restarts(tree: &Tree) -> Vec<u32> {
    tree.snapshot()
        .children
        .iter()
        .map(|child| child.restarts)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn one_for_one_restarts_only_the_crashed_child() {
    let harness = Harness::default();
    let tree = four(&harness, Strategy::OneForOne).await;
    harness.send("b", Command::Fail("broken"));
    until_restarted(&tree, "b", 1).await;
    assert_eq!(harness.take_log(), ["gone b", "start b"]);
    assert_eq!(restarts(&tree), [0, 1, 0, 0]);
    assert_eq!(at(&tree, "b").last_exit.as_deref(), Some("broken"));
}

#[tokio::test(start_paused = true)]
async fn one_for_all_stops_all_in_reverse_and_starts_all_in_order() {
    let harness = Harness::default();
    let tree = four(&harness, Strategy::OneForAll).await;
    tree.crash("b", Fault::Panic).expect("b runs");
    until_restarted(&tree, "d", 1).await;
    let stopped = [
        "gone b", "stop d", "gone d", "stop c", "gone c", "stop a", "gone a",
    ];
    let started = ["start a", "start b", "start c", "start d"];
    assert_eq!(harness.take_log(), [&stopped[..], &started[..]].concat());
    assert_eq!(restarts(&tree), [1, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn rest_for_one_restarts_the_crashed_child_and_those_after_it() {
    let harness = Harness::default();
    let tree = four(&harness, Strategy::RestForOne).await;
    tree.crash("b", Fault::Kill).expect("b runs");
    until_restarted(&tree, "d", 1).await;
    let stopped = ["gone b", "stop d", "gone d", "stop c", "gone c"];
    let started = ["start b", "start c", "start d"];
    assert_eq!(harness.take_log(), [&stopped[..], &started[..]].concat());
    assert_eq!(restarts(&tree), [0, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn rest_for_one_includes_an_earlier_child_that_crashes_during_the_restart() {
    let harness = Harness::default();
    let tree = four(&harness, Strategy::RestForOne).await;
    tree.crash("c", Fault::Panic).expect("c runs");
    eventually("c and d are down", || {
        harness.has("gone c") && harness.has("gone d")
    })
    .await;
    tree.crash("a", Fault::Panic).expect("a runs");
    until_restarted(&tree, "d", 1).await;
    assert_eq!(restarts(&tree), [1, 1, 1, 1]);
    let lines = harness.take_log();
    assert_eq!(
        lines[lines.len() - 4..],
        ["start a", "start b", "start c", "start d"]
    );
}

#[tokio::test(start_paused = true)]
async fn one_for_all_does_not_restart_a_temporary_child() {
    let harness = Harness::default();
    let tree = SupervisorSpec::new("root")
        .strategy(Strategy::OneForAll)
        .child(harness.actor("once").restart(Restart::Temporary))
        .child(harness.actor("also-once").restart(Restart::Temporary))
        .child(harness.actor("always"))
        .start()
        .await
        .expect("starts");
    harness.send("once", Command::Quit);
    eventually("once is gone", || harness.has("gone once")).await;
    harness.take_log();
    tree.crash("always", Fault::Panic).expect("always runs");
    until_restarted(&tree, "always", 1).await;
    let expected = [
        "gone always",
        "stop also-once",
        "gone also-once",
        "start always",
    ];
    assert_eq!(harness.take_log(), expected);
}
