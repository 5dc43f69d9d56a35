use serde_json::Value;
use testkit::eventually;

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

/// Adds dead letters to the order service: type, key, cause and time of each. Their data is no message, so a
/// replayed one becomes a dead letter again.
async fn add_dead_letters(shop: &Shop, letters: &[[&str; 4]]) {
    let client = redis::Client::open(format!("redis+unix://{}/redis.sock", shop.data().display()));
    let mut connection = client
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    let mut pipe = redis::pipe();
    for [kind, key, cause, at] in letters {
        pipe.cmd("XADD").arg("sw:{0}:order:dead").arg("*");
        pipe.arg("type")
            .arg(kind)
            .arg("key")
            .arg(key)
            .arg("v")
            .arg(1);
        pipe.arg("data")
            .arg("no message")
            .arg("dead.first")
            .arg("5-0");
        pipe.arg("dead.cause").arg(cause).arg("dead.at").arg(at);
    }
    pipe.query_async::<Vec<String>>(&mut connection)
        .await
        .unwrap();
}

/// Runs `streamward dead` and returns its output.
async fn dead(shop: &Shop, args: &[&str]) -> String {
    let output = streamward_on(shop.data(), &[&["dead"], args].concat()).await;
    assert!(output.status.success(), "{args:?}: {output:?}");
    text(&output)
}

async fn listed(shop: &Shop, filter: &[&str]) -> Vec<Value> {
    let list = dead(shop, &[&["list", "order", "--json"], filter].concat()).await;
    serde_json::from_str(&list).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_selects_dead_letters() {
    let shop = Shop::open().await;
    let at = |hour: u8| format!("2026-01-01T{hour}:00:00.000Z");
    let (ten, noon, late) = (at(10), at(12), at(20));
    let letters = [
        ["InventoryReserved", "a", "No luck", &ten],
        ["InventoryReserved", "b", "no money", &noon],
        ["PaymentProcessed", "a", "bad LUCK", &late],
    ];
    add_dead_letters(&shop, &letters).await;
    for (filter, keys) in [
        (&["--type", "InventoryReserved"][..], &["a", "b"][..]),
        (&["--key", "a", "--cause", "luck"], &["a", "a"]),
        (
            &["--since", &noon, "--until", "2026-01-01T15:00:00+01:00"],
            &["b"],
        ),
        (&["--cause", "rain"], &[]),
    ] {
        let found = listed(&shop, filter).await;
        let found: Vec<&str> = found
            .iter()
            .filter_map(|it| it["entry"]["key"].as_str())
            .collect();
        assert_eq!(found, keys, "{filter:?}");
    }
    let money = ["discard", "order", "all", "--cause", "MONEY"];
    assert_eq!(dead(&shop, &money).await, "1 discarded\n");
    // They cannot be read, so they die again: each is replayed once all the same.
    let luck = ["replay", "order", "all", "--cause", "luck"];
    assert_eq!(dead(&shop, &luck).await, "2 replayed\n");
    let again = eventually("they died again", || async {
        Some(listed(&shop, &[]).await).filter(|letters| letters.len() == 2)
    })
    .await;
    for letter in &again {
        assert_eq!(letter["lineage"].as_array().unwrap().len(), 1, "{letter}");
    }
    assert_eq!(dead(&shop, &luck).await, "0 replayed\n");
    assert_eq!(
        dead(&shop, &["discard", "order", "all"]).await,
        "2 discarded\n"
    );
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_and_an_id_exclude_each_other() {
    let nowhere = crate::shop::data_folder();
    for deed in ["replay", "discard"] {
        let args = ["dead", deed, "order", "7-0", "--key", "a"];
        let output = streamward_on(nowhere.path(), &args).await;
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{words}");
        assert!(words.contains("--key") && words.contains("7-0"), "{words}");
    }
    let soon = ["dead", "list", "--since", "soon"];
    let output = streamward_on(nowhere.path(), &soon).await;
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{words}");
    assert!(
        words.contains("--since") && words.contains("RFC 3339"),
        "{words}"
    );
}
