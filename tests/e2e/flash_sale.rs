//! Many orders for a few units: exactly those are sold, and the others are rejected immediately.

use serde_json::Value;

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_stock_is_sold_and_other_orders_are_rejected_at_once() {
    let shop = Shop::open().await;
    let rush = [
        "load", "--flash", "--orders", "600", "--units", "25", "--json",
    ];
    let output = streamward_on(shop.data(), &rush).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |what: &Value| what.as_u64().unwrap_or(0);
    assert_eq!(count(&report["ended"]["confirmed"]), 25, "{report}");
    // Nobody was kept waiting until a timeout: it is fifteen minutes, and all is over.
    let turned_away = count(&report["ended"]["rejected"]) + count(&report["refused"]["sold-out"]);
    assert_eq!(turned_away, 575, "{report}");
    assert_eq!(shop.provider_ledger().await["charges"], 25);
    shop.audit().await;
}
