//! A payment that is not the total of its order goes back, and the order ends.

use reqwest::Client;
use testkit::eventually;

use crate::shop::{Shop, read_json};

/// The intent's amount is changed at the provider, and the changed amount is paid.
#[tokio::test(flavor = "multi_thread")]
async fn another_amount_than_the_total_is_refunded_and_cancels_the_order() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let before = shop.stock("bag-01").await;
    let order = ada.order("bag-01", 1, None).await;
    let open = ada.sees_payment(&order, "open").await;
    let page = open["payment"]["payUrl"].as_str().unwrap();

    let keys = read_json(&shop.data().join("provider.json"));
    let (url, key) = (
        keys["url"].as_str().unwrap(),
        keys["secretKey"].as_str().unwrap(),
    );
    let intent = page.rsplit('/').next().unwrap();
    let http = Client::new();
    let changed = http
        .post(format!("{url}/v1/payment_intents/{intent}"))
        .bearer_auth(key)
        .form(&[("amount", "100")])
        .send()
        .await
        .unwrap();
    assert!(changed.status().is_success());
    let form = [("payment_method", "pm_card_visa")];
    http.post(page).form(&form).send().await.unwrap();

    let cancelled = ada.sees(&order, "cancelled").await;
    assert_eq!(cancelled["reason"], "amountMismatch");
    ada.sees_payment(&order, "refunded").await;
    let ledger = shop.provider_ledger().await;
    assert_eq!(ledger["captured"], ledger["refunded"]);
    let id = order["id"].as_str().unwrap();
    for kind in ["orderCancelled", "refunded"] {
        eventually(kind, || async {
            (shop.outbox(&format!("{id}-{kind}.eml")).len() == 1).then_some(())
        })
        .await;
    }
    eventually("the bag is back", || async {
        (shop.stock("bag-01").await == before).then_some(())
    })
    .await;
    shop.audit().await;
}
