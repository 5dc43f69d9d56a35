//! A sibling in synchronous code delays a restart and does no more than that.

use std::time::Duration;

use supervision::{Fault, Intensity, Shutdown, Strategy, SupervisorSpec};

use crate::support::{Bench, Order, at, eventually, until_restarted};

#[tokio::test(flavor = "multi_thread")]
async fn one_crash_is_one_restart_even_if_a_sibling_blocks_its_thread() {
    let bench = Bench::default();
    let one = Intensity {
        max_restarts: 1,
        within: Duration::from_secs(60),
    };
    let spec = SupervisorSpec::new("root")
        .strategy(Strategy::OneForAll)
        .intensity(one);
    let busy = bench.actor("busy").shutdown(Shutdown::Kill);
    let tree = spec
        .child(busy)
        .child(bench.actor("b"))
        .start()
        .await
        .expect("starts");
    bench.tell("busy", Order::Block(Duration::from_millis(200)));
    eventually("it blocks", || bench.has("block busy")).await;
    bench.journal();
    tree.crash("b", Fault::Panic).expect("b runs");
    until_restarted(&tree, "b", 1).await;
    assert_eq!(
        bench.journal(),
        ["gone b", "gone busy", "start busy", "start b"]
    );
    assert_eq!(at(&tree, "busy").restarts, 1);
    tree.shutdown().await;
}
