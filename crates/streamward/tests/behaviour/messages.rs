//! Typed and versioned messages, through a real stream.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use streamward::{Consumer, Delivery, Handler, Message, Outcome, TraceParent, Undecodable, send};
use testkit::eventually;

use crate::harness::{Harness, SERVICE, quick};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Shipment {
    pub(crate) grams: u32,
}

/// The message as an older program wrote it.
#[derive(Debug, Serialize, Deserialize)]
struct OldShipment {
    kilos: u32,
}

/// The message as a newer program writes it.
#[derive(Debug, Serialize, Deserialize)]
struct NewShipment {
    grams: u32,
}

impl Message for OldShipment {
    const KIND: &'static str = "Shipment";
}

impl Message for Shipment {
    const KIND: &'static str = "Shipment";
    const VERSION: u32 = 2;

    fn upgrade(_from: u32, data: &[u8]) -> Result<Self, Undecodable> {
        let OldShipment { kilos } = streamward::unpack(data)?;
        Ok(Self {
            grams: kilos * 1000,
        })
    }
}

impl Message for NewShipment {
    const KIND: &'static str = "Shipment";
    const VERSION: u32 = 3;
}

/// Notes what it weighs.
struct Weights(Arc<Mutex<Vec<u32>>>);

impl Handler for Weights {
    type Message = Shipment;

    async fn handle(&self, Shipment { grams }: Shipment, _: &Delivery) -> Outcome {
        self.0
            .lock()
            .expect("no test panics while it holds the lock")
            .push(grams);
        Outcome::Done
    }
}

#[tokio::test]
async fn old_messages_are_upgraded_and_newer_ones_wait_for_newer_programs() {
    let harness = Harness::new().await;
    let mut link = harness.runtime.server().link();
    let (orders, trace) = (harness.orders(), TraceParent::start());
    let weighed: Arc<Mutex<Vec<u32>>> = Arc::default();
    let service = Consumer::new(SERVICE, Weights(Arc::clone(&weighed)))
        .reads(["orders"])
        .backoff(quick())
        .max_attempts(3);
    let tree = harness.run(&service).await;
    let (old, new) = (OldShipment { kilos: 2 }, NewShipment { grams: 7 });
    send(&mut link, &orders, "a", trace, &old)
        .await
        .expect("written");
    send(&mut link, &orders, "b", trace, &Shipment { grams: 5 })
        .await
        .expect("written");
    send(&mut link, &orders, "c", trace, &new)
        .await
        .expect("written");
    let letter = harness.until_dead().await;
    assert_eq!(letter.entry.key(), "c");
    assert_eq!(letter.attempts.len(), 3, "it was given up at once");
    assert!(letter.cause.contains("version 3"), "{}", letter.cause);
    eventually("both are weighed", || async {
        let mut grams = weighed
            .lock()
            .expect("no test panics while it holds the lock")
            .clone();
        grams.sort_unstable();
        (grams == [5, 2000]).then_some(())
    })
    .await;
    harness.close(tree).await;
}
