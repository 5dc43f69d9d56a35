//! Which siblings are restarted, and in which order.

use supervision::{Fault, Restart, Strategy, SupervisorSpec, Tree};

use crate::support::{Bench, Order, at, eventually, steady, until_restarted};

async fn four(bench: &Bench, strategy: Strategy) -> Tree {
    let spec = SupervisorSpec::new("root")
        .strategy(strategy)
        .backoff(steady());
    let names = ["a", "b", "c", "d"];
    let spec = names
        .into_iter()
        .fold(spec, |spec, name| spec.child(bench.actor(name)));
    let tree = spec.start().await.expect("starts");
    assert_eq!(
        bench.journal(),
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
    let bench = Bench::default();
    let tree = four(&bench, Strategy::OneForOne).await;
    bench.tell("b", Order::Fail("broken"));
    until_restarted(&tree, "b", 1).await;
    assert_eq!(bench.journal(), ["gone b", "start b"]);
    assert_eq!(restarts(&tree), [0, 1, 0, 0]);
    assert_eq!(at(&tree, "b").last_exit.as_deref(), Some("broken"));
}

#[tokio::test(start_paused = true)]
async fn one_for_all_stops_all_in_reverse_and_starts_all_in_order() {
    let bench = Bench::default();
    let tree = four(&bench, Strategy::OneForAll).await;
    tree.crash("b", Fault::Panic).expect("b runs");
    until_restarted(&tree, "d", 1).await;
    let stopped = [
        "gone b", "stop d", "gone d", "stop c", "gone c", "stop a", "gone a",
    ];
    let started = ["start a", "start b", "start c", "start d"];
    assert_eq!(bench.journal(), [&stopped[..], &started[..]].concat());
    assert_eq!(restarts(&tree), [1, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn rest_for_one_restarts_the_crashed_child_and_those_after_it() {
    let bench = Bench::default();
    let tree = four(&bench, Strategy::RestForOne).await;
    tree.crash("b", Fault::Kill).expect("b runs");
    until_restarted(&tree, "d", 1).await;
    let stopped = ["gone b", "stop d", "gone d", "stop c", "gone c"];
    let started = ["start b", "start c", "start d"];
    assert_eq!(bench.journal(), [&stopped[..], &started[..]].concat());
    assert_eq!(restarts(&tree), [0, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn rest_for_one_widens_when_an_earlier_child_crashes_meanwhile() {
    let bench = Bench::default();
    let tree = four(&bench, Strategy::RestForOne).await;
    tree.crash("c", Fault::Panic).expect("c runs");
    eventually("c and d are down", || {
        bench.has("gone c") && bench.has("gone d")
    })
    .await;
    tree.crash("a", Fault::Panic).expect("a runs");
    until_restarted(&tree, "d", 1).await;
    assert_eq!(restarts(&tree), [1, 1, 1, 1]);
    let journal = bench.journal();
    assert_eq!(
        journal[journal.len() - 4..],
        ["start a", "start b", "start c", "start d"]
    );
}

#[tokio::test(start_paused = true)]
async fn one_for_all_does_not_bring_back_a_temporary_child() {
    let bench = Bench::default();
    let tree = SupervisorSpec::new("root")
        .strategy(Strategy::OneForAll)
        .child(bench.actor("once").restart(Restart::Temporary))
        .child(bench.actor("also-once").restart(Restart::Temporary))
        .child(bench.actor("always"))
        .start()
        .await
        .expect("starts");
    bench.tell("once", Order::Quit);
    eventually("once is gone", || bench.has("gone once")).await;
    bench.journal();
    tree.crash("always", Fault::Panic).expect("always runs");
    until_restarted(&tree, "always", 1).await;
    let expected = [
        "gone always",
        "stop also-once",
        "gone also-once",
        "start always",
    ];
    assert_eq!(bench.journal(), expected);
}
