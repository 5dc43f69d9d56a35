//! Typed and versioned messages, through a real stream.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use streamward::{Consumer, Delivery, Handler, Message, Outcome, TraceParent, Undecodable, send};
use testkit::eventually;

use crate::support::{Floor, SERVICE, quick};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) grams: u32,
}

/// As an older program wrote it.
#[derive(Debug, Serialize, Deserialize)]
struct OldParcel {
    kilos: u32,
}

/// As a newer program writes it.
#[derive(Debug, Serialize, Deserialize)]
struct NewParcel {
    grams: u32,
}

impl Message for OldParcel {
    const KIND: &'static str = "Parcel";
}

impl Message for Parcel {
    const KIND: &'static str = "Parcel";
    const VERSION: u32 = 2;

    fn upgrade(_from: u32, data: &[u8]) -> Result<Self, Undecodable> {
        let OldParcel { kilos } = streamward::unpack(data)?;
        Ok(Self {
            grams: kilos * 1000,
        })
    }
}

impl Message for NewParcel {
    const KIND: &'static str = "Parcel";
    const VERSION: u32 = 3;
}

/// Notes what it weighs.
struct Scales(Arc<Mutex<Vec<u32>>>);

impl Handler for Scales {
    type Message = Parcel;

    async fn handle(&self, Parcel { grams }: Parcel, _: &Delivery) -> Outcome {
        self.0.lock().expect("nobody panics").push(grams);
        Outcome::Done
    }
}

#[tokio::test]
async fn old_messages_are_upgraded_and_newer_ones_wait_for_newer_programs() {
    let floor = Floor::new().await;
    let mut link = floor.runtime.server().link();
    let (orders, trace) = (floor.orders(), TraceParent::start());
    let weighed: Arc<Mutex<Vec<u32>>> = Arc::default();
    let service = Consumer::new(SERVICE, Scales(Arc::clone(&weighed)))
        .reads(["orders"])
        .backoff(quick())
        .max_attempts(3);
    let tree = floor.run(&service).await;
    let (old, new) = (OldParcel { kilos: 2 }, NewParcel { grams: 7 });
    send(&mut link, &orders, "a", trace, &old)
        .await
        .expect("written");
    send(&mut link, &orders, "b", trace, &Parcel { grams: 5 })
        .await
        .expect("written");
    send(&mut link, &orders, "c", trace, &new)
        .await
        .expect("written");
    let letter = floor.until_dead().await;
    assert_eq!(letter.entry.key(), "c");
    assert_eq!(letter.attempts.len(), 3, "it was given up at once");
    assert!(letter.cause.contains("version 3"), "{}", letter.cause);
    eventually("both are weighed", || async {
        let mut grams = weighed.lock().expect("nobody panics").clone();
        grams.sort_unstable();
        (grams == [5, 2000]).then_some(())
    })
    .await;
    floor.close(tree).await;
}
