//! Many dead letters handed back by one request.

use serde_json::json;
use streamward::{
    RawEntry,
    dead::{self, Filter},
    inspect,
};

use crate::support::Shop;

const REPLAY: &str = "/v1/admin/dead/order/replay";

/// Adds dead letters to the order service: type, key, cause and time of each.
async fn add_dead_letters(shop: &Shop, letters: &[[&str; 4]]) {
    let mut pipe = redis::pipe();
    for [kind, key, cause, at] in letters {
        pipe.cmd("XADD").arg("sw:{0}:order:dead").arg("*");
        pipe.arg("type").arg(kind).arg("key").arg(key);
        pipe.arg("dead.stream").arg("sw:{0}:inventory:reserved");
        pipe.arg("dead.id").arg("5-0").arg("dead.first").arg("5-0");
        pipe.arg("dead.cause").arg(cause).arg("dead.at").arg(at);
    }
    let mut connection = shop.redis.connection().await;
    pipe.query_async::<Vec<String>>(&mut connection)
        .await
        .unwrap();
}

/// The keys of entries, in their order.
fn keys(entries: &[RawEntry]) -> Vec<&str> {
    entries.iter().map(RawEntry::key).collect()
}

async fn shop_with_letters() -> Shop {
    let shop = Shop::open().await;
    let letters = [
        [
            "InventoryReserved",
            "a",
            "No luck",
            "2026-01-01T10:00:00.000Z",
        ],
        [
            "InventoryReserved",
            "b",
            "no money",
            "2026-01-01T11:00:00.000Z",
        ],
        [
            "PaymentProcessed",
            "a",
            "bad LUCK",
            "2026-01-01T12:00:00.000Z",
        ],
        [
            "PaymentProcessed",
            "c",
            "no luck",
            "2026-01-01T13:00:00.000Z",
        ],
    ];
    add_dead_letters(&shop, &letters).await;
    shop
}

#[tokio::test]
async fn only_matching_dead_letters_are_replayed() {
    let shop = shop_with_letters().await;
    let operator = shop.operator().await;
    let replay = async |filter, count: usize| {
        let answer = operator.post(REPLAY, filter).await.expect(202).body();
        let wanted = json!({ "group": "order", "replayed": count, "hasMore": false });
        assert_eq!(answer, wanted);
    };
    replay(json!({ "type": "InventoryReserved", "key": "c" }), 0).await;
    let luck = json!({ "cause": "luck", "since": "2026-01-01T13:30:00+01:30", "key": "a" });
    replay(luck, 1).await;
    assert_eq!(keys(&shop.entries("order:inbox").await), ["a"]);
    replay(json!({ "until": "2026-01-01T11:00:00Z" }), 2).await;
    replay(json!({}), 1).await;
    assert_eq!(
        keys(&shop.entries("order:inbox").await),
        ["a", "a", "b", "c"]
    );
    replay(json!({}), 0).await;
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_refused_and_nothing_is_handed_back() {
    let shop = shop_with_letters().await;
    let operator = shop.operator().await;
    for (bad, pointers) in [
        (json!([]), &["#"][..]),
        (json!({ "kind": "InventoryReserved" }), &["#/kind"]),
        (json!({ "type": 7, "key": ["a"] }), &["#/type", "#/key"]),
        (json!({ "cause": "" }), &["#/cause"]),
        (
            json!({ "since": "yesterday", "until": 1_767_225_600 }),
            &["#/since", "#/until"],
        ),
    ] {
        operator.post(REPLAY, bad).await.faults(pointers);
    }
    operator
        .post("/v1/admin/dead/kitchen/replay", json!({}))
        .await
        .problem(404, "not-found");
    operator
        .post("/v1/admin/dead/order/replay?partition=1", json!({}))
        .await
        .problem(400, "invalid-parameter");
    shop.customer()
        .await
        .post(REPLAY, json!({}))
        .await
        .problem(403, "forbidden");
    assert!(shop.entries("order:inbox").await.is_empty());
}

#[tokio::test]
async fn entries_that_die_again_are_left_to_the_next_request() {
    const LETTERS: usize = 1700;
    let shop = Shop::open().await;
    let at = "2026-01-01T10:00:00.000Z";
    add_dead_letters(&shop, &vec![["OrderPlaced", "a", "no luck", at]; LETTERS]).await;
    let operator = shop.operator().await;
    // A service that fails again at once, as long as the request lasts.
    let fail_again = async {
        let (mut link, mut after) = (shop.redis.connection().await, "-".to_owned());
        loop {
            let range = (after.as_str(), "+");
            let inbox = inspect::range(&mut link, "sw:{0}:order:inbox", range, 100).await;
            let inbox = inbox.unwrap();
            let letters = vec![["OrderPlaced", "again", "no luck", at]; inbox.len()];
            if let Some(last) = inbox.last() {
                add_dead_letters(&shop, &letters).await;
                after = format!("({}", last.id);
            } else {
                tokio::task::yield_now().await;
            }
        }
    };
    let answer = tokio::select! {
        answer = operator.post(REPLAY, json!({})) => answer.expect(202).body(),
        () = fail_again => panic!("it never ends"),
    };
    assert_eq!(answer["replayed"], LETTERS);
    assert_eq!(answer["hasMore"], false);
    let inbox = shop.entries("order:inbox").await;
    assert!(inbox.iter().all(|entry| entry.key() == "a"));
    let waiting = shop.entries("order:dead").await;
    assert!(keys(&waiting).iter().all(|key| *key == "again"));
    assert!(!waiting.is_empty());
}

#[tokio::test]
async fn a_limit_bounds_the_matches_and_replays() {
    let shop = shop_with_letters().await;
    let partition = &shop.runtime.partitions()[0];
    let mut link = shop.runtime.server().link();
    let luck = Filter {
        cause: Some("LUCK".to_owned()),
        ..Filter::default()
    };
    let found = dead::find(&mut link, partition, "order", &luck, 2).await;
    let found: Vec<String> = found.unwrap().iter().map(|it| it.at.clone()).collect();
    assert_eq!(
        found,
        ["2026-01-01T10:00:00.000Z", "2026-01-01T12:00:00.000Z"]
    );
    for (done, has_more) in [(2, true), (1, false), (0, false)] {
        let bulk = dead::discard_all(&mut link, partition, "order", &luck, 2).await;
        assert_eq!(bulk.unwrap(), dead::Bulk { done, has_more });
    }
    assert_eq!(keys(&shop.entries("order:dead").await), ["b"]);
    assert!(shop.entries("order:inbox").await.is_empty());
}
