use std::time::Duration;

use testkit::eventually_within;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_is_reminded_once_before_its_timeout() {
    let shop = Shop::open_with(&["--payment-timeout", "6s"]).await;
    let ada = shop.customer().await;
    let waiting = ada.order("mug-01", 1, None).await;
    let open = ada.sees_payment(&waiting, "open").await;
    let paid = ada.order("pen-01", 1, Some("pm_card_visa")).await;
    ada.sees(&paid, "confirmed").await;

    let patience = Duration::from_secs(20);
    let mail = eventually_within(patience, "the reminder", || async {
        shop.outbox("-paymentReminder.eml").pop()
    })
    .await;
    let id = waiting["id"].as_str().unwrap();
    assert!(mail.to_string_lossy().contains(id), "{mail:?}");
    let mail = std::fs::read_to_string(mail).unwrap();
    let page = open["payment"]["payUrl"].as_str().unwrap();
    assert!(mail.contains(page), "{page}: {mail}");
    let now = ada.look(&waiting).await;
    assert_eq!(
        now["status"], "awaitingPayment",
        "the reminder comes in time"
    );

    ada.sees_within(patience, &waiting, "cancelled").await;
    eventually_within(patience, "the last word", || async {
        shop.outbox(&format!("{id}-orderCancelled.eml")).pop()
    })
    .await;
    assert_eq!(shop.outbox("-paymentReminder.eml").len(), 1);
    shop.audit().await;
}
