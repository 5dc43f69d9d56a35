//! Snapshots work while actors hang.

use std::time::Duration;

use serde_json::json;
use supervision::{ChildSpec, Fault, SupervisorSpec};

use crate::harness::{Command, Harness, eventually};

#[tokio::test(start_paused = true)]
async fn a_snapshot_works_while_children_hang_and_has_the_documented_shape() {
    let harness = Harness::default();
    let task = ChildSpec::task("loop", |_| std::future::pending());
    let nested = SupervisorSpec::new("nested")
        .child(harness.actor("a"))
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
async fn a_snapshot_works_while_the_only_worker_thread_is_blocked() {
    let harness = Harness::default();
    let root = SupervisorSpec::new("root").child(harness.actor("a"));
    let tree = root.start().await.expect("starts");
    harness.send("a", Command::Block(Duration::from_millis(300)));
    eventually("it blocks", || harness.has("block a")).await;
    // The only worker thread is blocked; this test runs on a thread of its own.
    assert_eq!(tree.snapshot().children.len(), 1);
    assert!(!harness.has("gone a"));
    tree.shutdown().await;
}
