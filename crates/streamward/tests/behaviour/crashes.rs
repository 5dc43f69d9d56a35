//! Workers that panic, are killed or hang: one attempt of one entry is all it costs.

use std::time::Duration;

use streamward::{Delivery, Outcome};
use supervision::Fault;
use testkit::eventually;

use crate::{
    call_log::done,
    harness::{Harness, at, worker_restarts},
};

#[tokio::test]
async fn a_panic_costs_one_delivery_of_one_entry() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        if delivery.key() == "order-3" && delivery.receipt.deliveries == 1 {
            panic!("a bug in the handler");
        }
        Outcome::Done
    };
    let tree = harness.run(&harness.service(act).concurrency(2)).await;
    let keys = harness.publish_many(10).await;
    harness.calls.until_all(&keys).await;
    let calls = harness.calls.until("order-3", 2).await;
    let counts: Vec<_> = calls.iter().map(|v| (v.attempts, v.deliveries)).collect();
    assert_eq!(counts, [(0, 1), (0, 2)]);
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 11);
    eventually("the worker is replaced", || async {
        (worker_restarts(&tree) == 1).then_some(())
    })
    .await;
    harness.close(tree).await;
}

#[tokio::test]
async fn an_entry_whose_handler_always_panics_is_quarantined() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        assert_ne!(delivery.key(), "poison", "this one always kills");
        Outcome::Done
    };
    let tree = harness.run(&harness.service(act).max_crashes(3)).await;
    let id = harness.publish("Order", "poison").await;
    let keys = harness.publish_many(20).await;
    harness.calls.until_all(&keys).await;
    let letter = harness.until_dead().await;
    let cause = "quarantined: 3 deliveries ended without an outcome";
    assert_eq!((letter.cause.as_str(), letter.entry_id), (cause, id));
    assert_eq!(letter.attempts, []);
    assert_eq!(harness.calls.of("poison").len(), 3);
    harness.close(tree).await;
}

#[tokio::test]
async fn a_killed_worker_hands_its_entry_back() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        if delivery.receipt.deliveries == 1 {
            std::future::pending::<()>().await;
        }
        Outcome::Done
    };
    let tree = harness.run(&harness.service(act).concurrency(1)).await;
    harness.publish("Order", "a").await;
    harness.calls.until("a", 1).await;
    tree.crash("worker-0", Fault::Kill).expect("it runs");
    let calls = harness.calls.until("a", 2).await;
    assert_eq!((calls[1].attempts, calls[1].deliveries), (0, 2));
    assert_eq!(at(&tree, "worker-0").last_exit.as_deref(), Some("killed"));
    harness.close(tree).await;
}

#[tokio::test]
async fn a_hanging_worker_is_found_and_its_entry_handled_by_another() {
    let harness = Harness::new().await;
    let service = harness.service(done).concurrency(1);
    let tree = harness
        .run(&service.timeout(Duration::from_millis(100)))
        .await;
    tree.crash("worker-0", Fault::Hang).expect("it runs");
    harness.publish("Order", "a").await;
    let calls = harness.calls.until("a", 1).await;
    assert_eq!(calls[0].deliveries, 2, "the first one hung");
    let exit = at(&tree, "worker-0").last_exit.unwrap_or_default();
    assert!(exit.starts_with("silent for"), "{exit}");
    harness.close(tree).await;
}
