//! A hanging endpoint has few attempts in flight and delays no other.

use std::{sync::Arc, time::Duration};

use store::webhook;
use streamward::{Consumer, Runtime};
use testkit::{Merchant, eventually};
use webhook_worker::{Sender, Settings, WebhookHandler, consumer};

use crate::harness::{ALLOW_ALL, Harness, order_confirmed};

const ORDERS: usize = 20;

/// Returns the service with as few workers as one hanging endpoint could occupy.
fn service(runtime: &Runtime) -> Consumer<WebhookHandler> {
    let sender = Sender::new(ALLOW_ALL).unwrap();
    let sender = sender.with_timeout(Duration::from_secs(600));
    consumer(runtime, Arc::new(sender), Settings::default()).concurrency(4)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_endpoint_delays_no_other() {
    let (hanging, healthy) = (
        Merchant::start("200 OK", "").await,
        Merchant::start("200 OK", "").await,
    );
    hanging.hang();
    let harness = Harness::start().await;
    harness.subscribe(hanging.url()).await;
    let served = harness.subscribe(healthy.url()).await;
    for _ in 0..ORDERS {
        let event = order_confirmed();
        harness.publish(&event.order_id, &event).await;
    }
    let tree = service(harness.runtime()).tree(harness.runtime()).await;
    let tree = tree.unwrap().start().await.unwrap();
    eventually("the other endpoint has received everything", || async {
        (healthy.requests().len() == ORDERS).then_some(())
    })
    .await;
    assert_eq!(hanging.max_concurrent(), 2);
    eventually("every delivery is recorded", || async {
        let log = webhook::deliveries(harness.runtime(), &served.id, 100).await;
        let taken =
            |record: &webhook::DeliveryLog| record.status == webhook::DeliveryStatus::Delivered;
        let all = log.unwrap();
        (all.iter().filter(|(_, record)| taken(record)).count() == ORDERS).then_some(())
    })
    .await;
    assert!(healthy.max_concurrent() <= 2);
    tree.shutdown().await;
}
