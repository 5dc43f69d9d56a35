//! Charges that hang take a bounded number of workers, and others can pay.

use std::time::Duration;

use testkit::eventually;

use crate::shop::Shop;

const CUSTOMERS: usize = 8;
const EACH: usize = 8;

/// Twice as many charges never answer as there are workers for payments.
#[tokio::test(flavor = "multi_thread")]
async fn charges_that_never_answer_do_not_keep_others_from_paying() {
    let shop = Shop::open_with(&["--concurrency", "16"]).await;
    for _ in 0..CUSTOMERS {
        let buyer = shop.customer().await;
        for _ in 0..EACH {
            buyer.order("mug-01", 1, Some("pm_card_timeout")).await;
        }
    }
    eventually("all are reserved", || async {
        (shop.stock("mug-01").await["reserved"] == CUSTOMERS * EACH).then_some(())
    })
    .await;
    let ada = shop.customer().await;
    let order = ada.order("lamp-01", 1, Some("pm_card_visa")).await;
    // One worker after the other waiting ten seconds for each charge would take half a minute.
    ada.sees_within(Duration::from_secs(12), &order, "confirmed")
        .await;
    assert_eq!(shop.provider_ledger().await["charges"], 1);
    shop.audit().await;
}
