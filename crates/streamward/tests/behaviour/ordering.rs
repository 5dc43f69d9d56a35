//! Entries of one key, one at a time and in their order.

use std::{collections::HashMap, sync::Arc, time::Duration};

use streamward::{Cause, Delivery, Outcome};
use supervision::Fault;
use testkit::eventually;
use tokio::sync::Mutex;

use crate::{
    harness::Pending,
    harness::{Harness, SERVICE, STRANGER},
};

const TENURE: Duration = Duration::from_secs(2);

/// Begin and end of each call, in order, by key.
type Log = Arc<Mutex<HashMap<String, Vec<String>>>>;

/// Every third entry fails the first time, every tenth kills its worker.
fn acting(
    log: &Log,
) -> impl Fn(Delivery) -> futures_util::future::BoxFuture<'static, Outcome> + use<> {
    let log = Arc::clone(log);
    move |delivery| {
        let log = Arc::clone(&log);
        Box::pin(async move {
            let number: u64 = delivery
                .receipt
                .id
                .split('-')
                .next()
                .map_or(0, |n| n.parse().unwrap_or(0));
            let key = delivery.key().to_owned();
            let note = |what: &str| format!("{what} {number}");
            log.lock()
                .await
                .entry(key.clone())
                .or_default()
                .push(note("begin"));
            tokio::time::sleep(Duration::from_millis(number % 5)).await;
            if number.is_multiple_of(10) && delivery.receipt.deliveries == 1 {
                log.lock().await.entry(key).or_default().push(note("fail"));
                panic!("a crash of the test's own making");
            }
            let failed = number.is_multiple_of(3) && delivery.attempts == 0;
            let end = if failed { "fail" } else { "end" };
            log.lock().await.entry(key).or_default().push(note(end));
            if failed {
                return Outcome::retry(Cause::new("not yet"));
            }
            Outcome::Done
        })
    }
}

/// Writes `count` entries of ten keys with the ids `1-0`, `2-0` and so on.
async fn fill(harness: &Harness, count: usize) {
    let data = streamward::pack("Order", &"x").expect("packs");
    let mut pipe = redis::pipe();
    for n in 1..=count {
        let key = format!("key-{}", n % 10);
        let fields: [(&str, &[u8]); 3] =
            [("type", b"Order"), ("key", key.as_bytes()), ("data", &data)];
        pipe.xadd(harness.orders(), format!("{n}-0"), &fields)
            .ignore();
    }
    let mut link = harness.runtime.server().link();
    pipe.query_async::<()>(&mut link).await.expect("it answers");
}

/// Asserts that the calls of a key neither overlap nor change order.
async fn check(log: &Log, count: usize) {
    let log = log.lock().await;
    let mut ended = 0;
    for (key, lines) in log.iter() {
        for pair in lines.chunks(2) {
            let number = |line: &str| line.split_once(' ').map(|(_, number)| number.to_owned());
            assert!(pair[0].starts_with("begin"), "{key}: {lines:?}");
            assert_eq!(pair.len(), 2, "{key}: {lines:?}");
            assert_eq!(number(&pair[0]), number(&pair[1]), "{key}: {lines:?}");
        }
        let ends = lines.iter().filter_map(|line| line.strip_prefix("end "));
        let ends: Vec<u64> = ends
            .map(|number| number.parse().expect("a number"))
            .collect();
        assert!(ends.is_sorted(), "{key}: {ends:?}");
        ended += ends.len();
    }
    assert_eq!(ended, count);
}

