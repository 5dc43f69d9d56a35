//! The auditor beside the shop notices a drift, says so, and `streamward audit --repair` mends it.

use reqwest::{Client, Method};
use serde_json::Value;
use testkit::eventually;

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

const STOCK: &str = "sw:{0}:inventory:stock:mug-01";

async fn verdict(shop: &Shop) -> Value {
    let health = shop.admin(Method::GET, "/v1/admin/health", None).await;
    health["audit"].clone()
}

async fn break_stock(shop: &Shop) {
    let url = format!("redis+unix://{}/redis.sock", shop.data().display());
    let client = redis::Client::open(url).unwrap();
    let mut link = client.get_multiplexed_async_connection().await.unwrap();
    let mut add = redis::cmd("HINCRBY");
    add.arg(STOCK).arg("reserved").arg(3);
    add.query_async::<i64>(&mut link).await.unwrap();
}

/// Runs `streamward audit` so; answers its exit code and what it printed.
async fn audit(shop: &Shop, flags: &[&str]) -> (Option<i32>, Value) {
    let args = [&["audit", "--json"], flags].concat();
    let output = streamward_on(shop.data(), &args).await;
    let report = serde_json::from_slice(&output.stdout);
    (
        output.status.code(),
        report.unwrap_or_else(|_| panic!("{}", text(&output))),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drift_is_detected_automatically_and_repaired_on_request() {
    let shop = Shop::open_with(&["--audit-every", "1s"]).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    eventually("the ledgers balance", || async {
        let verdict = verdict(&shop).await;
        (verdict["balanced"] == true && verdict["orders"] == 1).then_some(())
    })
    .await;

    break_stock(&shop).await;
    eventually("the auditor notices", || async {
        let verdict = verdict(&shop).await;
        (verdict["balanced"] == false && verdict["byRule"]["1"] == 2).then_some(())
    })
    .await;
    eventually("the metrics say so", || async {
        let page = Client::new()
            .get(format!("{}/metrics", shop.api))
            .send()
            .await;
        let page = page.unwrap().text().await.unwrap();
        let drifts = page.contains("streamward_audit_drifts{rule=\"1\"} 2");
        let times = [
            "audit_last_success_timestamp_seconds",
            "audit_duration_seconds",
        ];
        (drifts && times.iter().all(|name| page.contains(name))).then_some(())
    })
    .await;

    let (code, shown) = audit(&shop, &["--repair", "--dry-run"]).await;
    assert_eq!(
        (code, &shown["repairs"][0]["done"]),
        (Some(1), &"proposed".into())
    );
    let (code, done) = audit(&shop, &["--repair", "--by", "ada"]).await;
    assert_eq!(
        (code, &done["repairs"][0]["done"]),
        (Some(0), &"repaired".into())
    );
    assert_eq!(done["repairs"][0]["after"], shown["repairs"][0]["after"]);
    assert_eq!(done["drifts"], Value::Array(Vec::new()));
    let ledger = streamward_on(shop.data(), &["tail", "audit:repairs", "--json"]).await;
    let line: Value = serde_json::from_str(&text(&ledger)).unwrap();
    assert_eq!((&line["by"], &line["key"]), (&"ada".into(), &STOCK.into()));
    eventually("the auditor is content", || async {
        (verdict(&shop).await["balanced"] == true).then_some(())
    })
    .await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_auditor_can_be_switched_off() {
    let shop = Shop::open_with(&["--audit-every", "0"]).await;
    let tree = shop.admin(Method::GET, "/v1/admin/tree", None).await;
    let children = tree["children"].as_array().unwrap();
    assert!(children.iter().all(|child| child["name"] != "auditor"));
    assert_eq!(verdict(&shop).await, Value::Null);
    shop.audit().await;
}
