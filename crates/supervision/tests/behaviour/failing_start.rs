//! A start either completes or leaves nothing behind.

use std::time::Duration;

use supervision::{ChildSpec, SpecError, StartError, Strategy, SupervisorSpec};
use tokio::task::JoinSet;

use crate::support::{Bench, Order, eventually};

#[tokio::test(start_paused = true)]
async fn what_was_started_is_stopped_in_reverse_and_the_error_names_the_path() {
    let bench = Bench::default();
    bench.fail_start("c");
    let nested = SupervisorSpec::new("nested")
        .child(bench.actor("b"))
        .child(bench.actor("c"));
    let root = SupervisorSpec::new("root").child(bench.actor("a"));
    let root = root
        .child(ChildSpec::supervisor(nested))
        .child(bench.actor("d"));
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
        bench.journal(),
        [&["start a", "start b", "failed c"][..], &stopped[..]].concat()
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_making_the_actor_is_a_failed_start() {
    let bench = Bench::default();
    let careless = bench.clone();
    let child = ChildSpec::task("never", |_| async { Ok(()) });
    let root = SupervisorSpec::new("root")
        .child(bench.actor("a"))
        .child(child);
    let root = root.child(ChildSpec::actor("bad", move |_| {
        careless.note("making");
        assert!(!careless.has("making"), "no maker");
        (Mute, ())
    }));
    let error = root.start().await.expect_err("bad fails");
    assert_eq!(error.to_string(), "bad failed to start: no maker");
    assert_eq!(bench.journal(), ["start a", "making", "stop a", "gone a"]);
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

async fn refusal(spec: SupervisorSpec) -> SpecError {
    match spec.start().await.expect_err("it is wrong") {
        StartError::Invalid(error) => error,
        other @ (StartError::Child { .. } | StartError::Interrupted { .. }) => panic!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn descriptions_that_cannot_work_are_refused_by_name() {
    let bench = Bench::default();
    let nest = |child| {
        let nested = SupervisorSpec::new("nested")
            .child(bench.actor("worker-1"))
            .child(child);
        SupervisorSpec::new("root").child(ChildSpec::supervisor(nested))
    };
    let path = |name: &str| format!("nested/{name}");
    let duplicate = refusal(nest(bench.group("worker", 2))).await;
    assert_eq!(
        duplicate,
        SpecError::DuplicateName {
            path: path("worker-1")
        }
    );
    let slash = refusal(nest(bench.actor("a/b"))).await;
    assert_eq!(slash, SpecError::SlashInName { path: path("a/b") });
    let empty = refusal(nest(bench.actor(""))).await;
    assert_eq!(
        empty,
        SpecError::EmptyName {
            supervisor: "nested".to_owned()
        }
    );
    let none = refusal(nest(bench.group("g", 0))).await;
    assert_eq!(none, SpecError::EmptyGroup { path: path("g") });
    let hasty = refusal(nest(bench.actor("a").watchdog(Duration::ZERO))).await;
    assert_eq!(hasty, SpecError::Watchdog { path: path("a") });
    let watched = ChildSpec::supervisor(SupervisorSpec::new("s")).watchdog(Duration::MAX);
    assert_eq!(
        refusal(nest(watched)).await,
        SpecError::Watchdog { path: path("s") }
    );
    assert!(bench.journal().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_start_survives_the_crash_of_a_child_that_is_already_up() {
    let bench = Bench::default();
    bench.hang_start("b");
    let root = SupervisorSpec::new("root").strategy(Strategy::OneForAll);
    let root = root
        .child(bench.actor("a"))
        .child(bench.actor("b"))
        .child(bench.actor("c"));
    let mut starting = JoinSet::new();
    starting.spawn(root.start());
    eventually("b hangs", || bench.has("start b")).await;
    bench.heal_start("b");
    bench.tell("a", Order::Fail("broken"));
    let tree = starting
        .join_next()
        .await
        .expect("spawned")
        .expect("joined")
        .expect("starts");
    let expected = [
        "start a", "start b", "gone a", "start a", "start b", "start c",
    ];
    assert_eq!(bench.journal(), expected);
    let restarts: Vec<_> = tree
        .snapshot()
        .children
        .iter()
        .map(|child| child.restarts)
        .collect();
    assert_eq!(restarts, [1, 1, 0]);
}
