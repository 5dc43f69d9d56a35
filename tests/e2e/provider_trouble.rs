use serde_json::{Value, json};
use testkit::eventually;

use crate::{process::streamward_on, shop::Shop};

async fn parked_payments(shop: &Shop) -> Option<u64> {
    let output = streamward_on(shop.data(), &["streams", "--json"]).await;
    let streams: Value = serde_json::from_slice(&output.stdout).ok()?;
    let all = streams["streams"].as_array()?.clone();
    let orders = all
        .into_iter()
        .find(|stream| stream["stream"] == "sw:{0}:orders:awaiting-payment")?;
    let groups = orders["groups"].as_array()?.clone();
    groups
        .into_iter()
        .find(|group| group["group"] == "payment")?["parked"]
        .as_u64()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_answers_500_is_waited_for() {
    let shop = Shop::open().await;
    shop.provider_faults(&json!({ "error500": 1 })).await;
    let ada = shop.customer().await;
    let order = ada.order("lamp-01", 1, Some("pm_card_visa")).await;
    eventually("the payment backs off", || async {
        parked_payments(&shop).await.filter(|parked| *parked > 0)
    })
    .await;

    shop.provider_faults(&json!({ "error500": 0 })).await;
    ada.sees(&order, "confirmed").await;
    // Half of the failures were answered after the charge was done: it was done once.
    assert_eq!(shop.provider_ledger().await["charges"], 1);
    shop.audit().await;
}
