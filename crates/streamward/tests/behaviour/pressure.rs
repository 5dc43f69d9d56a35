//! The high-water mark: producers are refused while consumers are too far behind.

use std::sync::Arc;

use streamward::pressure::{HighWaterExceeded, HighWaterMark};
use supervision::{ChildSpec, SupervisorSpec};
use testkit::eventually;
use tokio::sync::Semaphore;

use crate::{call_log::gated, harness::Harness};

#[tokio::test]
async fn waiting_and_in_flight_entries_count_and_settled_ones_do_not() {
    let harness = Harness::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let tree = harness.run(&harness.service(gated(&gate))).await;
    let mark = HighWaterMark::new(harness.runtime.clone(), ["orders"], 10);
    harness.publish_many(9).await;
    assert_eq!(mark.run_once().await.expect("it answers"), 9);
    assert_eq!(mark.check(), Ok(()));
    harness.publish("Order", "tenth").await;
    let watch = mark.clone();
    let watching = SupervisorSpec::new("door")
        .child(ChildSpec::task("gauge", move |cx| watch.clone().watch(cx)))
        .start()
        .await
        .expect("starts");
    eventually("the mark is reached", || async { mark.check().err() }).await;
    let (backlog, limit) = (10, 10);
    assert_eq!(mark.check(), Err(HighWaterExceeded { backlog, limit }));
    gate.add_permits(10);
    eventually("there is room again", || async { mark.check().ok() }).await;
    watching.shutdown().await;
    harness.close(tree).await;
}
