//! A child without a recent beat is killed.

use std::time::Duration;

use supervision::{Fault, NodeState, SupervisorSpec, Tree};

use crate::harness::{Command, Harness, at, eventually, until_restarted};

const SECOND: Duration = Duration::from_secs(1);

async fn watched(harness: &Harness) -> Tree {
    let child = harness.actor("a").watchdog(4 * SECOND);
    SupervisorSpec::new("root")
        .child(child)
        .start()
        .await
        .expect("starts")
}

#[tokio::test(start_paused = true)]
async fn a_hanging_child_is_killed_and_restarted() {
    let harness = Harness::default();
    let tree = watched(&harness).await;
    harness.send("a", Command::Beat);
    tree.crash("a", Fault::Hang).expect("it runs");
    tokio::time::sleep(3 * SECOND).await;
    assert_eq!(at(&tree, "a").restarts, 0);
    assert_eq!(at(&tree, "a").state, NodeState::Running);
    until_restarted(&tree, "a", 1).await;
    let last_exit = at(&tree, "a").last_exit.expect("it was killed");
    assert!(last_exit.starts_with("silent for 4s") || last_exit.starts_with("silent for 5s"));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_shows_the_silence_of_a_child_with_a_watchdog() {
    let harness = Harness::default();
    let unwatched = harness.actor("b");
    let root = SupervisorSpec::new("root").child(harness.actor("a").watchdog(60 * SECOND));
    let tree = root.child(unwatched).start().await.expect("starts");
    tokio::time::sleep(3 * SECOND).await;
    let silent_ms = at(&tree, "a").silent_ms;
    assert!(
        silent_ms.is_some_and(|ms| (2900..3100).contains(&ms)),
        "{silent_ms:?}"
    );
    assert_eq!(at(&tree, "b").silent_ms, None);
    harness.send("a", Command::Rest);
    eventually("it rests", || at(&tree, "a").silent_ms.is_none()).await;
    harness.send("a", Command::Beat);
    eventually("it beats", || {
        at(&tree, "a").silent_ms.is_some_and(|ms| ms < 1000)
    })
    .await;
    tree.crash("a", Fault::Kill).expect("it runs");
    until_restarted(&tree, "a", 1).await;
    assert!(
        at(&tree, "a")
            .silent_ms
            .is_some_and(|silent_ms| silent_ms < 1000)
    );
    tree.shutdown().await;
    assert_eq!(at(&tree, "a").silent_ms, None);
}

#[tokio::test(start_paused = true)]
async fn a_beating_child_is_not_killed() {
    let harness = Harness::default();
    let tree = watched(&harness).await;
    for _ in 0..10 {
        tokio::time::sleep(3 * SECOND).await;
        harness.send("a", Command::Beat);
    }
    assert_eq!(at(&tree, "a").restarts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_resting_child_is_not_watched_until_its_next_beat() {
    let harness = Harness::default();
    let tree = watched(&harness).await;
    harness.send("a", Command::Rest);
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(at(&tree, "a").restarts, 0);
    harness.send("a", Command::Beat);
    tokio::time::sleep(7 * SECOND).await;
    assert_eq!(at(&tree, "a").restarts, 1);
}
