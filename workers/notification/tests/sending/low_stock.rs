use contracts::event::LowStockReported;
use notification_worker::Smtp;
use streamward::{Delivery, Outcome};
use testkit::{MailServer, Mood};

use crate::desk::{Desk, again, message_id};

async fn open(mood: Mood) -> (MailServer, Desk) {
    let mail = MailServer::start(mood).await;
    let smtp = Smtp::new(&format!("smtp://{}", mail.address())).unwrap();
    let admins = ["Grace <grace@shop.test>", "linus@shop.test"];
    let desk = Desk::watching(Some(smtp), &admins).await;
    (mail, desk)
}

async fn hears(desk: &Desk, delivery: &Delivery) {
    assert_eq!(desk.handle(delivery).await, Outcome::Done);
}

#[tokio::test]
async fn the_administrators_are_told_once_until_there_was_enough_again() {
    let (mail, desk) = open(Mood::Takes).await;
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
        hears(&desk, &desk.left(available).await).await;
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
        desk.log_of::<LowStockReported>().await,
        [expected.clone(), expected]
    );
}

#[tokio::test]
async fn levels_that_come_late_or_twice_tell_nothing_new() {
    let (mail, desk) = open(Mood::Takes).await;
    let (plenty, few, fewer) = (desk.left(9).await, desk.left(4).await, desk.left(3).await);
    for delivery in [
        &fewer,
        &few,
        &plenty,
        &again(&fewer),
        &again(&few),
        &again(&plenty),
    ] {
        hears(&desk, delivery).await;
    }
    let mails = mail.mails();
    assert_eq!(mails.len(), 1, "only the newest counts");
    assert!(mails[0].contains("3 left"), "{mails:?}");
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_tried_again_and_told_once() {
    let (mail, desk) = open(Mood::Away).await;
    let (few, fewer) = (desk.left(4).await, desk.left(3).await);
    let outcome = desk.handle(&few).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    mail.turn(Mood::Takes);
    hears(&desk, &fewer).await;
    assert!(mail.mails().is_empty(), "the first one tells");
    for _ in 0..2 {
        hears(&desk, &again(&few)).await;
    }
    assert_eq!(mail.mails().len(), 1);
}

#[tokio::test]
async fn nobody_is_told_when_nobody_asked() {
    let desk = Desk::watching(None, &[]).await;
    hears(&desk, &desk.left(0).await).await;
    assert!(desk.outbox().is_empty());
}

#[tokio::test]
async fn a_product_with_a_threshold_of_its_own_is_scarce_by_it() {
    let (mail, desk) = open(Mood::Takes).await;
    for (available, mails) in [(21, 0), (20, 1), (5, 1), (21, 1), (20, 2)] {
        let delivery = desk.left_of(available, Some(20)).await;
        hears(&desk, &delivery).await;
        assert_eq!(mail.mails().len(), mails, "{available} left");
    }
}
