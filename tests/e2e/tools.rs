use serde_json::Value;
use testkit::eventually;

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

async fn json(shop: &Shop, args: &[&str]) -> Value {
    let output = streamward_on(shop.data(), args).await;
    assert!(output.status.success(), "{args:?}: {}", text(&output));
    serde_json::from_slice(&output.stdout).expect("--json prints JSON")
}

/// Returns the member `name` of each object of a list.
fn words<'a>(list: &'a Value, name: &str) -> Vec<&'a str> {
    let all = list.as_array().unwrap().iter();
    all.filter_map(|one| one[name].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_show_an_orders_history() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let order = ada.order("vase-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    let id = order["id"].as_str().unwrap();

    let history = json(&shop, &["order", id, "--json"]).await;
    let events = words(&history["events"], "type");
    assert_eq!(
        events,
        [
            "OrderPlaced",
            "InventoryReserved",
            "OrderAwaitingPayment",
            "PaymentProcessed",
            "OrderConfirmed"
        ]
    );
    let printed = streamward_on(shop.data(), &["order", id]).await;
    assert!(
        text(&printed).contains("OrderConfirmed"),
        "{}",
        text(&printed)
    );

    let tail = streamward_on(shop.data(), &["tail", "orders", "--json"]).await;
    let lines: Vec<Value> = text(&tail)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.iter().all(|entry| entry["key"] == id), "{lines:?}");

    eventually("nothing waits", || async {
        let streams = json(&shop, &["streams", "--json"]).await;
        let groups = |stream: &Value| stream["groups"].as_array().cloned().unwrap_or_default();
        let all: Vec<Value> = streams["streams"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(groups)
            .collect();
        let idle = |group: &Value| group["pending"] == 0 && group["lag"] == 0;
        (!all.is_empty() && all.iter().all(idle)).then_some(())
    })
    .await;

    let tree = json(&shop, &["tree", "--json"]).await;
    let services = words(&tree["children"], "name");
    assert_eq!(
        services,
        [
            "redis",
            "metrics",
            "clock",
            "provider",
            "order",
            "inventory",
            "promotion",
            "payment",
            "notification",
            "webhook",
            "auditor",
            "api"
        ]
    );
    assert_eq!(
        json(&shop, &["dead", "list", "--json"]).await,
        Value::Array(Vec::new())
    );
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_names_a_drift_and_exits_with_1() {
    let shop = Shop::open().await;
    shop.audit().await;
    let client = redis::Client::open(format!("redis+unix://{}/redis.sock", shop.data().display()));
    let mut connection = client
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    let stock = "sw:{0}:inventory:stock:mug-01";
    redis::cmd("HINCRBY")
        .arg(stock)
        .arg("available")
        .arg(-1)
        .query_async::<i64>(&mut connection)
        .await
        .unwrap();

    let output = streamward_on(shop.data(), &["audit", "--json"]).await;
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["drifts"][0]["rule"], 1);
    assert_eq!(report["drifts"][0]["key"], stock);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_that_cannot_run_exits_with_2() {
    let nowhere = crate::shop::data_folder();
    let output = streamward_on(nowhere.path(), &["audit"]).await;
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_find_the_shop_in_its_own_namespace_and_no_other() {
    let shop = Shop::open_with(&["--namespace", "boutique"]).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;

    let report = json(&shop, &["audit", "--json"]).await;
    assert_eq!(report["orders"], 1);
    let elsewhere = streamward_on(shop.data(), &["audit", "--namespace", "nobody"]).await;
    assert_eq!(elsewhere.status.code(), Some(2));
    let unknown = streamward_on(shop.data(), &["tail", "nowhere"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    shop.audit().await;
}
