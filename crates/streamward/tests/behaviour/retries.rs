//! Failed attempts: counted, written down, repeated after a pause, and bounded.

use std::time::Duration;

use streamward::{Cause, Delivery, Outcome, PARKING, dead};
use supervision::Backoff;
use testkit::eventually;

use crate::call_log::Call;
use crate::harness::{Harness, LEASE, SERVICE, STRANGER};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn no(delivery: &Delivery) -> Cause {
    Cause::new(format!("no {}", delivery.attempts))
}

/// The pauses between the calls.
fn gaps(calls: &[Call]) -> Vec<Duration> {
    let pairs = calls.windows(2);
    pairs.map(|pair| pair[1].at - pair[0].at).collect()
}

#[tokio::test]
async fn a_retry_comes_back_after_its_own_pause_with_its_error_written_down() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        let (after, cause) = (Some(ms(1500)), no(&delivery));
        match delivery.attempts {
            0 => Outcome::Retry { after, cause },
            _ => Outcome::Done,
        }
    };
    let tree = harness.run(&harness.service(act)).await;
    let id = harness.publish("Order", "a").await;
    let attempts = harness.partition().attempts(SERVICE);
    let field = format!("{}/{id}", harness.orders());
    let history: String = eventually("the error is written down", || async {
        harness
            .command::<Option<String>>(&["HGET", &attempts, &field])
            .await
    })
    .await;
    let history: Vec<dead::Attempt> = serde_json::from_str(&history).expect("JSON");
    assert_eq!((history[0].attempt, history[0].error.as_str()), (1, "no 0"));
    let parked = harness.pending().await.remove(0);
    assert_eq!((parked.consumer.as_str(), parked.deliveries), (PARKING, 1));

    let calls = harness.calls.until("a", 2).await;
    let counts: Vec<_> = calls.iter().map(|v| (v.attempts, v.deliveries)).collect();
    assert_eq!(counts, [(0, 1), (1, 2)]);
    let gap = gaps(&calls)[0];
    assert!((ms(1490)..LEASE).contains(&gap), "{gap:?}");
    harness.close(tree).await;
}

#[tokio::test]
async fn the_pause_of_the_consumer_grows() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match delivery.attempts {
            0..3 => Outcome::retry(no(&delivery)),
            _ => Outcome::Done,
        }
    };
    let backoff = Backoff::new(ms(100), ms(10_000), 0.0).expect("valid");
    let tree = harness.run(&harness.service(act).backoff(backoff)).await;
    harness.publish("Order", "a").await;
    let gaps = gaps(&harness.calls.until("a", 4).await);
    for (gap, least) in gaps.iter().zip([95, 195, 395]) {
        assert!(*gap >= ms(least), "{gaps:?}");
    }
    harness.close(tree).await;
}

#[tokio::test]
async fn a_handler_slower_than_its_timeout_is_a_retry() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        if delivery.attempts == 0 {
            std::future::pending::<()>().await;
        }
        Outcome::dead(Cause::new("enough"))
    };
    let tree = harness.run(&harness.service(act).timeout(ms(100))).await;
    harness.publish("Order", "a").await;
    let letter = harness.until_dead().await;
    assert_eq!(letter.attempts.len(), 1);
    assert_eq!(letter.attempts[0].error, "no outcome within 100ms");
    assert_eq!(harness.calls.of("a")[1].attempts, 1);
    harness.close(tree).await;
}

#[tokio::test]
async fn used_up_attempts_end_in_a_dead_letter_with_every_error() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move { Outcome::retry(no(&delivery)) };
    let tree = harness.run(&harness.service(act).max_attempts(3)).await;
    let id = harness.publish("Order", "a").await;
    let letter = harness.until_dead().await;
    let errors: Vec<(u32, &str)> = letter
        .attempts
        .iter()
        .map(|attempt| (attempt.attempt, attempt.error.as_str()))
        .collect();
    assert_eq!(errors, [(1, "no 0"), (2, "no 1"), (3, "no 2")]);
    assert_eq!((letter.cause.as_str(), letter.deliveries), ("no 2", 3));
    assert_eq!((letter.first_id, letter.entry_id), (id.clone(), id));
    assert_eq!(harness.calls.of("a").len(), 3);
    harness.close(tree).await;
}

#[tokio::test]
async fn more_attempts_than_the_history_keeps_are_counted_all_the_same() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move { Outcome::retry(no(&delivery)) };
    let at_once = Backoff::new(ms(1), ms(1), 0.0).expect("valid");
    let service = harness.service(act).max_attempts(30).backoff(at_once);
    let tree = harness.run(&service).await;
    harness.publish("Order", "a").await;
    let letter = harness.until_dead().await;
    assert_eq!((letter.cause.as_str(), letter.deliveries), ("no 29", 30));
    assert!(letter.attempts.len() <= 21, "{}", letter.attempts.len());
    harness.close(tree).await;
}

#[tokio::test]
async fn an_entry_deleted_during_its_attempt_leaves_nothing_behind() {
    let harness = Harness::new().await;
    let server = harness.runtime.server().clone();
    let act = move |delivery: Delivery| {
        let mut link = server.link();
        async move {
            let mut delete = redis::cmd("XDEL");
            delete
                .arg(&*delivery.receipt.stream)
                .arg(&delivery.receipt.id);
            delete
                .query_async::<()>(&mut link)
                .await
                .expect("it answers");
            Outcome::retry(no(&delivery))
        }
    };
    let tree = harness.run(&harness.service(act)).await;
    harness.publish("Order", "a").await;
    harness.calls.until("a", 1).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn an_entrys_fields_do_not_change_its_attempt_count() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match delivery.attempts {
            0 => Outcome::retry(no(&delivery)),
            _ => Outcome::Done,
        }
    };
    let tree = harness.run(&harness.service(act).max_attempts(3)).await;
    let orders = harness.orders();
    let data = streamward::pack("Order", &"x").expect("packs");
    let mut add = redis::cmd("XADD");
    add.arg(&orders)
        .arg("*")
        .arg(&["type", "Order", "key", "a"]);
    add.arg(&["retry.attempts", "4294967295", "retry.first", "1-0"]);
    add.arg(&["dead.lineage", "1-0"]).arg("data").arg(data);
    let mut link = harness.runtime.server().link();
    add.query_async::<()>(&mut link).await.expect("it answers");
    let calls = harness.calls.until("a", 2).await;
    assert_eq!((calls[0].attempts, calls[1].attempts), (0, 1));
    harness.close(tree).await;
}

#[tokio::test]
async fn a_due_retry_behind_many_that_are_held_is_found() {
    let harness = Harness::new().await;
    let service = harness.service(crate::call_log::done).concurrency(1);
    harness.make_groups(&service).await;
    let keys = harness.publish_many(301).await;
    harness.read_as(STRANGER, 301).await;
    let alive = harness.partition().alive(SERVICE, STRANGER);
    harness.command::<()>(&["SET", &alive, "1"]).await;
    let last = harness.pending().await.pop().expect("it is pending").id;
    let (orders, lease) = (harness.orders(), LEASE.as_millis().to_string());
    let due = [
        "XCLAIM", &orders, SERVICE, PARKING, "0", &last, "IDLE", &lease, "JUSTID",
    ];
    harness.command::<redis::Value>(&due).await;
    let tree = harness.run(&service).await;
    harness.calls.until(&keys[300], 1).await;
    harness.command::<()>(&["DEL", &alive]).await;
    harness.close(tree).await;
}
