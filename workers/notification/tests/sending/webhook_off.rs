//! The administrators hear of a webhook that was switched off, if there are any.

use contracts::{
    WebhookId,
    event::{DisableReason, WebhookDisabled},
};
use notification_worker::{Language, Letter, Smtp};
use streamward::{Outcome, clock};
use testkit::{MailServer, Mood};

use crate::desk::{Desk, again, message_id};

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
async fn a_mail_says_which_webhook_and_why_and_a_repeated_one_is_recognised() {
    let mail = MailServer::start(Mood::Takes).await;
    let smtp = Smtp::new(&format!("smtp://{}", mail.address())).unwrap();
    let desk = Desk::watching(Some(smtp), &["grace@shop.test"]).await;
    let event = disabled(DisableReason::Exhausted);
    let key = event.webhook_id.as_str();
    let delivery = desk.delivered("webhooks", key, &event).await;
    for delivery in [&delivery, &again(&delivery)] {
        assert_eq!(desk.handle(delivery).await, Outcome::Done);
    }
    let mails = mail.mails();
    let subject = "Subject: The webhook at shop.example was switched off";
    assert!(mails[0].contains(subject), "{mails:?}");
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
}

#[tokio::test]
async fn nobody_is_written_to_when_nobody_asked() {
    let desk = Desk::watching(None, &[]).await;
    let event = disabled(DisableReason::Gone);
    let key = event.webhook_id.as_str();
    let delivery = desk.delivered("webhooks", key, &event).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Done);
    assert!(desk.outbox().is_empty());
}

#[test]
fn the_reason_is_told_in_every_language() {
    for (language, words) in [
        (Language::En, "gone for good"),
        (Language::De, "nicht mehr"),
    ] {
        let letter = Letter::webhook_disabled(&disabled(DisableReason::Gone), language);
        assert!(letter.text.contains(words), "{}", letter.text);
        assert!(letter.text.contains("answered 500"), "{}", letter.text);
    }
}
