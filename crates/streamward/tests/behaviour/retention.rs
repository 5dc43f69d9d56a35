//! A running consumer trims what everybody has settled, and nothing else.

use std::time::Duration;

use redis::streams::StreamRangeReply;
use testkit::eventually;

use crate::{diary::done, support::Floor};

#[tokio::test]
async fn settled_entries_go_and_what_another_group_still_needs_stays() {
    let floor = Floor::new().await;
    let orders = floor.orders();
    let create = ["XGROUP", "CREATE", &orders, "audit", "0", "MKSTREAM"];
    floor.ask::<()>(&create).await;
    let keys = floor.publish_many(600).await;
    let all: StreamRangeReply = floor.ask(&["XRANGE", &orders, "-", "+"]).await;
    let read = ["XREADGROUP", "GROUP", "audit", "a", "STREAMS", &orders, ">"];
    floor.ask::<redis::Value>(&read).await;
    let needed = all.ids[350].id.as_str();
    let settled = all.ids.iter().map(|entry| entry.id.as_str());
    let mut ack = vec!["XACK", &orders, "audit"];
    ack.extend(settled.filter(|id| *id != needed));
    floor.ask::<()>(ack).await;

    let service = floor.service(done).retention(Duration::ZERO);
    let tree = floor.run(&service).await;
    floor.diary.until_all(&keys).await;
    let left: StreamRangeReply = eventually("something is trimmed", || async {
        let left: StreamRangeReply = floor.ask(&["XRANGE", &orders, "-", "+"]).await;
        (left.ids.len() < 600).then_some(left)
    })
    .await;
    assert!(left.ids.iter().any(|entry| entry.id == needed));
    let kept = left.ids.len();
    assert!((250..500).contains(&kept), "{kept}");
    floor.close(tree).await;
}
