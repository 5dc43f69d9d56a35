//! A sibling in synchronous code only delays a restart.

use std::time::Duration;

use supervision::{Fault, Intensity, Shutdown, Strategy, SupervisorSpec};

use crate::harness::{Command, Harness, at, eventually, until_restarted};

#[tokio::test(flavor = "multi_thread")]
async fn one_crash_counts_as_one_restart_while_a_sibling_blocks_its_thread() {
    let harness = Harness::default();
    let one = Intensity {
        max_restarts: 1,
        within: Duration::from_secs(60),
    };
    let spec = SupervisorSpec::new("root")
        .strategy(Strategy::OneForAll)
        .intensity(one);
    let busy = harness.actor("busy").shutdown(Shutdown::Kill);
    let tree = spec
        .child(busy)
        .child(harness.actor("b"))
        .start()
        .await
        .expect("starts");
    harness.send("busy", Command::Block(Duration::from_millis(200)));
    eventually("it blocks", || harness.has("block busy")).await;
    harness.take_log();
    tree.crash("b", Fault::Panic).expect("b runs");
    until_restarted(&tree, "b", 1).await;
    assert_eq!(
        harness.take_log(),
        ["gone b", "gone busy", "start busy", "start b"]
    );
    assert_eq!(at(&tree, "busy").restarts, 1);
    tree.shutdown().await;
}
