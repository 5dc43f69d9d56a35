//! A start completes or leaves no child running.

use std::time::Duration;

use supervision::{ChildSpec, SpecError, StartError, Strategy, SupervisorSpec};
use tokio::task::JoinSet;

use crate::harness::{Command, Harness, eventually};

#[tokio::test(start_paused = true)]
async fn a_failed_start_stops_earlier_children_in_reverse_and_names_the_path() {
    let harness = Harness::default();
    harness.fail_start("c");
    let nested = SupervisorSpec::new("nested")
        .child(harness.actor("b"))
        .child(harness.actor("c"));
    let root = SupervisorSpec::new("root").child(harness.actor("a"));
    let root = root
        .child(ChildSpec::supervisor(nested))
        .child(harness.actor("d"));
    let error = root.start().await.expect_err("c fails");
    let cause = "no luck".to_owned();
    assert_eq!(
        error,
        StartError::Child {
            path: "nested/c".to_owned(),
            cause
        }
    );
    assert_eq!(error.to_string(), "nested/c failed to start: no luck");
    let stopped = ["stop b", "gone b", "stop a", "gone a"];
    assert_eq!(
        harness.take_log(),
        [&["start a", "start b", "failed c"][..], &stopped[..]].concat()
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_making_the_actor_is_a_failed_start() {
    let harness = Harness::default();
    let log = harness.clone();
    let child = ChildSpec::task("never", |_| async { Ok(()) });
    let root = SupervisorSpec::new("root")
        .child(harness.actor("a"))
        .child(child);
    let root = root.child(ChildSpec::actor("bad", move |_| {
        log.log("making");
        assert!(!log.has("making"), "no maker");
        (Mute, ())
    }));
    let error = root.start().await.expect_err("bad fails");
    assert_eq!(error.to_string(), "bad failed to start: no maker");
    assert_eq!(
        harness.take_log(),
        ["start a", "making", "stop a", "gone a"]
    );
}

struct Mute;

impl ractor::Actor for Mute {
    type Msg = supervision::Fault;
    type State = ();
    type Arguments = ();

    async fn pre_start(
        &self,
        _: ractor::ActorRef<supervision::Fault>,
        (): (),
    ) -> Result<(), ractor::ActorProcessingErr> {
        Ok(())
    }
}

async fn rejection(spec: SupervisorSpec) -> SpecError {
    let error = spec.start().await.expect_err("it is invalid");
    let StartError::Invalid(error) = error else {
        panic!("{error}");
    };
    error
}

#[tokio::test(start_paused = true)]
async fn invalid_specifications_are_rejected_with_the_path() {
    let harness = Harness::default();
    let nest = |child| {
        let nested = SupervisorSpec::new("nested")
            .child(harness.actor("worker-1"))
            .child(child);
        SupervisorSpec::new("root").child(ChildSpec::supervisor(nested))
    };
    let path = |name: &str| format!("nested/{name}");
    let duplicate = rejection(nest(harness.group("worker", 2))).await;
    assert_eq!(
        duplicate,
        SpecError::DuplicateName {
            path: path("worker-1")
        }
    );
    let slash = rejection(nest(harness.actor("a/b"))).await;
    assert_eq!(slash, SpecError::SlashInName { path: path("a/b") });
    let empty = rejection(nest(harness.actor(""))).await;
    assert_eq!(
        empty,
        SpecError::EmptyName {
            supervisor: "nested".to_owned()
        }
    );
    let none = rejection(nest(harness.group("g", 0))).await;
    assert_eq!(none, SpecError::EmptyGroup { path: path("g") });
    let zero_timeout = rejection(nest(harness.actor("a").watchdog(Duration::ZERO))).await;
    assert_eq!(zero_timeout, SpecError::Watchdog { path: path("a") });
    let watched = ChildSpec::supervisor(SupervisorSpec::new("s")).watchdog(Duration::MAX);
    assert_eq!(
        rejection(nest(watched)).await,
        SpecError::Watchdog { path: path("s") }
    );
    assert!(harness.take_log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_start_survives_the_crash_of_a_child_that_is_already_up() {
    let harness = Harness::default();
    harness.hang_start("b");
    let root = SupervisorSpec::new("root").strategy(Strategy::OneForAll);
    let root = root
        .child(harness.actor("a"))
        .child(harness.actor("b"))
        .child(harness.actor("c"));
    let mut starting = JoinSet::new();
    starting.spawn(root.start());
    eventually("b hangs", || harness.has("start b")).await;
    harness.allow_start("b");
    harness.send("a", Command::Fail("broken"));
    let tree = starting
        .join_next()
        .await
        .expect("spawned")
        .expect("joined")
        .expect("starts");
    let expected = [
        "start a", "start b", "gone a", "start a", "start b", "start c",
    ];
    assert_eq!(harness.take_log(), expected);
    let restarts: Vec<_> = tree
        .snapshot()
        .children
        .iter()
        .map(|child| child.restarts)
        .collect();
    assert_eq!(restarts, [1, 1, 0]);
}
