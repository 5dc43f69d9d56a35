//! A consumer receives streams on demand only while there is demand, and misses nothing of it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use streamward::{Cause, Consumer, Demand, Outcome, Partition, Result, clock};
use testkit::eventually;

use crate::{
    call_log::TestHandler,
    harness::{Harness, quick},
};

/// Unix milliseconds since when entries are wanted; 0 while they are not.
#[derive(Clone, Debug, Default)]
struct Switch(Arc<AtomicU64>);

impl Demand for Switch {
    fn since_ms<'a>(
        &'a self,
        _: &'a Partition,
    ) -> Pin<Box<dyn Future<Output = Result<Option<u64>>> + Send + 'a>> {
        let since = self.0.load(Ordering::SeqCst);
        Box::pin(async move { Ok((since > 0).then_some(since)) })
    }
}

async fn groups(harness: &Harness) -> usize {
    let orders = harness.orders();
    let groups: Vec<redis::Value> = harness.command(&["XINFO", "GROUPS", &orders]).await;
    groups.len()
}

async fn until_groups(harness: &Harness, count: usize) {
    eventually(&format!("the stream has {count} groups"), || async {
        (groups(harness).await == count).then_some(())
    })
    .await;
}

fn ms_of(id: &str) -> u64 {
    let (ms, _) = id.split_once('-').expect("an id");
    ms.parse().expect("milliseconds")
}

async fn until_after(ms: u64) {
    eventually("a millisecond has passed", || async {
        (clock::now_ms() > ms).then_some(())
    })
    .await;
}

#[tokio::test]
async fn entries_that_back_off_when_the_demand_ends_are_handled_before_the_group_goes() {
    let harness = Harness::new().await;
    let switch = Switch(Arc::new(AtomicU64::new(1)));
    let fails = Arc::new(AtomicBool::new(true));
    let failing = Arc::clone(&fails);
    let act = move |_| {
        let fails = failing.load(Ordering::SeqCst);
        async move {
            if fails {
                Outcome::Retry {
                    after: Some(Duration::from_secs(3)),
                    cause: Cause::new("not now"),
                }
            } else {
                Outcome::Done
            }
        }
    };
    let consumer = Consumer::new("billing", TestHandler::new(act, &harness.calls))
        .reads_on_demand(["orders"], switch.clone())
        .heartbeat(Duration::from_secs(1));
    let tree = harness.run(&consumer).await;
    harness.publish("Order", "parked").await;
    harness.calls.until("parked", 1).await;
    switch.0.store(0, Ordering::SeqCst);
    fails.store(false, Ordering::SeqCst);
    harness.calls.until("parked", 2).await;
    until_groups(&harness, 0).await;
    tree.shutdown().await;
}

#[tokio::test]
async fn entries_are_delivered_from_the_moment_of_the_demand_to_its_end() {
    let harness = Harness::new().await;
    let switch = Switch::default();
    let handler = TestHandler::new(|_| async { Outcome::Done }, &harness.calls);
    let consumer = Consumer::new("billing", handler)
        .reads_on_demand(["orders"], switch.clone())
        .concurrency(4)
        .backoff(quick())
        .heartbeat(Duration::from_secs(1));
    let before = harness.publish("Order", "before").await;
    let tree = harness.run(&consumer).await;

    // Written since the demand began, and before the consumer knows of it.
    until_after(ms_of(&before)).await;
    let written = ms_of(&harness.publish("Order", "since").await);
    assert_eq!(groups(&harness).await, 0);
    switch.0.store(written, Ordering::SeqCst);
    harness.calls.until("since", 1).await;
    harness.publish("Order", "later").await;
    harness.calls.until("later", 1).await;

    switch.0.store(0, Ordering::SeqCst);
    until_groups(&harness, 0).await;
    harness.publish("Order", "meanwhile").await;

    let again = clock::now_ms() + 1;
    switch.0.store(again, Ordering::SeqCst);
    until_groups(&harness, 1).await;
    until_after(again).await;
    harness.publish("Order", "again").await;
    harness.calls.until("again", 1).await;
    for never in ["before", "meanwhile"] {
        assert!(harness.calls.of(never).is_empty(), "{never}");
    }
    tree.shutdown().await;
}
