use reqwest::Method;
use testkit::{Behaviour, MailServer, eventually};

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_mailed_once_with_its_amount() {
    let server = MailServer::start(Behaviour::Accept).await;
    let smtp = format!("smtp://{}", server.address());
    let shop = Shop::open_with(&["--smtp", &smtp]).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    let confirmed = ada.sees(&order, "confirmed").await;
    let id = order["id"].as_str().unwrap();
    let refund = format!("/v1/orders/{id}/refund");
    shop.admin(Method::POST, &refund, None).await;
    ada.sees(&order, "refunded").await;

    let message_id = format!("Message-ID: <{id}.refunded.email@streamward.local>");
    let mails_sent = || {
        let mails = server.mails().into_iter();
        mails
            .filter(|mail| mail.contains(&message_id))
            .collect::<Vec<_>>()
    };
    let mails = eventually("the mail", || async {
        Some(mails_sent()).filter(|mails| !mails.is_empty())
    })
    .await;
    let amount = confirmed["total"]["amount"].as_i64().unwrap();
    let amount = format!("{}.{:02} EUR back to you", amount / 100, amount % 100);
    assert!(mails[0].contains(&amount), "{amount}: {mails:?}");
    shop.audit().await;
    assert_eq!(mails_sent().len(), 1);
}
