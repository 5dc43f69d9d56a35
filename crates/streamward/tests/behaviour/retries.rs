//! Failed attempts: counted, written down, repeated after a pause, and bounded.

use std::time::Duration;

use streamward::{Cause, Delivery, Outcome, PARKING, dead};
use supervision::Backoff;
use testkit::eventually;

use crate::diary::Visit;
use crate::support::{Floor, LEASE, SERVICE, STRANGER};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn no(delivery: &Delivery) -> Cause {
    Cause::new(format!("no {}", delivery.attempts))
}

/// The pauses between the calls.
fn gaps(visits: &[Visit]) -> Vec<Duration> {
    let pairs = visits.windows(2);
    pairs.map(|pair| pair[1].at - pair[0].at).collect()
}

#[tokio::test]
async fn a_retry_comes_back_after_its_own_pause_with_its_error_written_down() {
    let floor = Floor::new().await;
    let act = |delivery: Delivery| async move {
        let (after, cause) = (Some(ms(1500)), no(&delivery));
        match delivery.attempts {
            0 => Outcome::Retry { after, cause },
            _ => Outcome::Done,
        }
    };
    let tree = floor.run(&floor.service(act)).await;
    let id = floor.publish("Order", "a").await;
    let attempts = floor.partition().attempts(SERVICE);
    let field = format!("{}/{id}", floor.orders());
    let history: String = eventually("the error is written down", || async {
        floor
            .ask::<Option<String>>(&["HGET", &attempts, &field])
            .await
    })
    .await;
    let history: Vec<dead::Attempt> = serde_json::from_str(&history).expect("JSON");
    assert_eq!((history[0].attempt, history[0].error.as_str()), (1, "no 0"));
    let parked = floor.pending().await.remove(0);
    assert_eq!((parked.consumer.as_str(), parked.deliveries), (PARKING, 1));

    let visits = floor.diary.until("a", 2).await;
    let counts: Vec<_> = visits.iter().map(|v| (v.attempts, v.deliveries)).collect();
    assert_eq!(counts, [(0, 1), (1, 2)]);
    let gap = gaps(&visits)[0];
    assert!((ms(1490)..LEASE).contains(&gap), "{gap:?}");
    floor.close(tree).await;
}

#[tokio::test]
async fn the_pause_of_the_consumer_grows() {
    let floor = Floor::new().await;
    let act = |delivery: Delivery| async move {
        match delivery.attempts {
            0..3 => Outcome::retry(no(&delivery)),
            _ => Outcome::Done,
        }
    };
    let backoff = Backoff::new(ms(100), ms(10_000), 0.0).expect("valid");
    let tree = floor.run(&floor.service(act).backoff(backoff)).await;
    floor.publish("Order", "a").await;
    let gaps = gaps(&floor.diary.until("a", 4).await);
    for (gap, least) in gaps.iter().zip([95, 195, 395]) {
        assert!(*gap >= ms(least), "{gaps:?}");
    }
    floor.close(tree).await;
}

#[tokio::test]
async fn a_handler_slower_than_its_timeout_is_a_retry() {
    let floor = Floor::new().await;
    let act = |delivery: Delivery| async move {
        if delivery.attempts == 0 {
            std::future::pending::<()>().await;
        }
        Outcome::dead(Cause::new("enough"))
    };
    let tree = floor.run(&floor.service(act).timeout(ms(100))).await;
    floor.publish("Order", "a").await;
    let letter = floor.until_dead().await;
    assert_eq!(letter.attempts.len(), 1);
    assert_eq!(letter.attempts[0].error, "no outcome within 100ms");
    assert_eq!(floor.diary.of("a")[1].attempts, 1);
    floor.close(tree).await;
}

