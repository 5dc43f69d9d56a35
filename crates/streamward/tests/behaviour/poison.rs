//! Entries like a poison message are quarantined untried, until its dead letter is replayed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use streamward::{Delivery, Outcome, dead, delay};
use testkit::eventually;

use crate::harness::{Harness, SERVICE};

#[tokio::test]
async fn entries_like_a_poison_message_are_quarantined_until_its_dead_letter_is_replayed() {
    let harness = Harness::new().await;
    let cured = Arc::new(AtomicBool::new(false));
    let health = Arc::clone(&cured);
    let act = move |_: Delivery| {
        let cured = health.load(Ordering::SeqCst);
        async move {
            assert!(cured, "a crash of the test's own making");
            Outcome::Done
        }
    };
    let tree = harness.run(&harness.service(act).max_crashes(2)).await;
    harness.publish("Order", "poison").await;
    let letter = harness.until_dead().await;
    assert_eq!(harness.calls.of("poison").len(), 2);

    // The same payload under another id: it costs no worker any more. All processes know of it a
    // second later at most.
    eventually("it is known", || async {
        harness.publish("Order", "poison").await;
        harness.until_settled().await;
        let letters = harness.dead().await;
        letters
            .last()
            .filter(|last| last.cause.contains("key and payload"))
            .map(drop)
    })
    .await;
    let mark: Vec<String> = harness
        .command(&["HVALS", &harness.partition().poison(SERVICE)])
        .await;
    assert_eq!(mark, std::slice::from_ref(&letter.id));

    cured.store(true, Ordering::SeqCst);
    let calls = harness.calls.len();
    let mut link = harness.runtime.server().link();
    for letter in harness.dead().await {
        let replayed = dead::replay(&mut link, harness.partition(), SERVICE, &letter.id).await;
        assert!(replayed.expect("it answers"));
    }
    harness.until_settled().await;
    assert_eq!(harness.dead().await, []);
    assert!(harness.calls.len() > calls);
    harness.close(tree).await;
}

#[tokio::test]
async fn another_payload_of_the_same_type_is_tried() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        assert!(
            delivery.key() != "poison",
            "a crash of the test's own making"
        );
        Outcome::Done
    };
    let tree = harness.run(&harness.service(act).max_crashes(1)).await;
    harness.publish("Order", "poison").await;
    let letter = harness.until_dead().await;
    harness.publish("Order", "good").await;
    harness.calls.until("good", 1).await;
    let mut link = harness.runtime.server().link();
    let discarded = dead::discard(&mut link, harness.partition(), SERVICE, &letter.id).await;
    assert!(discarded.expect("it answers"));
    let marks: usize = harness
        .command(&["HLEN", &harness.partition().poison(SERVICE)])
        .await;
    assert_eq!(marks, 0, "the mark outlived its letter");
    harness.close(tree).await;
}

#[tokio::test]
async fn timers_without_data_are_distinguished_by_their_key() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        assert!(delivery.key() != "bad", "a crash of the test's own making");
        Outcome::Done
    };
    let tree = harness.run(&harness.service(act).max_crashes(1)).await;
    let mut link = harness.runtime.server().link();
    let mut set = async |key| {
        let job = delay::job("Timer", key);
        let set = delay::schedule(&mut link, harness.partition(), SERVICE, &job, 1, None);
        set.await.expect("it answers");
    };
    set("bad").await;
    harness.until_dead().await;
    set("good").await;
    harness.calls.until("good", 1).await;
    harness.close(tree).await;
}
