//! Alerts about low stock.

use streamward::Outcome;
use testkit::{Behaviour, MailServer, redelivered};

use crate::harness::{Harness, message_id, smtp};

async fn start(behaviour: Behaviour) -> (MailServer, Harness) {
    let mail = MailServer::start(behaviour).await;
    let admins = ["Grace <grace@shop.test>", "linus@shop.test"];
    let harness = Harness::with_alerts(Some(smtp(&mail)), &admins).await;
    (mail, harness)
}

#[tokio::test]
async fn low_stock_is_reported_to_all_administrators() {
    let (mail, harness) = start(Behaviour::Accept).await;
    for _ in 0..2 {
        let delivery = harness.low_stock(5).await;
        assert_eq!(harness.handle(&delivery).await, Outcome::Done);
    }
    let mails = mail.mails();
    assert_eq!(mails.len(), 2);
    assert_ne!(message_id(&mails[0]), message_id(&mails[1]));
    assert!(
        mails[0].contains("Subject: mug-01 is running out: 5 left"),
        "{mails:?}"
    );
    assert!(
        mails[0].contains("To: Grace <grace@shop.test>, linus@shop.test"),
        "{mails:?}"
    );
}

#[tokio::test]
async fn an_alert_is_retried_while_the_mail_server_is_away_with_the_same_message_id() {
    let (mail, harness) = start(Behaviour::Unavailable).await;
    let low = harness.low_stock(4).await;
    let outcome = harness.handle(&low).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    mail.set_behaviour(Behaviour::Accept);
    for _ in 0..2 {
        // The second one stands for a crash between the mail and its settling.
        assert_eq!(harness.handle(&redelivered(&low)).await, Outcome::Done);
    }
    let mails = mail.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
}

#[tokio::test]
async fn low_stock_is_not_reported_without_administrators() {
    let harness = Harness::with_alerts(None, &[]).await;
    let low = harness.low_stock(0).await;
    assert_eq!(harness.handle(&low).await, Outcome::Done);
    assert!(harness.outbox().is_empty());
}
