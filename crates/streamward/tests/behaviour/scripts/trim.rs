//! `trim_stream`: removes entries that every group has settled and that are older than the horizon.

use super::{GROUP, ORDERS, TestServer};

/// Far in the future of the ids `1-0` to `1000-0`.
const NO_HORIZON: &str = "1000000-0";

async fn trim(server: &TestServer, horizon: &str) -> usize {
    let mut reply = server.call("trim_stream", &[ORDERS], &[horizon, ""]).await;
    assert_eq!(reply.tag(), "TRIMMED");
    reply.take().expect("a count")
}

/// A thousand entries of which `group` has settled the first `count`.
async fn settle(server: &TestServer, group: &str, count: usize) {
    server.read(ORDERS, group, "w", count).await;
    let ids = (1..=count).map(|n| format!("{n}-0"));
    let words = ["XACK", ORDERS, group].map(str::to_owned);
    server
        .command::<()>(words.into_iter().chain(ids).collect::<Vec<_>>())
        .await;
}

/// The number of the oldest entry that is left.
async fn oldest(server: &TestServer) -> usize {
    let ids = server.ids(ORDERS).await;
    let (ms, _) = ids[0].split_once('-').expect("an id");
    ms.parse().expect("a number")
}

async fn thousand() -> TestServer {
    let server = TestServer::new().await;
    server.fill(ORDERS, 1_000).await;
    server
}

#[tokio::test]
async fn entries_settled_by_all_groups_are_trimmed() {
    let server = thousand().await;
    settle(&server, GROUP, 1_000).await;
    let trimmed = trim(&server, NO_HORIZON).await;
    assert!(trimmed >= 800, "{trimmed}");
    assert_eq!(server.ids(ORDERS).await.len(), 1_000 - trimmed);
}

#[tokio::test]
async fn the_slowest_group_decides() {
    let server = thousand().await;
    server.group(ORDERS, "slow").await;
    settle(&server, GROUP, 1_000).await;
    settle(&server, "slow", 500).await;
    let trimmed = trim(&server, NO_HORIZON).await;
    assert!((300..=500).contains(&trimmed), "{trimmed}");
    assert!(oldest(&server).await <= 501);
}

#[tokio::test]
async fn a_group_that_has_read_nothing_keeps_everything() {
    let server = thousand().await;
    server.group(ORDERS, "new").await;
    settle(&server, GROUP, 1_000).await;
    let before = server.dump().await;
    assert_eq!(trim(&server, NO_HORIZON).await, 0);
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn an_entry_that_is_pending_or_parked_is_kept_with_all_that_follow() {
    let server = thousand().await;
    server.read(ORDERS, GROUP, "w", 1_000).await;
    let all = (1..=1_000).filter(|n| *n != 350);
    let words = ["XACK", ORDERS, GROUP].map(str::to_owned).into_iter();
    let words = words.chain(all.map(|n| format!("{n}-0")));
    server.command::<()>(words.collect::<Vec<_>>()).await;
    server
        .command::<()>(&["XCLAIM", ORDERS, GROUP, "~retry", "0", "350-0", "JUSTID"])
        .await;
    let trimmed = trim(&server, NO_HORIZON).await;
    assert!((200..350).contains(&trimmed), "{trimmed}");
    assert!(server.ids(ORDERS).await.contains(&"350-0".to_owned()));
}

#[tokio::test]
async fn entries_younger_than_the_horizon_are_kept() {
    let server = thousand().await;
    settle(&server, GROUP, 1_000).await;
    let trimmed = trim(&server, "400-0").await;
    assert!((200..400).contains(&trimmed), "{trimmed}");
    assert!(oldest(&server).await <= 400);
    assert_eq!(trim(&server, "0-0").await, 0);
}

#[tokio::test]
async fn a_stream_that_does_not_exist_is_not_created() {
    let server = TestServer::new().await;
    let mut reply = server
        .call("trim_stream", &["t:{0}:nothing"], &[NO_HORIZON, ""])
        .await;
    assert_eq!(reply.take::<usize>().expect("a count"), 0);
    let exists: usize = server.command(&["EXISTS", "t:{0}:nothing"]).await;
    assert_eq!(exists, 0);
}

#[tokio::test]
async fn without_the_callers_group_nothing_is_trimmed() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 1000).await;
    settle(&server, GROUP, 500).await;
    let trim = async |group| {
        let mut reply = server
            .call("trim_stream", &[ORDERS], &[NO_HORIZON, group])
            .await;
        reply.take::<usize>().expect("a count")
    };
    assert_eq!(trim("lost").await, 0);
    assert_eq!(oldest(&server).await, 1);
    assert!(trim(GROUP).await > 0);
}
