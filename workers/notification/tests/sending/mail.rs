//! Mail over SMTP: connections, errors and logins.

use std::time::Duration;

use futures_util::future::join_all;
use notification_worker::Smtp;
use streamward::Outcome;
use testkit::{Behaviour, MailServer, redelivered};

use crate::harness::{Harness, message_id};

fn smtp(mail: &MailServer) -> Smtp {
    let url = format!("smtp://{}?tls=none", mail.address());
    Smtp::new(&url).unwrap().timeout(Duration::from_secs(2))
}

fn cause(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Retry { cause, .. } | Outcome::Dead { cause } => cause.as_str(),
        Outcome::Settled | Outcome::Done => "",
    }
}

#[tokio::test]
async fn mails_reuse_one_connection() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let harness = Harness::start(Some(smtp(&mail)), None).await;
    for _ in 0..3 {
        let delivery = harness.order_confirmed(None).await;
        assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
        let mails = mail.mails();
        let newest = mails.last().unwrap();
        let id = format!("<{}.orderConfirmed.email@shop.test>", delivery.key());
        assert_eq!(message_id(newest), id);
        assert!(newest.contains("<p>Dear Ada &amp; &quot;"), "{newest}");
    }
    assert_eq!(mail.mails().len(), 3);
    assert_eq!(mail.connections(), (1, 1), "the connection is reused");
    assert!(harness.outbox().is_empty());
}

#[tokio::test]
async fn a_refused_recipient_becomes_a_dead_letter_with_the_servers_message() {
    let mail = MailServer::start(Behaviour::RejectRecipient).await;
    let harness = Harness::start(Some(smtp(&mail)), None).await;
    let delivery = harness.order_confirmed(None).await;
    let outcome = harness.handle(&delivery).await;
    assert!(matches!(outcome, Outcome::Dead { .. }), "{outcome:?}");
    for word in [mail.address(), "550", "unknown recipient <ada@example.com>"] {
        assert!(cause(&outcome).contains(word), "{word}: {outcome:?}");
    }
    assert!(harness.sent().await.is_empty());
}

#[tokio::test]
async fn a_temporary_error_is_retried_and_the_mail_sent_once() {
    for mood in [Behaviour::Defer, Behaviour::Unavailable, Behaviour::Hang] {
        let mail = MailServer::start(mood).await;
        let smtp = smtp(&mail).timeout(Duration::from_millis(300));
        let harness = Harness::start(Some(smtp), None).await;
        let delivery = harness.order_confirmed(None).await;
        for _ in 0..2 {
            let outcome = harness.handle(&redelivered(&delivery)).await;
            assert!(
                matches!(outcome, Outcome::Retry { .. }),
                "{mood:?}: {outcome:?}"
            );
        }
        mail.set_behaviour(Behaviour::Accept);
        assert_eq!(
            harness.handle(&redelivered(&delivery)).await,
            Outcome::Settled
        );
        assert_eq!(mail.mails().len(), 1, "{mood:?}");
        assert_eq!(harness.sent().await.len(), 1, "{mood:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_retried() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let smtp = Smtp::new(&format!("smtp://{address}")).unwrap();
    let harness = Harness::start(Some(smtp), None).await;
    let outcome = harness.handle(&harness.order_confirmed(None).await).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(cause(&outcome).contains("refused"), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_that_timed_out_during_a_mail_is_not_reused() {
    let mail = MailServer::start(Behaviour::HangAfterMail).await;
    let smtp = smtp(&mail).timeout(Duration::from_millis(300));
    let harness = Harness::start(Some(smtp), None).await;
    let delivery = harness.order_confirmed(None).await;
    let outcome = harness.handle(&delivery).await;
    assert!(cause(&outcome).contains("no answer within"), "{outcome:?}");
    mail.set_behaviour(Behaviour::Accept);
    assert_eq!(
        harness.handle(&redelivered(&delivery)).await,
        Outcome::Settled
    );
    let mails = mail.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].matches("Message-ID").count(), 1, "{mails:?}");
    assert_eq!(mail.connections().0, 2);
}

#[tokio::test]
async fn connections_are_bounded() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let harness = Harness::start(Some(smtp(&mail)), None).await;
    let mut deliveries = Vec::new();
    for _ in 0..60 {
        deliveries.push(harness.order_confirmed(None).await);
    }
    let outcomes = join_all(deliveries.iter().map(|one| harness.handle(one))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Settled));
    assert_eq!(mail.mails().len(), 60);
    assert!(mail.connections().1 <= 8, "{:?}", mail.connections());
}

#[tokio::test]
async fn a_wrong_password_is_retried_and_never_logged() {
    let mail = MailServer::start(Behaviour::RejectLogin).await;
    let url = format!("smtp://ada:s3cret@{}?tls=none", mail.address());
    let smtp = Smtp::new(&url).unwrap();
    assert!(!format!("{smtp:?}").contains("s3cret"), "{smtp:?}");
    let harness = Harness::start(Some(smtp), None).await;
    let delivery = harness.order_confirmed(None).await;
    let outcome = harness.handle(&delivery).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(cause(&outcome).contains("535"), "{outcome:?}");
    assert!(!cause(&outcome).contains("s3cret"), "{outcome:?}");
    mail.set_behaviour(Behaviour::Accept);
    assert_eq!(
        harness.handle(&redelivered(&delivery)).await,
        Outcome::Settled
    );
    // "\0ada\0s3cret"
    let login = "AUTH PLAIN AGFkYQBzM2NyZXQ=".to_owned();
    assert_eq!(mail.logins(), [login.clone(), login]);
}

#[tokio::test]
async fn a_password_is_not_sent_without_tls() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let smtp = Smtp::new(&format!("smtp://ada:s3cret@{}", mail.address())).unwrap();
    let harness = Harness::start(Some(smtp), None).await;
    let outcome = harness.handle(&harness.order_confirmed(None).await).await;
    assert!(cause(&outcome).contains("STARTTLS"), "{outcome:?}");
    assert!(mail.logins().is_empty() && mail.mails().is_empty());
}