#[tokio::test]
async fn used_up_attempts_end_among_the_dead_letters_with_every_error() {
    let floor = Floor::new().await;
    let act = |delivery: Delivery| async move { Outcome::retry(no(&delivery)) };
    let tree = floor.run(&floor.service(act).max_attempts(3)).await;
    let id = floor.publish("Order", "a").await;
    let letter = floor.until_dead().await;
    let errors: Vec<(u32, &str)> = letter
        .attempts
        .iter()
        .map(|attempt| (attempt.attempt, attempt.error.as_str()))
        .collect();
    assert_eq!(errors, [(1, "no 0"), (2, "no 1"), (3, "no 2")]);
    assert_eq!((letter.cause.as_str(), letter.deliveries), ("no 2", 3));
    assert_eq!((letter.first_id, letter.entry_id), (id.clone(), id));
    assert_eq!(floor.diary.of("a").len(), 3);
    floor.close(tree).await;
}

#[tokio::test]
async fn more_attempts_than_the_history_keeps_are_counted_all_the_same() {
    let floor = Floor::new().await;
    let act = |delivery: Delivery| async move { Outcome::retry(no(&delivery)) };
    let at_once = Backoff::new(ms(1), ms(1), 0.0).expect("valid");
    let service = floor.service(act).max_attempts(30).backoff(at_once);
    let tree = floor.run(&service).await;
    floor.publish("Order", "a").await;
    let letter = floor.until_dead().await;
    assert_eq!((letter.cause.as_str(), letter.deliveries), ("no 29", 30));
    assert!(letter.attempts.len() <= 21, "{}", letter.attempts.len());
    floor.close(tree).await;
}

#[tokio::test]
async fn an_entry_deleted_during_its_attempt_is_forgotten() {
    let floor = Floor::new().await;
    let server = floor.runtime.server().clone();
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
    let tree = floor.run(&floor.service(act)).await;
    floor.publish("Order", "a").await;
    floor.diary.until("a", 1).await;
    floor.close(tree).await;
}

#[tokio::test]
async fn nobody_but_the_runtime_says_how_often_an_entry_has_failed() {
    let floor = Floor::new().await;
    let act = |delivery: Delivery| async move {
        match delivery.attempts {
            0 => Outcome::retry(no(&delivery)),
            _ => Outcome::Done,
        }
    };
    let tree = floor.run(&floor.service(act).max_attempts(3)).await;
    let orders = floor.orders();
    let data = streamward::pack("Order", &"x").expect("packs");
    let mut add = redis::cmd("XADD");
    add.arg(&orders)
        .arg("*")
        .arg(&["type", "Order", "key", "a"]);
    add.arg(&["retry.attempts", "4294967295", "retry.first", "1-0"]);
    add.arg(&["dead.lineage", "1-0"]).arg("data").arg(data);
    let mut link = floor.runtime.server().link();
    add.query_async::<()>(&mut link).await.expect("it answers");
    let visits = floor.diary.until("a", 2).await;
    assert_eq!((visits[0].attempts, visits[1].attempts), (0, 1));
    floor.close(tree).await;
}

#[tokio::test]
async fn a_due_retry_behind_many_that_are_held_is_found() {
    let floor = Floor::new().await;
    let service = floor.service(crate::diary::done).concurrency(1);
    floor.make_groups(&service).await;
    let keys = floor.publish_many(301).await;
    floor.read_as(STRANGER, 301).await;
    let alive = floor.partition().alive(SERVICE, STRANGER);
    floor.ask::<()>(&["SET", &alive, "1"]).await;
    let last = floor.pending().await.pop().expect("it is pending").id;
    let (orders, lease) = (floor.orders(), LEASE.as_millis().to_string());
    let due = [
        "XCLAIM", &orders, SERVICE, PARKING, "0", &last, "IDLE", &lease, "JUSTID",
    ];
    floor.ask::<redis::Value>(&due).await;
    let tree = floor.run(&service).await;
    floor.diary.until(&keys[300], 1).await;
    floor.ask::<()>(&["DEL", &alive]).await;
    floor.close(tree).await;
}
