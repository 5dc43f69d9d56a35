//! A merchant who hangs has few attempts in flight, and holds up nobody else.

use std::{sync::Arc, time::Duration};

use egress::Policy;
use store::webhook;
use streamward::{Consumer, Runtime};
use testkit::{Merchant, eventually};
use webhook_worker::{Sender, Settings, WebhookHandler, consumer};

use crate::counter::{Counter, confirmed};

const ORDERS: usize = 20;

/// The service as it runs, with as many workers as one hanging merchant could fill.
fn service(runtime: &Runtime) -> Consumer<WebhookHandler> {
    let policy = Policy {
        allow_http: true,
        allow_private: true,
    };
    let sender = Sender::new(policy).unwrap();
    let sender = sender.with_timeout(Duration::from_secs(600));
    consumer(runtime, Arc::new(sender), Settings::default()).concurrency(4)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_who_hangs_holds_up_nobody_else() {
    let (hanging, well) = (
        Merchant::start("200 OK", "").await,
        Merchant::start("200 OK", "").await,
    );
    hanging.hangs();
    let counter = Counter::open().await;
    counter.subscribe(hanging.url()).await;
    let served = counter.subscribe(well.url()).await;
    for _ in 0..ORDERS {
        let event = confirmed();
        counter.hears(&event.order_id, &event).await;
    }
    let tree = service(&counter.runtime).tree(&counter.runtime).await;
    let tree = tree.unwrap().start().await.unwrap();
    eventually("the other one has got everything", || async {
        (well.posts().len() == ORDERS).then_some(())
    })
    .await;
    assert_eq!(hanging.most_inside(), 2);
    eventually("and all of it is noted", || async {
        let log = webhook::deliveries(&counter.runtime, &served.id, 100).await;
        let taken =
            |record: &webhook::DeliveryLog| record.status == webhook::DeliveryStatus::Delivered;
        let all = log.unwrap();
        (all.iter().filter(|(_, record)| taken(record)).count() == ORDERS).then_some(())
    })
    .await;
    assert!(well.most_inside() <= 2);
    tree.shutdown().await;
}
