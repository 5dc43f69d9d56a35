use contracts::event::Channel;
use notification_worker::Smtp;
use streamward::Outcome;
use testkit::{MailServer, Mood};

use crate::desk::{Desk, again, message_id, new_order};

fn server(mail: &MailServer) -> Smtp {
    Smtp::new(&format!("smtp://{}", mail.address())).unwrap()
}

#[tokio::test]
async fn what_was_sent_and_marked_is_not_sent_again() {
    let mail = MailServer::start(Mood::Takes).await;
    let desk = Desk::open(Some(server(&mail)), None).await;
    let delivery = desk.confirmed(Some("+4915112345678")).await;
    for delivery in [&delivery, &again(&delivery), &again(&delivery)] {
        assert_eq!(desk.handle(delivery).await, Outcome::Settled);
    }
    assert_eq!((mail.mails().len(), desk.outbox().len()), (1, 1));
    let channels: Vec<Channel> = desk.log().await.iter().map(|sent| sent.channel).collect();
    assert_eq!(channels, [Channel::Email, Channel::Sms]);
}

#[tokio::test]
async fn every_failed_charge_is_told_and_told_again_under_its_own_id() {
    let mail = MailServer::start(Mood::Takes).await;
    let desk = Desk::open(Some(server(&mail)), None).await;
    let order = new_order();
    let first = desk.declined(&order).await;
    assert_eq!(desk.handle(&first).await, Outcome::Settled);
    // The process dies before the mark of the second one is written.
    let second = desk.declined(&order).await;
    assert_eq!(desk.handle(&again(&second)).await, Outcome::Settled);
    assert_eq!(desk.forget(&order).await, 2, "a mark each");
    assert_eq!(desk.handle(&again(&second)).await, Outcome::Settled);

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
async fn a_mail_servers_trouble_keeps_no_sms_back() {
    let mail = MailServer::start(Mood::Away).await;
    let desk = Desk::open(Some(server(&mail)), None).await;
    let delivery = desk.confirmed(Some("+4915112345678")).await;
    for _ in 0..3 {
        let outcome = desk.handle(&again(&delivery)).await;
        assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    }
    let told = desk.log().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].channel, Channel::Sms);

    mail.turn(Mood::Takes);
    assert_eq!(desk.handle(&again(&delivery)).await, Outcome::Settled);
    assert_eq!((mail.mails().len(), desk.outbox().len()), (1, 1));
    assert_eq!(desk.log().await.len(), 2);
}

#[tokio::test]
async fn the_outbox_holds_what_a_server_would_be_given() {
    let mail = MailServer::start(Mood::Takes).await;
    let (by_server, by_folder) = (
        Desk::open(Some(server(&mail)), None).await,
        Desk::open(None, None).await,
    );
    let delivery = by_server.confirmed(None).await;
    by_server.handle(&delivery).await;
    by_folder.handle(&delivery).await;
    let (name, file) = by_folder.outbox().pop_first().unwrap();
    assert!(
        name.ends_with(&format!("-{}-orderConfirmed.eml", delivery.key())),
        "{name}"
    );
    assert_eq!(comparable(&file), comparable(&mail.mails()[0]));
}

/// The mail without the moment and the boundary, which differ.
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
