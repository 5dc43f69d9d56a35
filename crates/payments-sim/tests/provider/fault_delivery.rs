//! Callback faults: each has its effect, and only dropped callbacks are lost.

use std::time::{Duration, Instant};

use payments_sim::{Delay, Faults};

use crate::support::{Provider, Shop};

async fn faulty(shop: &Shop, faults: Faults) -> Provider {
    let provider = Provider::for_shop(shop).await;
    provider.simulator.set_faults(faults);
    provider
}

#[tokio::test]
async fn a_delayed_callback_arrives_late() {
    let mut shop = Shop::open().await;
    let delay_ms = Delay { min: 150, max: 200 };
    let provider = faulty(
        &shop,
        Faults {
            delay_ms,
            ..Faults::default()
        },
    )
    .await;
    let started = Instant::now();
    provider.paid().await;
    assert!(shop.next().await.authentic);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_duplicated_callback_arrives_twice() {
    let mut shop = Shop::open().await;
    let provider = faulty(
        &shop,
        Faults {
            duplicate: 1.0,
            ..Faults::default()
        },
    )
    .await;
    provider.paid().await;
    let (one, other) = (shop.next().await, shop.next().await);
    assert!(one.authentic && other.authentic);
    assert_eq!(one.event, other.event);
}

#[tokio::test]
async fn a_reordered_callback_arrives_after_a_later_one() {
    let mut shop = Shop::open().await;
    let provider = faulty(
        &shop,
        Faults {
            reorder: 1.0,
            ..Faults::default()
        },
    )
    .await;
    let first = provider.paid().await;
    let second = provider.paid().await;
    assert_eq!(shop.next().await.intent(), second);
    assert_eq!(shop.next().await.intent(), first);
    let alone = provider.paid().await;
    assert_eq!(
        shop.next().await.intent(),
        alone,
        "nothing follows, and it comes all the same"
    );
}

#[tokio::test]
async fn a_dropped_callback_is_never_sent() {
    let mut shop = Shop::open().await;
    let provider = faulty(
        &shop,
        Faults {
            drop: 1.0,
            ..Faults::default()
        },
    )
    .await;
    let dropped = provider.paid().await;
    let polled = async || provider.get("/v1/events").await.body["data"][0].clone();
    crate::support::eventually(async || polled().await["pending_webhooks"] == 0).await;
    assert_eq!(
        polled().await["data"]["object"]["id"],
        *dropped,
        "the shop can still poll it"
    );
    provider.simulator.set_faults(Faults::default());
    let sent = provider.paid().await;
    assert_eq!(shop.next().await.intent(), sent);
}

#[tokio::test]
async fn a_bad_signature_is_followed_by_a_valid_one() {
    let mut shop = Shop::answering(&[400]).await;
    let provider = faulty(
        &shop,
        Faults {
            bad_signature: 1.0,
            ..Faults::default()
        },
    )
    .await;
    provider.paid().await;
    let (forged, right) = (shop.next().await, shop.next().await);
    assert!(!forged.authentic);
    assert!(right.authentic && right.age < 60);
    assert_eq!(forged.event, right.event);
}

#[tokio::test]
async fn a_stale_timestamp_is_followed_by_a_current_one_even_if_accepted() {
    let mut shop = Shop::open().await;
    let provider = faulty(
        &shop,
        Faults {
            stale_timestamp: 1.0,
            ..Faults::default()
        },
    )
    .await;
    provider.paid().await;
    let (stale, right) = (shop.next().await, shop.next().await);
    assert!(stale.authentic && stale.age >= 600);
    assert!(right.authentic && right.age < 60);
}
