//! Webhooks are added, changed, removed and given new secrets, also concurrently.

use contracts::{EventSelection, EventType};
use store::webhook::{self, Change, MOST, OVERLAP_MS, Sent};
use streamward::{TraceParent, clock};

use crate::support::{BODY, Shop, subscription};

#[tokio::test]
async fn a_webhook_is_kept_in_every_partition_and_its_secret_apart() {
    let shop = Shop::with_partitions(2).await;
    let (one, two) = (shop.webhook().await, shop.webhook().await);
    let found = webhook::find(&shop.runtime, &one.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&one));
    let mut expected = [one.clone(), two];
    expected.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(webhook::list(&shop.runtime).await.unwrap(), expected);
    for partition in shop.runtime.partitions() {
        let kept = webhook::subscribers(&shop.runtime, partition).await;
        assert_eq!(kept.unwrap().len(), 2);
        let key = partition.key(&["webhook", "subscriptions"]);
        let text: String = shop.redis(&["HGET", &key, one.id.as_str()]).await;
        assert!(!text.contains("whsec_"), "{text}");
    }
    assert!(
        webhook::remove_webhook(&shop.runtime, &one.id)
            .await
            .unwrap()
    );
    assert!(
        !webhook::remove_webhook(&shop.runtime, &one.id)
            .await
            .unwrap()
    );
    assert_eq!(webhook::list(&shop.runtime).await.unwrap().len(), 1);
}

#[tokio::test]
async fn there_are_never_more_than_the_limit() {
    let shop = Shop::open().await;
    for _ in 0..MOST {
        shop.webhook().await;
    }
    let added = webhook::add_webhook(&shop.runtime, &subscription(), "whsec_AAAA").await;
    assert!(!added.unwrap());
    assert_eq!(webhook::list(&shop.runtime).await.unwrap().len(), MOST);
}

#[tokio::test]
async fn a_change_based_on_an_older_state_is_repeated() {
    let shop = Shop::open().await;
    let before = shop.webhook().await;
    let mut after = before.clone();
    after.event_types = EventSelection::Only(vec![EventType::OrderConfirmed]);
    let change = async |known, changed| {
        let done = webhook::change_webhook(&shop.runtime, known, changed).await;
        done.unwrap()
    };
    assert_eq!(change(&before, &after).await, Change::Changed);
    assert_eq!(change(&before, &before).await, Change::Raced);
    let found = webhook::find(&shop.runtime, &before.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&after));
    let unknown = subscription();
    assert_eq!(change(&unknown, &unknown).await, Change::Unknown);
}

#[tokio::test]
async fn the_secret_before_the_newest_one_signs_for_a_day_and_older_ones_do_not() {
    let shop = Shop::open().await;
    let webhook = shop.webhook().await;
    for secret in ["whsec_BBBB", "whsec_CCCC"] {
        let until = webhook::rotate_secret(&shop.runtime, &webhook.id, secret).await;
        let until = until.unwrap().unwrap();
        assert!(until.abs_diff(clock::now_ms() + OVERLAP_MS) < 60_000);
    }
    let key = shop.partition().key(&["webhook", "secrets"]);
    let kept: String = shop.redis(&["HGET", &key, webhook.id.as_str()]).await;
    assert!(kept.starts_with("whsec_CCCC whsec_BBBB "), "{kept}");
    let unknown = webhook::rotate_secret(&shop.runtime, &subscription().id, "whsec_DDDD").await;
    assert_eq!(unknown.unwrap(), None);
}

#[tokio::test]
async fn a_ping_is_a_delivery_and_can_be_replayed_when_it_is_over() {
    let shop = Shop::open().await;
    let webhook = shop.webhook().await;
    let trace = TraceParent::start();
    let (sent, effect) = shop
        .observe(webhook::send_ping(&shop.runtime, &webhook.id, BODY, trace))
        .await;
    effect.wrote(&[
        "webhook:bodies:*",
        "webhook:inbox",
        "webhook:log:*",
        "webhook:recent:*",
    ]);
    let Sent::Sent(id) = sent else {
        unreachable!("{sent:?}");
    };
    let replay = async || {
        let sent = webhook::replay_delivery(&shop.runtime, &webhook.id, &id, trace).await;
        sent.unwrap()
    };
    assert_eq!(replay().await, Sent::Pending);
    let attempt = shop.attempts().await.remove(0);
    shop.begin(&attempt).await;
    shop.take(&attempt).await;
    assert_eq!(replay().await, Sent::Sent(id.clone()));
    let again = shop.attempts().await.remove(0);
    assert_eq!(again.1, attempt.1, "the same id, the same bytes");

    let mut off = webhook.clone();
    off.enabled = false;
    shop.begin(&again).await;
    shop.take(&again).await;
    let changed = webhook::change_webhook(&shop.runtime, &webhook, &off).await;
    assert_eq!(changed.unwrap(), Change::Changed);
    assert_eq!(replay().await, Sent::Disabled);
    let ping = webhook::send_ping(&shop.runtime, &webhook.id, BODY, trace).await;
    assert_eq!(ping.unwrap(), Sent::Disabled);
    webhook::remove_webhook(&shop.runtime, &webhook.id)
        .await
        .unwrap();
    assert_eq!(replay().await, Sent::Unknown);
    let ping = webhook::send_ping(&shop.runtime, &webhook.id, BODY, trace).await;
    assert_eq!(ping.unwrap(), Sent::Unknown);
}
