//! Tasks as supervised children.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use supervision::{ChildSpec, Fault, NodeState, Restart, Shutdown, SupervisorSpec};
use tokio::time::Instant;

use crate::harness::{Harness, at, block_thread, eventually, steady, until_restarted, until_state};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_task_ends_gracefully_when_its_token_is_cancelled() {
    let harness = Harness::default();
    let log = harness.clone();
    let task = ChildSpec::task("t", move |context| {
        let log = log.clone();
        async move {
            context.stopping.cancelled().await;
            tokio::time::sleep(SECOND).await;
            log.log("cleaned up");
            Ok(())
        }
    });
    let task = task.shutdown(Shutdown::Stop(2 * SECOND));
    let tree = SupervisorSpec::new("root")
        .child(task)
        .start()
        .await
        .expect("starts");
    assert!(tree.shutdown().await.killed.is_empty());
    assert_eq!(harness.take_log(), ["cleaned up"]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ignores_its_token_is_aborted_at_the_deadline() {
    let harness = Harness::default();
    let guard = Arc::new(());
    let held = Arc::downgrade(&guard);
    let slot = std::sync::Mutex::new(Some(guard));
    let task = ChildSpec::task("stubborn", move |_| {
        let held = slot.lock().expect("not poisoned").take();
        async move {
            let _held = held;
            std::future::pending().await
        }
    });
    let root = SupervisorSpec::new("root").child(harness.actor("a"));
    let root = root.child(task.shutdown(Shutdown::Stop(2 * SECOND)));
    let tree = root.start().await.expect("starts");
    let begun = Instant::now();
    assert_eq!(tree.shutdown().await.killed, ["stubborn"]);
    assert!((2 * SECOND..3 * SECOND).contains(&begun.elapsed()));
    assert_eq!(held.strong_count(), 0, "the task is still there");
}

#[tokio::test(start_paused = true)]
async fn results_and_panics_are_exits() {
    let runs = AtomicU64::new(0);
    let task = ChildSpec::task("t", move |context| {
        let run = runs.fetch_add(1, Ordering::Relaxed);
        assert_eq!(context.generation, run);
        async move {
            tokio::time::sleep(SECOND).await;
            match run {
                0 => Err("went wrong".into()),
                1 => panic!("number {run} panicked"),
                _ => Ok(()),
            }
        }
    });
    let spec = SupervisorSpec::new("root").backoff(steady());
    let tree = spec
        .child(task.restart(Restart::Transient))
        .start()
        .await
        .expect("starts");
    until_restarted(&tree, "t", 1).await;
    assert_eq!(at(&tree, "t").last_exit.as_deref(), Some("went wrong"));
    until_restarted(&tree, "t", 2).await;
    assert_eq!(
        at(&tree, "t").last_exit.as_deref(),
        Some("number 1 panicked")
    );
    until_state(&tree, "t", NodeState::Stopped).await;
    assert_eq!(at(&tree, "t").last_exit.as_deref(), Some("finished"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_task_is_gone_before_its_replacement_starts() {
    let alive = Arc::new(AtomicBool::new(false));
    let harness = Harness::default();
    let log = harness.clone();
    let task = ChildSpec::task("t", move |context| {
        let (alive, log) = (Arc::clone(&alive), log.clone());
        async move {
            let overlap = alive.swap(true, Ordering::SeqCst);
            assert!(!overlap, "two runs at once");
            log.log(format!("run {}", context.generation));
            if context.generation == 0 {
                // Code that blocks cannot be aborted until its next await.
                block_thread(SECOND / 2);
            }
            alive.store(false, Ordering::SeqCst);
            std::future::pending().await
        }
    });
    let task = task.shutdown(Shutdown::Kill);
    let tree = SupervisorSpec::new("root")
        .child(task)
        .start()
        .await
        .expect("starts");
    eventually("it blocks", || harness.has("run 0")).await;
    tree.crash("t", Fault::Kill).expect("it runs");
    until_restarted(&tree, "t", 1).await;
    eventually("it runs again", || harness.has("run 1")).await;
    assert_eq!(at(&tree, "t").last_exit.as_deref(), Some("killed"));
    tree.shutdown().await;
    assert_eq!(harness.take_log(), ["run 0", "run 1"]);
}
