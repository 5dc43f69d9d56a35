//! A running consumer trims exactly the entries that every group has settled.

use std::time::Duration;

use redis::streams::StreamRangeReply;
use testkit::eventually;

use crate::{call_log::done, harness::Harness};

#[tokio::test]
async fn settled_entries_are_trimmed_and_those_another_group_needs_are_kept() {
    let harness = Harness::new().await;
    let orders = harness.orders();
    let create = ["XGROUP", "CREATE", &orders, "audit", "0", "MKSTREAM"];
    harness.command::<()>(&create).await;
    let keys = harness.publish_many(600).await;
    let all: StreamRangeReply = harness.command(&["XRANGE", &orders, "-", "+"]).await;
    let read = ["XREADGROUP", "GROUP", "audit", "a", "STREAMS", &orders, ">"];
    harness.command::<redis::Value>(&read).await;
    let needed = all.ids[350].id.as_str();
    let settled = all.ids.iter().map(|entry| entry.id.as_str());
    let mut ack = vec!["XACK", &orders, "audit"];
    ack.extend(settled.filter(|id| *id != needed));
    harness.command::<()>(ack).await;

    let service = harness.service(done).retention(Duration::ZERO);
    let tree = harness.run(&service).await;
    harness.calls.until_all(&keys).await;
    let left: StreamRangeReply = eventually("something is trimmed", || async {
        let left: StreamRangeReply = harness.command(&["XRANGE", &orders, "-", "+"]).await;
        (left.ids.len() < 600).then_some(left)
    })
    .await;
    assert!(left.ids.iter().any(|entry| entry.id == needed));
    let kept = left.ids.len();
    assert!((250..500).contains(&kept), "{kept}");
    harness.close(tree).await;
}
