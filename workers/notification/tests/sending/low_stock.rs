//! Alerts about low stock.

use contracts::event::LowStockReported;
use streamward::{Delivery, Outcome};
use testkit::{Behaviour, MailServer, redelivered};

use crate::harness::{Harness, message_id, smtp};

async fn start(mood: Behaviour) -> (MailServer, Harness) {
    let mail = MailServer::start(mood).await;
    let admins = ["Grace <grace@shop.test>", "linus@shop.test"];
    let harness = Harness::with_alerts(Some(smtp(&mail)), &admins).await;
    (mail, harness)
}

async fn observe(harness: &Harness, delivery: &Delivery) {
    assert_eq!(harness.handle(delivery).await, Outcome::Done);
}

#[tokio::test]
async fn low_stock_is_reported_once_until_stock_was_above_the_threshold() {
    let (mail, harness) = start(Behaviour::Accept).await;
    for (available, mails) in [
        (6, 0),
        (5, 1),
        (4, 1),
        (0, 1),
        (5, 1),
        (6, 1),
        (5, 2),
        (3, 2),
    ] {
        observe(&harness, &harness.stock(available, None).await).await;
        assert_eq!(mail.mails().len(), mails, "{available} left");
    }
    let mails = mail.mails();
    assert_ne!(message_id(&mails[0]), message_id(&mails[1]));
    assert!(
        mails[0].contains("Subject: mug-01 is running out: 5 left"),
        "{mails:?}"
    );
    assert!(
        mails[0].contains("To: Grace <grace@shop.test>, linus@shop.test"),
        "{mails:?}"
    );
    let expected = LowStockReported {
        product_id: "mug-01".parse().unwrap(),
        available: 5,
        threshold: 5,
    };
    assert_eq!(
        harness.events::<LowStockReported>().await,
        [expected.clone(), expected]
    );
}

#[tokio::test]
async fn late_and_duplicate_levels_are_not_reported() {
    let (mail, harness) = start(Behaviour::Accept).await;
    let (plenty, few, fewer) = (
        harness.stock(9, None).await,
        harness.stock(4, None).await,
        harness.stock(3, None).await,
    );
    for delivery in [
        &fewer,
        &few,
        &plenty,
        &redelivered(&fewer),
        &redelivered(&few),
        &redelivered(&plenty),
    ] {
        observe(&harness, delivery).await;
    }
    let mails = mail.mails();
    assert_eq!(mails.len(), 1, "only the newest counts");
    assert!(mails[0].contains("3 left"), "{mails:?}");
}

#[tokio::test]
async fn an_alert_is_retried_while_the_mail_server_is_away_and_sent_once() {
    let (mail, harness) = start(Behaviour::Unavailable).await;
    let (few, fewer) = (harness.stock(4, None).await, harness.stock(3, None).await);
    let outcome = harness.handle(&few).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    mail.set_behaviour(Behaviour::Accept);
    observe(&harness, &fewer).await;
    assert!(
        mail.mails().is_empty(),
        "the first delivery sends the alert"
    );
    for _ in 0..2 {
        observe(&harness, &redelivered(&few)).await;
    }
    assert_eq!(mail.mails().len(), 1);
}

#[tokio::test]
async fn low_stock_is_not_reported_without_administrators() {
    let harness = Harness::with_alerts(None, &[]).await;
    observe(&harness, &harness.stock(0, None).await).await;
    assert!(harness.outbox().is_empty());
}

#[tokio::test]
async fn a_product_with_its_own_threshold_is_reported_by_it() {
    let (mail, harness) = start(Behaviour::Accept).await;
    for (available, mails) in [(21, 0), (20, 1), (5, 1), (21, 1), (20, 2)] {
        let delivery = harness.stock(available, Some(20)).await;
        observe(&harness, &delivery).await;
        assert_eq!(mail.mails().len(), mails, "{available} left");
    }
}
