//! Each notification is sent once per channel and marked.

use contracts::event::Channel;
use streamward::Outcome;
use testkit::{Behaviour, MailServer, new_order_id, redelivered};

use crate::harness::{Harness, message_id, smtp};

#[tokio::test]
async fn a_marked_notification_is_not_sent_again() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let harness = Harness::start(Some(smtp(&mail)), None).await;
    let delivery = harness.order_confirmed(Some("+4915112345678")).await;
    for delivery in [&delivery, &redelivered(&delivery), &redelivered(&delivery)] {
        assert_eq!(harness.handle(delivery).await, Outcome::Settled);
    }
    assert_eq!((mail.mails().len(), harness.outbox().len()), (1, 1));
    let channels: Vec<Channel> = harness
        .sent()
        .await
        .iter()
        .map(|sent| sent.channel)
        .collect();
    assert_eq!(channels, [Channel::Email, Channel::Sms]);
}

#[tokio::test]
async fn every_failed_charge_is_notified_under_its_own_message_id() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let harness = Harness::start(Some(smtp(&mail)), None).await;
    let order = new_order_id();
    let first = harness.payment_failed(&order).await;
    assert_eq!(harness.handle(&first).await, Outcome::Settled);
    // The process dies before the mark of the second one is written.
    let second = harness.payment_failed(&order).await;
    assert_eq!(
        harness.handle(&redelivered(&second)).await,
        Outcome::Settled
    );
    assert_eq!(harness.delete_marks(&order).await, 2, "a mark each");
    assert_eq!(
        harness.handle(&redelivered(&second)).await,
        Outcome::Settled
    );

    let mails = mail.mails();
    let ids: Vec<&str> = mails.iter().map(|mail| message_id(mail)).collect();
    assert_eq!(ids.len(), 3);
    assert_ne!(ids[0], ids[1], "another charge, another mail");
    assert_eq!(ids[1], ids[2], "the same event, the same mail");
    assert!(
        ids[0].starts_with(&format!("<{order}.paymentFailed.")),
        "{ids:?}"
    );
}

#[tokio::test]
async fn a_failing_mail_server_delays_no_sms() {
    let mail = MailServer::start(Behaviour::Unavailable).await;
    let harness = Harness::start(Some(smtp(&mail)), None).await;
    let delivery = harness.order_confirmed(Some("+4915112345678")).await;
    for _ in 0..3 {
        let outcome = harness.handle(&redelivered(&delivery)).await;
        assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    }
    let sent = harness.sent().await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].channel, Channel::Sms);

    mail.set_behaviour(Behaviour::Accept);
    assert_eq!(
        harness.handle(&redelivered(&delivery)).await,
        Outcome::Settled
    );
    assert_eq!((mail.mails().len(), harness.outbox().len()), (1, 1));
    assert_eq!(harness.sent().await.len(), 2);
}

#[tokio::test]
async fn the_outbox_holds_the_bytes_that_a_server_receives() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let (by_server, by_folder) = (
        Harness::start(Some(smtp(&mail)), None).await,
        Harness::start(None, None).await,
    );
    let delivery = by_server.order_confirmed(None).await;
    by_server.handle(&delivery).await;
    by_folder.handle(&delivery).await;
    let (name, file) = by_folder.outbox().pop_first().unwrap();
    assert!(
        name.ends_with(&format!("-{}-orderConfirmed.eml", delivery.key())),
        "{name}"
    );
    assert_eq!(comparable(&file), comparable(&mail.mails()[0]));
}

/// Removes date and boundary, which differ between two mails.
fn comparable(mail: &str) -> String {
    let boundary = mail
        .split("boundary=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let mail = mail.replace(boundary.expect("it has parts"), "boundary");
    let keep = |line: &&str| !line.starts_with("Date: ");
    mail.trim_end()
        .lines()
        .filter(keep)
        .collect::<Vec<_>>()
        .join("\n")
}
