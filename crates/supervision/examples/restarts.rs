//! A tree that recovers from injected faults: `cargo run -p streamward-supervision --example restarts`.

use std::time::Duration;

use supervision::{
    Backoff, ChildSpec, Fault, Intensity, Node, NodeState, Strategy, SupervisorSpec,
};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example prints its result")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ticker = |name: &'static str| {
        ChildSpec::task(name, |context| async move {
            loop {
                context.pulse.beat();
                tokio::select! {
                    () = context.stopping.cancelled() => return Ok(()),
                    () = tokio::time::sleep(Duration::from_millis(50)) => {}
                }
            }
        })
        .watchdog(Duration::from_secs(1))
    };
    // The writer uses the reader's connection, so a restart of the reader includes the writer.
    let pipeline = SupervisorSpec::new("pipeline")
        .strategy(Strategy::RestForOne)
        .intensity(Intensity {
            max_restarts: 3,
            within: Duration::from_secs(10),
        })
        .backoff(Backoff::default())
        .child(ticker("reader"))
        .child(ticker("writer"));
    let root = SupervisorSpec::new("root")
        .child(ChildSpec::supervisor(pipeline))
        .child(ticker("clock"));
    let tree = root.start().await?;
    show(&tree.snapshot(), 0);
    for (path, fault) in [
        ("pipeline/reader", Fault::Panic),
        ("clock", Fault::Kill),
        ("pipeline/writer", Fault::Hang),
    ] {
        println!("\n{fault} {path}");
        let before = tree.snapshot().at(path).map_or(0, |node| node.restarts);
        tree.crash(path, fault)?;
        let back = |node: &Node| node.restarts > before && node.state == NodeState::Running;
        while !tree.snapshot().at(path).is_some_and(back) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        show(&tree.snapshot(), 0);
    }
    tree.shutdown().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example prints its result")]
fn show(node: &Node, depth: usize) {
    let indent = "  ".repeat(depth);
    println!(
        "{indent}{}  {:?}  restarts {}",
        node.name, node.state, node.restarts
    );
    for child in &node.children {
        show(child, depth + 1);
    }
}
