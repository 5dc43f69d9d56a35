//! Alerts about disabled webhooks.

use contracts::{
    WebhookId,
    event::{DisableReason, WebhookDisabled},
};
use notification_worker::{Content, Language};
use streamward::{Outcome, clock};
use testkit::{Behaviour, MailServer, redelivered};

use crate::harness::{Harness, message_id, smtp};

fn disabled(reason: DisableReason) -> WebhookDisabled {
    WebhookDisabled {
        webhook_id: WebhookId::new(clock::now_ms(), 7),
        host: "shop.example".to_owned(),
        reason,
        delivery_id: format!("msg_{}", "0".repeat(32)).parse().unwrap(),
        error: "answered 500: line one\nline two".to_owned(),
    }
}

#[tokio::test]
async fn an_alert_names_the_webhook_and_a_repeated_one_has_the_same_message_id() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let harness = Harness::with_alerts(Some(smtp(&mail)), &["grace@shop.test"]).await;
    let event = disabled(DisableReason::Exhausted);
    let key = event.webhook_id.as_str();
    let delivery = harness.shop.deliver("webhooks", key, &event).await;
    for delivery in [&delivery, &redelivered(&delivery)] {
        assert_eq!(harness.handle(delivery).await, Outcome::Done);
    }
    let mails = mail.mails();
    let subject = "Subject: The webhook at shop.example was switched off";
    assert!(mails[0].contains(subject), "{mails:?}");
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
}

#[tokio::test]
async fn a_disabled_webhook_is_not_reported_without_administrators() {
    let harness = Harness::with_alerts(None, &[]).await;
    let event = disabled(DisableReason::Gone);
    let key = event.webhook_id.as_str();
    let delivery = harness.shop.deliver("webhooks", key, &event).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Done);
    assert!(harness.outbox().is_empty());
}

#[test]
fn the_reason_is_stated_in_every_language() {
    for (language, words) in [
        (Language::En, "gone for good"),
        (Language::De, "nicht mehr"),
    ] {
        let content = Content::webhook_disabled(&disabled(DisableReason::Gone), language);
        assert!(content.text.contains(words), "{}", content.text);
        assert!(content.text.contains("answered 500"), "{}", content.text);
    }
}
