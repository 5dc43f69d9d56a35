use std::time::Duration;

use futures_util::future::join_all;
use notification_worker::Smtp;
use streamward::Outcome;
use testkit::{MailServer, Mood};

use crate::desk::{Desk, again, message_id};

fn server(mail: &MailServer) -> Smtp {
    let url = format!("smtp://{}?tls=none", mail.address());
    Smtp::new(&url).unwrap().deadline(Duration::from_secs(2))
}

fn words(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Retry { cause, .. } | Outcome::Dead { cause } => cause.as_str(),
        Outcome::Settled | Outcome::Done => "",
    }
}

#[tokio::test]
async fn mails_are_taken_over_one_connection_after_the_other() {
    let mail = MailServer::start(Mood::Takes).await;
    let desk = Desk::open(Some(server(&mail)), None).await;
    for _ in 0..3 {
        let delivery = desk.confirmed(None).await;
        assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
        let mails = mail.mails();
        let newest = mails.last().unwrap();
        let id = format!("<{}.orderConfirmed.email@shop.test>", delivery.key());
        assert_eq!(message_id(newest), id);
        assert!(newest.contains("<p>Dear Ada &amp; &quot;"), "{newest}");
    }
    assert_eq!(mail.mails().len(), 3);
    assert_eq!(mail.visits(), (1, 1), "the connection is kept");
    assert!(desk.outbox().is_empty());
}

#[tokio::test]
async fn a_recipient_who_is_refused_is_a_dead_letter_in_the_servers_words() {
    let mail = MailServer::start(Mood::Refuses).await;
    let desk = Desk::open(Some(server(&mail)), None).await;
    let delivery = desk.confirmed(None).await;
    let outcome = desk.handle(&delivery).await;
    assert!(matches!(outcome, Outcome::Dead { .. }), "{outcome:?}");
    for word in [
        mail.address(),
        "550",
        "nobody here is called <ada@example.com>",
    ] {
        assert!(words(&outcome).contains(word), "{word}: {outcome:?}");
    }
    assert!(desk.log().await.is_empty());
}

#[tokio::test]
async fn a_server_that_cannot_now_is_tried_again_and_gets_the_mail_once() {
    for mood in [Mood::Later, Mood::Away, Mood::Silent] {
        let mail = MailServer::start(mood).await;
        let smtp = server(&mail).deadline(Duration::from_millis(300));
        let desk = Desk::open(Some(smtp), None).await;
        let delivery = desk.confirmed(None).await;
        for _ in 0..2 {
            let outcome = desk.handle(&again(&delivery)).await;
            assert!(
                matches!(outcome, Outcome::Retry { .. }),
                "{mood:?}: {outcome:?}"
            );
        }
        mail.turn(Mood::Takes);
        assert_eq!(desk.handle(&again(&delivery)).await, Outcome::Settled);
        assert_eq!(mail.mails().len(), 1, "{mood:?}");
        assert_eq!(desk.log().await.len(), 1, "{mood:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_tried_again() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let smtp = Smtp::new(&format!("smtp://{address}")).unwrap();
    let desk = Desk::open(Some(smtp), None).await;
    let outcome = desk.handle(&desk.confirmed(None).await).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(words(&outcome).contains("refused"), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_that_was_cut_off_in_the_middle_is_not_used_again() {
    let mail = MailServer::start(Mood::SilentAfterMail).await;
    let smtp = server(&mail).deadline(Duration::from_millis(300));
    let desk = Desk::open(Some(smtp), None).await;
    let delivery = desk.confirmed(None).await;
    let outcome = desk.handle(&delivery).await;
    assert!(words(&outcome).contains("no answer within"), "{outcome:?}");
    mail.turn(Mood::Takes);
    assert_eq!(desk.handle(&again(&delivery)).await, Outcome::Settled);
    let mails = mail.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].matches("Message-ID").count(), 1, "{mails:?}");
    assert_eq!(mail.visits().0, 2);
}

#[tokio::test]
async fn there_are_never_more_connections_than_a_few() {
    let mail = MailServer::start(Mood::Takes).await;
    let desk = Desk::open(Some(server(&mail)), None).await;
    let mut deliveries = Vec::new();
    for _ in 0..60 {
        deliveries.push(desk.confirmed(None).await);
    }
    let outcomes = join_all(deliveries.iter().map(|one| desk.handle(one))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Settled));
    assert_eq!(mail.mails().len(), 60);
    assert!(mail.visits().1 <= 8, "{:?}", mail.visits());
}

#[tokio::test]
async fn a_wrong_login_waits_for_the_right_one_and_is_never_shown() {
    let mail = MailServer::start(Mood::Locked).await;
    let url = format!("smtp://ada:s3cret@{}?tls=none", mail.address());
    let smtp = Smtp::new(&url).unwrap();
    assert!(!format!("{smtp:?}").contains("s3cret"), "{smtp:?}");
    let desk = Desk::open(Some(smtp), None).await;
    let delivery = desk.confirmed(None).await;
    let outcome = desk.handle(&delivery).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert!(words(&outcome).contains("535"), "{outcome:?}");
    assert!(!words(&outcome).contains("s3cret"), "{outcome:?}");
    mail.turn(Mood::Takes);
    assert_eq!(desk.handle(&again(&delivery)).await, Outcome::Settled);
    // "\0ada\0s3cret"
    let login = "AUTH PLAIN AGFkYQBzM2NyZXQ=".to_owned();
    assert_eq!(mail.logins(), [login.clone(), login]);
}

#[tokio::test]
async fn a_password_is_not_said_on_an_open_line() {
    let mail = MailServer::start(Mood::Takes).await;
    let smtp = Smtp::new(&format!("smtp://ada:s3cret@{}", mail.address())).unwrap();
    let desk = Desk::open(Some(smtp), None).await;
    let outcome = desk.handle(&desk.confirmed(None).await).await;
    assert!(words(&outcome).contains("STARTTLS"), "{outcome:?}");
    assert!(mail.logins().is_empty() && mail.mails().is_empty());
}
