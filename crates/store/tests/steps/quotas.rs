//! A quota is given out once, comes back evenly, and is never more than it is.

use std::time::Duration;

use store::rate_limit::{Policy, Taken, take_quota};
use tokio::task::JoinSet;

use crate::support::{Effect, Shop};

const TEN: Policy = Policy {
    name: "test",
    quota: 10,
    window: Duration::from_secs(600),
};

fn taken(found: Taken) -> (u64, u64) {
    match found {
        Taken::Some { taken, left, .. } => (taken, left),
        Taken::None(_) => (0, 0),
    }
}

#[tokio::test]
async fn each_client_has_its_own_quota() {
    let shop = Shop::open().await;
    let take = async |client, wanted| {
        take_quota(&shop.runtime, &TEN, client, wanted)
            .await
            .unwrap()
    };
    assert_eq!(taken(take("ada", 4).await), (4, 6));
    assert_eq!(taken(take("ada", 100).await), (6, 0));
    let Taken::None(wait) = take("ada", 1).await else {
        panic!("there is none left");
    };
    // A tenth of the window brings one back.
    assert!(wait <= Duration::from_secs(60) && wait > Duration::from_secs(50));
    assert_eq!(taken(take("eve", 1).await), (1, 9));
}

#[tokio::test]
async fn looking_takes_nothing() {
    let shop = Shop::open().await;
    let (found, effect) = shop
        .observe(take_quota(&shop.runtime, &TEN, "ada", 0))
        .await;
    assert_eq!((taken(found), effect), ((0, 10), Effect::NOTHING));
    take_quota(&shop.runtime, &TEN, "ada", 10).await.unwrap();
    let (found, effect) = shop
        .observe(take_quota(&shop.runtime, &TEN, "ada", 0))
        .await;
    assert!(matches!(found, Taken::None(_)));
    assert_eq!(effect, Effect::NOTHING);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_as_many_pass_as_there_are() {
    let shop = Shop::open().await;
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let runtime = shop.runtime.clone();
        tasks.spawn(async move { take_quota(&runtime, &TEN, "ada", 1).await.unwrap() });
    }
    let passed = tasks.join_all().await.into_iter().map(taken);
    assert_eq!(passed.map(|(taken, _)| taken).sum::<u64>(), 10);
}

#[tokio::test]
async fn a_quota_refills_and_its_key_expires() {
    let shop = Shop::open().await;
    let quick = Policy {
        window: Duration::from_millis(100),
        ..TEN
    };
    take_quota(&shop.runtime, &quick, "ada", 10).await.unwrap();
    testkit::eventually("all of it is back", async || {
        let found = take_quota(&shop.runtime, &quick, "ada", 0).await.unwrap();
        (taken(found) == (0, 10)).then_some(())
    })
    .await;
    testkit::eventually("nothing is kept", async || {
        let keys: Vec<String> = shop.redis(&["KEYS", "*:edge:quota:*"]).await;
        keys.is_empty().then_some(())
    })
    .await;
}
