//! Once a shutdown has begun, nothing comes back.

use std::time::Duration;

use supervision::{
    ChildSpec, Ended, Fault, NodeState, Shutdown, StartError, Strategy, SupervisorSpec,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::support::{Bench, Order, eventually, steady, until_state};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_child_in_backoff_does_not_return() {
    let bench = Bench::default();
    let spec = SupervisorSpec::new("root").backoff(steady());
    let tree = spec
        .child(bench.actor("a"))
        .child(bench.actor("b"))
        .start()
        .await
        .expect("starts");
    tree.crash("a", Fault::Panic).expect("it runs");
    until_state(&tree, "a", NodeState::Backoff).await;
    tree.shutdown().await;
    tokio::time::sleep(MINUTE).await;
    assert_eq!(
        bench.journal(),
        ["start a", "start b", "gone a", "stop b", "gone b"]
    );
    assert_eq!(
        tree.snapshot().at("a").map(|a| a.state),
        Some(NodeState::Stopped)
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_hangs_in_its_start_does_not_delay_the_end() {
    let bench = Bench::default();
    let spec = SupervisorSpec::new("root").backoff(steady());
    let tree = spec.child(bench.actor("a")).start().await.expect("starts");
    bench.hang_start("a");
    bench.journal();
    tree.crash("a", Fault::Panic).expect("it runs");
    eventually("the restart hangs", || bench.has("start a")).await;
    let asked = Instant::now();
    timeout(MINUTE, tree.shutdown()).await.expect("it ends");
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert_eq!(tree.ended().await, Ended::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_its_stopping_half_is_not_completed() {
    let bench = Bench::default();
    let spec = SupervisorSpec::new("root")
        .strategy(Strategy::OneForAll)
        .backoff(steady());
    let slow = bench.actor("slow").shutdown(Shutdown::Drain(MINUTE));
    let tree = spec
        .child(slow)
        .child(bench.actor("b"))
        .start()
        .await
        .expect("starts");
    bench.tell("slow", Order::Work(Duration::from_secs(5), "job"));
    eventually("it works", || bench.has("begin job")).await;
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
    assert_eq!(bench.journal(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_nested_supervisor_in_the_middle_of_its_start_ends_too() {
    let bench = Bench::default();
    let pool = SupervisorSpec::new("pool");
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(pool));
    let tree = root.start().await.expect("starts");
    bench.hang_start("hangs");
    let nested = SupervisorSpec::new("nested")
        .child(bench.actor("a"))
        .child(bench.actor("hangs"));
    let mut starting = JoinSet::new();
    starting.spawn({
        let tree = tree.clone();
        async move {
            tree.start_child("pool", ChildSpec::supervisor(nested))
                .await
        }
    });
    eventually("it hangs", || bench.has("start hangs")).await;
    timeout(MINUTE, tree.shutdown()).await.expect("it ends");
    assert_eq!(
        bench.journal(),
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
    let bench = Bench::default();
    let root = SupervisorSpec::new("root").child(bench.actor("a"));
    let root = root.child(bench.actor("slow").shutdown(Shutdown::Drain(MINUTE)));
    let tree = root.start().await.expect("starts");
    bench.tell("slow", Order::Work(Duration::from_secs(5), "job"));
    eventually("it works", || bench.has("begin job")).await;
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
        bench.journal().last().map(String::as_str),
        Some("gone slow")
    );
}
