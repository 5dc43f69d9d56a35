//! `trim`: a stream loses only what every group has settled and nobody wants to look at.

use super::{Bench, GROUP, ORDERS};

/// Far in the future of the ids `1-0` to `1000-0`.
const NO_HORIZON: &str = "1000000-0";

async fn trim(bench: &Bench, horizon: &str) -> usize {
    let mut reply = bench.call("trim_stream", &[ORDERS], &[horizon, ""]).await;
    assert_eq!(reply.tag(), "TRIMMED");
    reply.take().expect("a count")
}

/// A thousand entries of which `group` has settled the first `count`.
async fn settle(bench: &Bench, group: &str, count: usize) {
    bench.read(ORDERS, group, "w", count).await;
    let ids = (1..=count).map(|n| format!("{n}-0"));
    let words = ["XACK", ORDERS, group].map(str::to_owned);
    bench
        .ask::<()>(words.into_iter().chain(ids).collect::<Vec<_>>())
        .await;
}

/// The number of the oldest entry that is left.
async fn oldest(bench: &Bench) -> usize {
    let ids = bench.ids(ORDERS).await;
    let (ms, _) = ids[0].split_once('-').expect("an id");
    ms.parse().expect("a number")
}

async fn thousand() -> Bench {
    let bench = Bench::new().await;
    bench.fill(ORDERS, 1_000).await;
    bench
}

#[tokio::test]
async fn what_all_have_settled_goes() {
    let bench = thousand().await;
    settle(&bench, GROUP, 1_000).await;
    let trimmed = trim(&bench, NO_HORIZON).await;
    assert!(trimmed >= 800, "{trimmed}");
    assert_eq!(bench.ids(ORDERS).await.len(), 1_000 - trimmed);
}

#[tokio::test]
async fn the_slowest_group_decides() {
    let bench = thousand().await;
    bench.group(ORDERS, "slow").await;
    settle(&bench, GROUP, 1_000).await;
    settle(&bench, "slow", 500).await;
    let trimmed = trim(&bench, NO_HORIZON).await;
    assert!((300..=500).contains(&trimmed), "{trimmed}");
    assert!(oldest(&bench).await <= 501);
}

#[tokio::test]
async fn a_group_that_has_read_nothing_keeps_everything() {
    let bench = thousand().await;
    bench.group(ORDERS, "new").await;
    settle(&bench, GROUP, 1_000).await;
    let before = bench.dump().await;
    assert_eq!(trim(&bench, NO_HORIZON).await, 0);
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn an_entry_that_is_pending_or_parked_is_kept_with_all_that_follow() {
    let bench = thousand().await;
    bench.read(ORDERS, GROUP, "w", 1_000).await;
    let all = (1..=1_000).filter(|n| *n != 350);
    let words = ["XACK", ORDERS, GROUP].map(str::to_owned).into_iter();
    let words = words.chain(all.map(|n| format!("{n}-0")));
    bench.ask::<()>(words.collect::<Vec<_>>()).await;
    bench
        .ask::<()>(&["XCLAIM", ORDERS, GROUP, "~retry", "0", "350-0", "JUSTID"])
        .await;
    let trimmed = trim(&bench, NO_HORIZON).await;
    assert!((200..350).contains(&trimmed), "{trimmed}");
    assert!(bench.ids(ORDERS).await.contains(&"350-0".to_owned()));
}

#[tokio::test]
async fn what_is_younger_than_the_horizon_is_kept_for_people() {
    let bench = thousand().await;
    settle(&bench, GROUP, 1_000).await;
    let trimmed = trim(&bench, "400-0").await;
    assert!((200..400).contains(&trimmed), "{trimmed}");
    assert!(oldest(&bench).await <= 400);
    assert_eq!(trim(&bench, "0-0").await, 0);
}

#[tokio::test]
async fn a_stream_that_does_not_exist_is_not_created() {
    let bench = Bench::new().await;
    let mut reply = bench
        .call("trim_stream", &["t:{0}:nothing"], &[NO_HORIZON, ""])
        .await;
    assert_eq!(reply.take::<usize>().expect("a count"), 0);
    let exists: usize = bench.ask(&["EXISTS", "t:{0}:nothing"]).await;
    assert_eq!(exists, 0);
}

#[tokio::test]
async fn while_the_callers_group_is_missing_nothing_goes() {
    let bench = Bench::new().await;
    bench.fill(ORDERS, 1000).await;
    settle(&bench, GROUP, 500).await;
    let trim = async |group| {
        let mut reply = bench
            .call("trim_stream", &[ORDERS], &[NO_HORIZON, group])
            .await;
        reply.take::<usize>().expect("a count")
    };
    assert_eq!(trim("lost").await, 0);
    assert_eq!(oldest(&bench).await, 1);
    assert!(trim(GROUP).await > 0);
}
