//! The test kit's steps: every role once, when the test says so. Nothing here waits for anything.

use std::time::Duration;

use streamward::{
    Cause, Delivery, Outcome, Runtime, Server, delay,
    testing::{ConsumerHarness, PassReport},
};
use supervision::Backoff;
use testkit::RedisServer;

use crate::{
    call_log::done,
    harness::{Harness, SERVICE, STRANGER},
};

const ONE: PassReport = PassReport {
    handled: 1,
    crashed: 0,
};

/// Pauses so short that what was parked is due.
fn no_pause() -> Backoff {
    Backoff::new(Duration::from_nanos(1), Duration::from_nanos(1), 0.0).expect("valid")
}

#[tokio::test]
async fn an_entry_fails_comes_back_and_is_done_step_by_step() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match delivery.attempts {
            0 => Outcome::retry(Cause::new("not yet")),
            _ => Outcome::Done,
        }
    };
    let service = harness.service(act).backoff(no_pause());
    let mut steps = ConsumerHarness::prepare(&service, &harness.runtime)
        .await
        .expect("good");
    harness.publish("Order", "a").await;
    assert_eq!(steps.read().await.expect("it answers"), ONE);
    assert_eq!(
        steps.read().await.expect("it answers"),
        PassReport::default()
    );
    assert_eq!(steps.reclaim().await.expect("it answers"), ONE);
    assert_eq!(harness.pending().await, []);
    assert_eq!(harness.calls.of("a")[1].attempts, 1);
}

#[tokio::test]
async fn a_process_that_died_is_followed_by_another() {
    let harness = Harness::new().await;
    let service = harness.service(done);
    let dead = ConsumerHarness::prepare(&service, &harness.runtime)
        .await
        .expect("good");
    harness.publish("Order", "a").await;
    assert_eq!(dead.read_only().await.expect("it answers"), 1);
    let mut living = ConsumerHarness::prepare(&service, &harness.runtime)
        .await
        .expect("good");
    assert_eq!(living.reap().await.expect("it answers"), 0, "it lives");
    let alive = harness.partition().alive(SERVICE, dead.name());
    harness.command::<()>(&["DEL", &alive]).await;
    assert_eq!(living.reap().await.expect("it answers"), 1);
    assert_eq!(living.reclaim().await.expect("it answers"), ONE);
    assert_eq!(harness.consumers(&harness.orders()).await, [living.name()]);
}

#[tokio::test]
async fn a_lost_lease_is_noticed_and_the_handler_not_begun() {
    let harness = Harness::new().await;
    let service = harness.service(done);
    let mut steps = ConsumerHarness::prepare(&service, &harness.runtime)
        .await
        .expect("good");
    let id = harness.publish("Order", "a").await;
    steps.read_only().await.expect("it answers");
    let orders = harness.orders();
    let steal = ["XCLAIM", &orders, SERVICE, STRANGER, "0", &id];
    harness.command::<redis::Value>(&steal).await;
    assert_eq!(steps.renew().await.expect("it answers"), 1);
    steps.read().await.expect("it answers");
    assert_eq!(harness.calls.len(), 0, "it was handled all the same");
    assert_eq!(harness.pending().await[0].consumer, STRANGER);
}

#[tokio::test]
async fn timers_and_poison_marks_move_step_by_step() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        assert!(
            delivery.key() != "poison",
            "a crash of the test's own making"
        );
        Outcome::Done
    };
    let service = harness.service(act).max_crashes(1).backoff(no_pause());
    let mut steps = ConsumerHarness::prepare(&service, &harness.runtime)
        .await
        .expect("good");
    let mut link = harness.runtime.server().link();
    let job = delay::job("Timer", "t-1");
    let set = delay::schedule(&mut link, harness.partition(), SERVICE, &job, 1, None);
    set.await.expect("it answers");
    assert_eq!(steps.promote().await.expect("it answers"), 1);
    assert_eq!(steps.read().await.expect("it answers"), ONE);

    harness.publish("Order", "poison").await;
    assert_eq!(steps.read().await.expect("it answers").crashed, 1);
    steps.reclaim().await.expect("it answers");
    assert_eq!(harness.dead().await.len(), 1);
    assert_eq!(steps.refresh_poison().await.expect("it answers"), 1);
    harness.publish("Order", "poison").await;
    assert_eq!(steps.read().await.expect("it answers").crashed, 0);
    assert_eq!(harness.dead().await.len(), 2);
    steps.tidy().await.expect("it answers");
    steps.beat().await.expect("it answers");
}

#[tokio::test]
async fn of_two_processes_one_owns_an_ordered_partition() {
    let harness = Harness::new().await;
    let service = harness
        .service(done)
        .ordered()
        .heartbeat(Duration::from_secs(2));
    let one = ConsumerHarness::prepare(&service, &harness.runtime)
        .await
        .expect("good");
    let two = ConsumerHarness::prepare(&service, &harness.runtime)
        .await
        .expect("good");
    assert!(one.own().await.expect("it answers"));
    assert!(!two.own().await.expect("it answers"));
    harness.publish("Order", "a").await;
    assert_eq!(two.read().await.expect("it answers"), PassReport::default());
    assert_eq!(one.read().await.expect("it answers"), ONE);
}

#[tokio::test]
async fn a_server_that_is_away_is_an_error_and_not_a_hang() {
    let mut redis = RedisServer::start();
    let server = Server::new(&redis.url()).expect("a good url");
    let opened = Runtime::open(server, &streamward::Namespace::default(), 1).await;
    let runtime = opened.expect("a good server");
    let harness = Harness::new().await;
    let steps = ConsumerHarness::prepare(&harness.service(done), &runtime)
        .await
        .expect("good");
    redis.kill();
    assert!(steps.read().await.is_err());
    assert!(steps.beat().await.is_err());
}
