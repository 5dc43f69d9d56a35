//! The tree can be looked at whatever its actors do.

use std::time::Duration;

use serde_json::json;
use supervision::{ChildSpec, Fault, SupervisorSpec};

use crate::support::{Bench, Order, eventually};

#[tokio::test(start_paused = true)]
async fn a_snapshot_needs_no_answer_and_has_the_documented_shape() {
    let bench = Bench::default();
    let task = ChildSpec::task("loop", |_| std::future::pending());
    let nested = SupervisorSpec::new("nested")
        .child(bench.actor("a"))
        .child(task);
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(nested));
    let tree = root.start().await.expect("starts");
    tree.crash("nested/a", Fault::Hang).expect("it runs");
    tree.crash("nested/loop", Fault::Hang).expect("it runs");
    tokio::time::sleep(Duration::from_secs(1)).await;

    let mut shown = serde_json::to_value(tree.snapshot()).expect("serializes");
    let started = shown["startedAt"].take();
    let started = started.as_str().expect("the root is up");
    assert!(started.len() == "2026-01-01T00:00:00.000Z".len() && started.ends_with('Z'));
    for path in [
        "/children/0",
        "/children/0/children/0",
        "/children/0/children/1",
    ] {
        let node = shown.pointer_mut(path).expect("it is there");
        assert!(node["startedAt"].take().is_string());
    }
    let node = |name, kind, children| {
        json!({"name": name, "kind": kind, "state": "running", "restarts": 0, "lastExit": null,
            "startedAt": null, "silentMs": null, "children": children})
    };
    let leaves = json!([
        node("a", "actor", json!([])),
        node("loop", "task", json!([]))
    ]);
    assert_eq!(
        shown,
        node(
            "root",
            "supervisor",
            json!([node("nested", "supervisor", leaves)])
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_snapshot_needs_not_even_a_free_thread() {
    let bench = Bench::default();
    let root = SupervisorSpec::new("root").child(bench.actor("a"));
    let tree = root.start().await.expect("starts");
    bench.tell("a", Order::Block(Duration::from_millis(300)));
    eventually("it blocks", || bench.has("block a")).await;
    // The only worker thread is blocked; this test runs on a thread of its own.
    assert_eq!(tree.snapshot().children.len(), 1);
    assert!(!bench.has("gone a"));
    tree.shutdown().await;
}
