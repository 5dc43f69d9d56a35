use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use testkit::eventually_within;

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

/// Longer than the watchdog's patience and the restart after it.
const PATIENCE: Duration = Duration::from_secs(40);

/// Returns the readiness report after a probe's interval.
async fn readiness(shop: &Shop) -> (StatusCode, Value) {
    tokio::time::sleep(Duration::from_millis(300)).await;
    shop.send(Method::GET, "/readyz", None, None).await
}

/// `inventory/intake` in the tree.
async fn intake(shop: &Shop) -> Value {
    let tree = shop.admin(Method::GET, "/v1/admin/tree", None).await;
    let child = |node: &Value, name: &str| {
        let children = node["children"].as_array().cloned().unwrap_or_default();
        children.into_iter().find(|child| child["name"] == name)
    };
    let service = child(&tree, "inventory").unwrap();
    child(&service, "intake").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_not_ready_while_a_service_does_not_read() {
    let shop = Shop::open().await;
    assert_eq!(readiness(&shop).await.0, StatusCode::OK);
    assert!(intake(&shop).await["silentMs"].as_u64() < Some(5000));
    let hang = ["crash", "inventory/intake", "--how", "hang"];
    let crashed = streamward_on(shop.data(), &hang).await;
    assert_eq!(crashed.status.code(), Some(0), "{}", text(&crashed));

    let problem = eventually_within(PATIENCE, "it is not ready", || async {
        let (status, problem) = readiness(&shop).await;
        (status == StatusCode::SERVICE_UNAVAILABLE).then_some(problem)
    })
    .await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("inventory/intake has been silent"),
        "{problem}"
    );
    // The watchdog has not even noticed.
    let hanging = intake(&shop).await;
    assert_eq!(
        (&hanging["state"], &hanging["restarts"]),
        (&"running".into(), &0.into())
    );
    let tree = text(&streamward_on(shop.data(), &["tree"]).await);
    assert!(tree.contains("intake  running  silent for "), "{tree}");

    eventually_within(PATIENCE, "it is ready again", || async {
        (readiness(&shop).await.0 == StatusCode::OK).then_some(())
    })
    .await;
    assert_eq!(intake(&shop).await["restarts"], 1);
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    shop.audit().await;
}
