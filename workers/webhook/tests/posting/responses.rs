//! Effect of an endpoint's response on the delivery, the webhook and its log.

use contracts::event::DisableReason;
use store::webhook::DeliveryStatus;
use testkit::Merchant;

use crate::harness::{Harness, SECRET};

#[tokio::test]
async fn any_2xx_response_succeeds() {
    for status in ["200 OK", "204 No Content", "299 Well"] {
        let (merchant, harness) = (Merchant::start(status, "").await, Harness::start().await);
        let webhook = harness.subscribe(merchant.url()).await;
        harness.confirm_order().await;
        harness.run_attempts().await;
        let record = harness.newest(&webhook).await;
        assert_eq!(record.status, DeliveryStatus::Delivered, "{status}");
        assert_eq!(record.attempts.len(), 1);
        assert_eq!(record.attempts[0].error, None);
        assert!(harness.fast_forward().await.is_empty());
    }
}

#[tokio::test]
async fn other_responses_are_retried_and_logged() {
    for (status, words) in [
        ("500 Oops", "answered 500"),
        (
            "400 Bad Request",
            "answered 400 Bad Request: said <b>so</b> and more",
        ),
        ("404 Not Found", "answered 404"),
    ] {
        let (merchant, harness) = (Merchant::start(status, "").await, Harness::start().await);
        let webhook = harness.subscribe(merchant.url()).await;
        harness.confirm_order().await;
        harness.run_attempts().await;
        let record = harness.newest(&webhook).await;
        assert_eq!(record.status, DeliveryStatus::Pending);
        let error = record.attempts[0].error.clone().unwrap();
        assert!(error.starts_with(words), "{error}");
        let waits = harness.fast_forward().await;
        assert!((5..=6).contains(&waits[0]), "{waits:?}");
    }
}

#[tokio::test]
async fn a_redirect_fails_and_is_not_followed() {
    let (target, harness) = (Merchant::start("200 OK", "").await, Harness::start().await);
    let location = format!("location: {}\r\n", target.url());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let merchant = Merchant::start(status, &location).await;
        let webhook = harness.subscribe(merchant.url()).await;
        harness.confirm_order().await;
        harness.run_attempts().await;
        let record = harness.newest(&webhook).await;
        let error = record.attempts[0].error.clone().unwrap();
        assert!(error.contains("redirects are not followed"), "{error}");
    }
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn a_410_disables_the_webhook_immediately() {
    let (merchant, harness) = (
        Merchant::start("410 Gone", "").await,
        Harness::start().await,
    );
    let webhook = harness.subscribe(merchant.url()).await;
    harness.confirm_order().await;
    harness.confirm_order().await;
    harness.run_attempts().await;
    assert_eq!(
        merchant.requests().len(),
        1,
        "the second delivery was skipped"
    );
    let off = harness.find(&webhook).await;
    assert!(!off.enabled);
    assert_eq!(off.disabled.unwrap().reason, DisableReason::Gone);
    assert_eq!(harness.newest(&webhook).await.next, None);
    assert!(harness.fast_forward().await.is_empty());
}

#[tokio::test]
async fn the_webhook_is_disabled_after_the_last_attempt() {
    let (merchant, harness) = (
        Merchant::start("500 Oops", "").await,
        Harness::start().await,
    );
    let webhook = harness.subscribe(merchant.url()).await;
    harness.confirm_order().await;
    let mut waits = Vec::new();
    while harness.run_attempts().await > 0 {
        waits.extend(harness.fast_forward().await);
    }
    assert_eq!(merchant.requests().len(), 3);
    assert!((5..=6).contains(&waits[0]), "{waits:?}");
    assert!((300..=360).contains(&waits[1]), "{waits:?}");
    let record = harness.newest(&webhook).await;
    assert_eq!(
        (record.status, record.attempts.len()),
        (DeliveryStatus::Failed, 3)
    );
    let off = harness.find(&webhook).await.disabled.unwrap();
    assert_eq!(off.reason, DisableReason::Exhausted);
}

#[tokio::test]
async fn retry_after_is_honoured_for_at_most_a_day() {
    for (status, after, wait) in [
        ("429 Too Many", "120", 120..=121),
        ("503 Busy", "999999999", 86_399..=86_400),
        ("502 Bad Gateway", "0", 5..=6),
    ] {
        let header = format!("retry-after: {after}\r\n");
        let merchant = Merchant::start(status, &header).await;
        let harness = Harness::start().await;
        harness.subscribe(merchant.url()).await;
        harness.confirm_order().await;
        harness.run_attempts().await;
        let waits = harness.fast_forward().await;
        assert!(wait.contains(&waits[0]), "{status}: {waits:?}");
    }
}

#[tokio::test]
async fn retry_after_delays_all_deliveries_of_the_webhook() {
    let header = "retry-after: 120\r\n";
    let merchant = Merchant::start("503 Busy", header).await;
    let harness = Harness::start().await;
    harness.subscribe(merchant.url()).await;
    harness.confirm_order().await;
    harness.confirm_order().await;
    harness.run_attempts().await;
    assert_eq!(merchant.requests().len(), 1);
    let waits = harness.fast_forward().await;
    assert!(waits.iter().all(|wait| *wait >= 119), "{waits:?}");
}

#[tokio::test]
async fn a_timeout_fails() {
    let (merchant, harness) = (Merchant::start("200 OK", "").await, Harness::start().await);
    merchant.hang();
    let webhook = harness.subscribe(merchant.url()).await;
    harness.confirm_order().await;
    harness.run_attempts().await;
    let record = harness.newest(&webhook).await;
    let error = record.attempts[0].error.clone().unwrap();
    assert_eq!(error, "no answer within 1s");
    assert_eq!(record.attempts[0].status, None);
}

#[tokio::test]
async fn neither_secret_nor_path_is_logged() {
    let harness = Harness::start().await;
    let webhook = harness
        .subscribe("http://127.0.0.1:1/hooks?token=hidden")
        .await;
    harness.confirm_order().await;
    harness.run_attempts().await;
    let words = format!("{:?}", harness.newest(&webhook).await);
    assert!(words.contains("refused"), "{words}");
    assert!(
        !words.contains("hidden") && !words.contains(SECRET),
        "{words}"
    );
}