#[tokio::test]
async fn entries_of_a_key_are_handled_in_order_despite_failures() {
    let harness = Harness::new().await;
    let log = Log::default();
    let service = harness
        .service(acting(&log))
        .ordered()
        .heartbeat(TENURE)
        .concurrency(8);
    fill(&harness, 200).await;
    let tree = harness.run(&service).await;
    harness.until_settled().await;
    check(&log, 200).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn a_new_owner_continues_in_order_after_the_first_died() {
    let harness = Harness::new().await;
    let log = Log::default();
    let service = harness
        .service(acting(&log))
        .ordered()
        .heartbeat(TENURE)
        .concurrency(8);
    harness.make_groups(&service).await;
    fill(&harness, 100).await;
    // A process that owned the partition, read sixty entries and died, one of them backing off.
    harness.read_as(STRANGER, 60).await;
    let orders = harness.orders();
    let park = [
        "XCLAIM", &orders, SERVICE, "~retry", "0", "5-0", "IDLE", "59000", "JUSTID",
    ];
    harness.command::<redis::Value>(&park).await;
    let tree = harness.run(&service).await;
    harness.until_settled().await;
    check(&log, 100).await;
    harness.close(tree).await;
}

#[tokio::test]
async fn one_process_at_a_time_reads_and_the_other_takes_over() {
    let harness = Harness::new().await;
    let log = Log::default();
    let service = harness
        .service(acting(&log))
        .ordered()
        .heartbeat(TENURE)
        .concurrency(8);
    let (one, two) = (harness.run(&service).await, harness.run(&service).await);
    fill(&harness, 100).await;
    harness.until_settled().await;
    let owner: String = harness
        .command(&["GET", &harness.partition().lead(SERVICE, "owner")])
        .await;
    let named = |held: &Pending| held.consumer == owner;
    assert!(harness.pending().await.iter().all(named));
    // Whichever owns it goes; the other one takes over.
    for tree in [one, two] {
        tree.crash("owner", Fault::Panic).expect("it runs");
        eventually("the owner role is back", || async {
            (crate::harness::at(&tree, "owner").restarts >= 1).then_some(())
        })
        .await;
        tree.shutdown().await;
    }
    let tree = harness.run(&service).await;
    harness.publish("Order", "late").await;
    harness.until_settled().await;
    harness.close(tree).await;
}

#[tokio::test]
async fn a_key_that_fails_does_not_hold_up_the_others() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match (delivery.key(), delivery.attempts) {
            ("sick", 0) => Outcome::Retry {
                after: Some(Duration::from_secs(2)),
                cause: Cause::new("not yet"),
            },
            _ => Outcome::Done,
        }
    };
    let tree = harness
        .run(&harness.service(act).ordered().heartbeat(TENURE))
        .await;
    for key in ["sick", "sick", "well"] {
        harness.publish("Order", key).await;
    }
    let well = harness.calls.until("well", 1).await;
    let sick = harness.calls.until("sick", 3).await;
    assert!(well[0].at < sick[1].at, "it had to wait");
    let attempts: Vec<u32> = sick.iter().map(|call| call.attempts).collect();
    assert_eq!(attempts, [0, 1, 0], "the second one overtook the first");
    harness.close(tree).await;
}

#[tokio::test]
async fn a_long_line_behind_one_that_fails_does_not_stop_the_consumer() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match (delivery.receipt.id.as_str(), delivery.attempts) {
            ("1-0", 0) => Outcome::retry(Cause::new("not yet")),
            _ => Outcome::Done,
        }
    };
    let data = streamward::pack("Order", &"x").expect("packs");
    let mut pipe = redis::pipe();
    for n in 1..=1500 {
        let fields: [(&str, &[u8]); 3] = [("type", b"Order"), ("key", b"one"), ("data", &data)];
        pipe.xadd(harness.orders(), format!("{n}-0"), &fields)
            .ignore();
    }
    let mut link = harness.runtime.server().link();
    pipe.query_async::<()>(&mut link).await.expect("it answers");
    let service = harness.service(act).ordered().heartbeat(TENURE);
    let tree = harness.run(&service.concurrency(8)).await;
    harness.until_settled().await;
    assert_eq!(harness.calls.len(), 1501);
    harness.close(tree).await;
}
