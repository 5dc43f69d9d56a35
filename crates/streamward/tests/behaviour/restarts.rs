//! Roles and whole consumers that come back.

use std::time::Duration;

use streamward::{Delivery, Outcome};
use supervision::{Backoff, ChildSpec, Fault, Strategy, SupervisorSpec, TaskContext};

use testkit::eventually_within;

use crate::{
    call_log::done,
    harness::{Harness, at, until_restarted},
};

const ROLES: [&str; 10] = [
    "heartbeat",
    "settler",
    "intake",
    "reclaimer",
    "scheduler",
    "reaper",
    "janitor",
    "renewer",
    "metrics-sampler",
    "poison-watch",
];

/// Fails once, so that an order needs every role that an order can need.
async fn second_time_lucky(delivery: Delivery) -> Outcome {
    match delivery.attempts {
        0 => Outcome::retry(streamward::Cause::new("not yet")),
        _ => Outcome::Done,
    }
}

/// A reader that hangs says nothing: the watchdog ends it, and its successor goes on.
#[tokio::test]
async fn a_silent_reader_is_killed_and_replaced() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    harness.publish("Order", "before").await;
    harness.calls.until("before", 1).await;
    tree.crash("intake", Fault::Hang).expect("it runs");
    harness.publish("Order", "after").await;
    eventually_within(Duration::from_secs(40), "the watchdog bites", || async {
        (at(&tree, "intake").restarts >= 1).then_some(())
    })
    .await;
    harness.calls.until("after", 1).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn a_role_that_dies_is_restarted_and_work_continues() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(second_time_lucky)).await;
    for (restarts, fault) in [(1, Fault::Kill), (2, Fault::Panic)] {
        for role in ROLES {
            tree.crash(role, fault).expect("it runs");
            let key = format!("after {fault} of {role}");
            harness.publish("Order", &key).await;
            harness.calls.until(&key, 2).await;
        }
        for role in ROLES {
            until_restarted(&tree, role, restarts).await;
        }
    }
    harness.close(tree).await;
}

/// A task that waits for its stop signal.
async fn idle(context: TaskContext) -> Result<(), supervision::BoxError> {
    context.stopping.cancelled().await;
    Ok(())
}

#[tokio::test]
async fn a_consumer_restarted_while_draining_reads_again() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        assert!(delivery.receipt.deliveries > 1, "the first one dies");
        Outcome::Done
    };
    let pause = Duration::from_millis(700);
    let backoff = Backoff::new(pause, pause, 0.0).expect("valid");
    let consumer = harness.service(act).backoff(backoff);
    let shipping = consumer
        .tree(&harness.runtime)
        .await
        .expect("good settings");
    let root = SupervisorSpec::new("shop")
        .strategy(Strategy::OneForAll)
        .child(ChildSpec::supervisor(shipping))
        .child(ChildSpec::task("sibling", idle));
    let tree = root.start().await.expect("starts");
    tree.crash("sibling", Fault::Kill).expect("it runs");
    until_restarted(&tree, "shipping", 1).await;

    harness.publish("Order", "a").await;
    let calls = harness.calls.until("a", 2).await;
    let gap = calls[1].at - calls[0].at;
    assert!(
        gap >= pause * 9 / 10,
        "it came back without its backoff: {gap:?}"
    );
    harness.close(tree).await;
}
