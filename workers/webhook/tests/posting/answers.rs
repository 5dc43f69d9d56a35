//! What a merchant's answer does to the delivery, to the webhook and to its log.

use contracts::event::DisableReason;
use store::webhook::DeliveryStatus;
use testkit::Merchant;

use crate::counter::{Counter, SECRET};

#[tokio::test]
async fn anything_from_200_to_299_is_taken() {
    for status in ["200 OK", "204 No Content", "299 Well"] {
        let (merchant, counter) = (Merchant::start(status, "").await, Counter::open().await);
        let webhook = counter.subscribe(merchant.url()).await;
        counter.confirmed().await;
        counter.work().await;
        let record = counter.newest(&webhook).await;
        assert_eq!(record.status, DeliveryStatus::Delivered, "{status}");
        assert_eq!(record.attempts.len(), 1);
        assert_eq!(record.attempts[0].error, None);
        assert!(counter.fast_forward().await.is_empty());
    }
}

#[tokio::test]
async fn other_answers_are_tried_again_and_kept_in_the_log_in_few_words() {
    for (status, words) in [
        ("500 Oops", "answered 500"),
        (
            "400 Bad Request",
            "answered 400 Bad Request: said <b>so</b> and more",
        ),
        ("404 Not Found", "answered 404"),
    ] {
        let (merchant, counter) = (Merchant::start(status, "").await, Counter::open().await);
        let webhook = counter.subscribe(merchant.url()).await;
        counter.confirmed().await;
        counter.work().await;
        let record = counter.newest(&webhook).await;
        assert_eq!(record.status, DeliveryStatus::Pending);
        let error = record.attempts[0].error.clone().unwrap();
        assert!(error.starts_with(words), "{error}");
        let waits = counter.fast_forward().await;
        assert!((5..=6).contains(&waits[0]), "{waits:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (target, counter) = (Merchant::start("200 OK", "").await, Counter::open().await);
    let location = format!("location: {}\r\n", target.url());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let merchant = Merchant::start(status, &location).await;
        let webhook = counter.subscribe(merchant.url()).await;
        counter.confirmed().await;
        counter.work().await;
        let record = counter.newest(&webhook).await;
        let error = record.attempts[0].error.clone().unwrap();
        assert!(error.contains("redirects are not followed"), "{error}");
    }
    assert!(target.posts().is_empty());
}

#[tokio::test]
async fn gone_switches_the_webhook_off_at_once() {
    let (merchant, counter) = (Merchant::start("410 Gone", "").await, Counter::open().await);
    let webhook = counter.subscribe(merchant.url()).await;
    counter.confirmed().await;
    counter.confirmed().await;
    counter.work().await;
    assert_eq!(merchant.posts().len(), 1, "the second one was skipped");
    let off = counter.find(&webhook).await;
    assert!(!off.enabled);
    assert_eq!(off.disabled.unwrap().reason, DisableReason::Gone);
    assert_eq!(counter.newest(&webhook).await.next, None);
    assert!(counter.fast_forward().await.is_empty());
}

#[tokio::test]
async fn when_the_schedule_is_used_up_the_webhook_is_switched_off() {
    let (merchant, counter) = (Merchant::start("500 Oops", "").await, Counter::open().await);
    let webhook = counter.subscribe(merchant.url()).await;
    counter.confirmed().await;
    let mut waits = Vec::new();
    while counter.work().await > 0 {
        waits.extend(counter.fast_forward().await);
    }
    assert_eq!(merchant.posts().len(), 3);
    assert!((5..=6).contains(&waits[0]), "{waits:?}");
    assert!((300..=360).contains(&waits[1]), "{waits:?}");
    let record = counter.newest(&webhook).await;
    assert_eq!(
        (record.status, record.attempts.len()),
        (DeliveryStatus::Failed, 3)
    );
    let off = counter.find(&webhook).await.disabled.unwrap();
    assert_eq!(off.reason, DisableReason::Exhausted);
}

#[tokio::test]
async fn whoever_asks_to_be_left_alone_is_and_for_a_day_at_most() {
    for (status, after, wait) in [
        ("429 Too Many", "120", 120..=121),
        ("503 Busy", "999999999", 86_399..=86_400),
        ("502 Bad Gateway", "0", 5..=6),
    ] {
        let header = format!("retry-after: {after}\r\n");
        let merchant = Merchant::start(status, &header).await;
        let counter = Counter::open().await;
        counter.subscribe(merchant.url()).await;
        counter.confirmed().await;
        counter.work().await;
        let waits = counter.fast_forward().await;
        assert!(wait.contains(&waits[0]), "{status}: {waits:?}");
    }
}

#[tokio::test]
async fn a_merchant_who_asks_to_be_left_alone_is_left_alone_by_all_deliveries() {
    let header = "retry-after: 120\r\n";
    let merchant = Merchant::start("503 Busy", header).await;
    let counter = Counter::open().await;
    counter.subscribe(merchant.url()).await;
    counter.confirmed().await;
    counter.confirmed().await;
    counter.work().await;
    assert_eq!(merchant.posts().len(), 1);
    let waits = counter.fast_forward().await;
    assert!(waits.iter().all(|wait| *wait >= 119), "{waits:?}");
}

#[tokio::test]
async fn silence_is_a_failure() {
    let (merchant, counter) = (Merchant::start("200 OK", "").await, Counter::open().await);
    merchant.hangs();
    let webhook = counter.subscribe(merchant.url()).await;
    counter.confirmed().await;
    counter.work().await;
    let record = counter.newest(&webhook).await;
    let error = record.attempts[0].error.clone().unwrap();
    assert_eq!(error, "no answer within 1s");
    assert_eq!(record.attempts[0].status, None);
}

#[tokio::test]
async fn neither_secret_nor_path_is_in_the_log() {
    let counter = Counter::open().await;
    let webhook = counter
        .subscribe("http://127.0.0.1:1/hooks?token=hidden")
        .await;
    counter.confirmed().await;
    counter.work().await;
    let words = format!("{:?}", counter.newest(&webhook).await);
    assert!(words.contains("refused"), "{words}");
    assert!(
        !words.contains("hidden") && !words.contains(SECRET),
        "{words}"
    );
}
