use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Behaviour, MailServer, eventually, eventually_within};

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

fn flag(server: &MailServer) -> String {
    format!("smtp://{}", server.address())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_comes_back_gets_every_mail_once() {
    let server = MailServer::start(Behaviour::Unavailable).await;
    let flags = ["--smtp", &flag(&server), "--language", "de"];
    let mut shop = Shop::open_with(&flags).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    let id = order["id"].as_str().unwrap().to_owned();
    eventually("several retries", || async {
        (server.connections().0 > 2).then_some(())
    })
    .await;
    assert!(server.mails().is_empty());
    eventually("the SMS is not kept back", || async {
        shop.outbox(&format!("{id}-orderConfirmed.sms.json")).pop()
    })
    .await;

    // What waits is in Redis: it survives the shop.
    shop.kill().await;
    server.set_behaviour(Behaviour::Accept);
    shop.restart().await;
    let mails = eventually_within(Duration::from_secs(60), "the mail", || async {
        Some(server.mails()).filter(|mails| !mails.is_empty())
    })
    .await;
    assert_eq!(mails.len(), 1);
    let id_line = format!("Message-ID: <{id}.orderConfirmed.email@streamward.local>");
    assert!(mails[0].contains(&id_line), "{mails:?}");
    assert!(mails[0].contains("Guten Tag Ada,"), "{mails:?}");
    assert_eq!(shop.outbox(".sms.json").len(), 1, "and the SMS once");
    assert!(shop.outbox(".eml").is_empty());
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_recipient_is_a_dead_letter_that_can_be_replayed() {
    let server = MailServer::start(Behaviour::RejectRecipient).await;
    let shop = Shop::open_with(&["--smtp", &flag(&server)]).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_declined")).await;
    let cause = eventually("a dead letter", || async {
        let output = streamward_on(shop.data(), &["dead", "list", "notification", "--json"]).await;
        let found: Value = serde_json::from_slice(&output.stdout).ok()?;
        found.get(0).map(Value::to_string)
    })
    .await;
    assert!(cause.contains("unknown recipient <customer-0@"), "{cause}");
    server.set_behaviour(Behaviour::Accept);
    let output = streamward_on(shop.data(), &["dead", "replay", "notification", "all"]).await;
    assert!(output.status.success(), "{}", text(&output));
    let mails = eventually("the mail", || async {
        Some(server.mails()).filter(|mails| !mails.is_empty())
    })
    .await;
    let id = order["id"].as_str().unwrap();
    assert!(
        mails[0].contains(&format!("<{id}.paymentFailed.")),
        "{mails:?}"
    );
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn low_stock_is_mailed_to_the_administrators_once() {
    let server = MailServer::start(Behaviour::Accept).await;
    let flags = [
        "--smtp",
        &flag(&server),
        "--admin-mail",
        "grace@shop.test",
        "--low-stock",
        "2",
    ];
    let shop = Shop::open_with(&flags).await;
    let product = json!({
        "id": "rare-01", "name": "Rare thing", "description": "", "onSale": true,
        "price": { "amount": 100, "currency": "EUR" },
    });
    shop.admin(Method::POST, "/v1/products", Some(&product))
        .await;
    let stock = "/v1/products/rare-01/stock";
    shop.admin(Method::POST, stock, Some(&json!({ "delta": 4 })))
        .await;
    let ada = shop.customer().await;
    for _ in 0..3 {
        let order = ada.order("rare-01", 1, Some("pm_card_visa")).await;
        ada.sees(&order, "confirmed").await;
    }
    eventually("a mail per order and one to the administrator", || async {
        (server.mails().len() == 4).then_some(())
    })
    .await;
    let mails = server.mails();
    let mut to_admin = mails
        .iter()
        .filter(|mail| mail.contains("To: grace@shop.test"));
    assert!(
        to_admin
            .next()
            .is_some_and(|mail| mail.contains("<rare-01.lowStock.")),
        "{mails:?}"
    );
    assert_eq!(to_admin.count(), 0);
    shop.audit().await;
}
