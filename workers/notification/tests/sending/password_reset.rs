//! Mails with a link that sets a forgotten password.

use streamward::Outcome;
use testkit::{Behaviour, MailServer, redelivered};

use crate::harness::{Harness, message_id, smtp};

/// The token in a mail, whose long lines are folded by quoted-printable.
fn token(mail: &str) -> String {
    let plain = mail.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = plain.split_once("https://shop.test/reset?token=").unwrap();
    rest.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

#[tokio::test]
async fn the_token_of_a_mail_is_valid_once() {
    let mail = MailServer::start(Behaviour::Accept).await;
    let harness = Harness::with_alerts(Some(smtp(&mail)), &[]).await;
    let request = harness.password_reset().await;
    assert_eq!(harness.handle(&request).await, Outcome::Done);
    let mails = mail.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("ada@example.com"), "{mails:?}");
    assert!(
        mails[0].contains("Subject: Set a new password"),
        "{mails:?}"
    );
    let token = token(&mails[0]);
    for other in ["", "rt_", &token[1..], &format!("{token}0"), "rt_{}"] {
        assert_eq!(harness.redeem(other).await, None, "{other}");
    }
    let found = harness.redeem(&token).await.unwrap();
    assert_eq!(found.email, "ada@example.com");
    assert_eq!(found.password_version, "3f1c0a9be5d24c77");
    assert_eq!(harness.redeem(&token).await, None);
}

#[tokio::test]
async fn a_mail_that_is_sent_again_is_recognised_and_has_a_valid_token_too() {
    let mail = MailServer::start(Behaviour::Unavailable).await;
    let harness = Harness::with_alerts(Some(smtp(&mail)), &[]).await;
    let request = harness.password_reset().await;
    let outcome = harness.handle(&request).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    mail.set_behaviour(Behaviour::Accept);
    for _ in 0..2 {
        assert_eq!(harness.handle(&redelivered(&request)).await, Outcome::Done);
    }
    let mails = mail.mails();
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
    let tokens = [token(&mails[0]), token(&mails[1])];
    assert_ne!(tokens[0], tokens[1]);
    for token in tokens {
        assert!(harness.redeem(&token).await.is_some());
    }
}
