//! Attempts of one webhook are few at a time, rest while it fails, and end in one step with their log.

use std::time::Duration;

use contracts::event::{DisableReason, WebhookDelivered, WebhookDisabled};
use store::webhook::{
    self, AttemptEnd, AttemptOutcome, AttemptStart, Change, DeliveryStatus, Subscription,
};
use streamward::clock;

use crate::support::{Shop, unknown_order};

async fn fan_out(shop: &Shop, webhook: &Subscription, event: &str) {
    let to = std::slice::from_ref(webhook);
    shop.fan_out(&unknown_order(), event, to).await;
}

#[tokio::test]
async fn a_successful_attempt_is_logged_and_published() {
    let shop = Shop::open().await;
    let webhook = shop.webhook().await;
    fan_out(&shop, &webhook, "E1").await;
    let attempt = shop.attempts().await.remove(0);
    let AttemptStart::Go(go) = shop.begin(&attempt).await else {
        unreachable!("nothing is in its way");
    };
    assert_eq!((&go.webhook, go.failures), (&webhook, 0));
    assert_eq!(go.secrets.at(0).collect::<Vec<_>>(), ["whsec_AAAA"]);
    let (ended, effect) = shop.observe(async { Ok(shop.take(&attempt).await) }).await;
    assert_eq!(ended, AttemptEnd::Finished);
    effect.settled_and_wrote(&[
        "webhook:inflight:*",
        "webhook:log:*",
        "webhook:state:*",
        "webhooks:delivered",
    ]);
    let event: WebhookDelivered = shop.event("webhooks").await;
    assert_eq!(event.attempts, 1);
    let (_, record) = shop.log(&webhook).await.remove(0);
    assert_eq!(record.status, DeliveryStatus::Delivered);
    assert_eq!(record.attempts[0].status, Some(200));
    for again in [shop.take(&attempt).await, shop.fail(&attempt).await] {
        assert_eq!(again, AttemptEnd::Stale);
    }
    assert_eq!(shop.begin(&attempt).await, AttemptStart::Stale);
}

#[tokio::test]
async fn a_failure_comes_back_through_the_delay_queue_with_the_same_id_and_body() {
    let shop = Shop::open().await;
    let webhook = shop.webhook().await;
    fan_out(&shop, &webhook, "E1").await;
    let first = shop.attempts().await.remove(0);
    shop.begin(&first).await;
    let (ended, effect) = shop.observe(async { Ok(shop.fail(&first).await) }).await;
    assert_eq!(ended, AttemptEnd::Finished);
    effect.settled_and_wrote(&[
        "webhook:delayed",
        "webhook:delayed.data",
        "webhook:inflight:*",
        "webhook:log:*",
        "webhook:state:*",
    ]);
    let (_, record) = shop.log(&webhook).await.remove(0);
    assert_eq!(record.status, DeliveryStatus::Pending);
    let wait = record.next.unwrap().saturating_sub(clock::now_ms());
    assert!((1..=5000).contains(&wait), "{wait}");

    let second = shop.overdue().await.remove(0);
    assert_eq!(second.1.failed, 1);
    assert_eq!(second.1.delivery_id, first.1.delivery_id);
    assert_eq!(second.1.body, first.1.body);
    shop.begin(&second).await;
    shop.take(&second).await;
    let (_, record) = shop.log(&webhook).await.remove(0);
    let statuses: Vec<_> = record.attempts.iter().map(|made| made.status).collect();
    assert_eq!(statuses, [Some(500), Some(200)]);
    assert_eq!(record.next, None);
    let event: WebhookDelivered = shop.event("webhooks").await;
    assert_eq!(event.attempts, 2);
}

#[tokio::test]
async fn two_at_a_time_and_the_others_wait_one_behind_the_other() {
    let shop = Shop::open().await;
    let (slow, other) = (shop.webhook().await, shop.webhook().await);
    for n in 0..5 {
        fan_out(&shop, &slow, &format!("E{n}")).await;
    }
    fan_out(&shop, &other, "E0").await;
    let attempts = shop.attempts().await;
    for attempt in &attempts[..2] {
        assert!(matches!(shop.begin(attempt).await, AttemptStart::Go(_)));
    }
    for attempt in &attempts[2..5] {
        assert_eq!(shop.begin(attempt).await, AttemptStart::Wait);
        assert_eq!(
            shop.begin(attempt).await,
            AttemptStart::Stale,
            "it was settled"
        );
    }
    assert!(
        matches!(shop.begin(&attempts[5]).await, AttemptStart::Go(_)),
        "another webhook"
    );
    let queue = shop.partition().delayed("webhook");
    let due: Vec<(String, f64)> = shop
        .redis(&["ZRANGE", &queue, "0", "-1", "WITHSCORES"])
        .await;
    assert!(due.windows(2).all(|two| two[0].1 < two[1].1), "{due:?}");
    // One that comes back because its process died keeps its place.
    assert!(matches!(
        shop.begin(&attempts[0]).await,
        AttemptStart::Go(_)
    ));

    shop.take(&attempts[0]).await;
    let waiting = shop.overdue().await;
    assert_eq!(waiting.len(), 3);
    assert!(
        waiting.iter().all(|(_, it)| it.failed == 0),
        "waiting is no failure"
    );
    assert!(matches!(shop.begin(&waiting[0]).await, AttemptStart::Go(_)));
    assert_eq!(shop.begin(&waiting[1]).await, AttemptStart::Wait);
}

#[tokio::test]
async fn a_place_of_a_process_that_never_came_back_is_given_away() {
    let shop = Shop::open().await;
    let webhook = shop.webhook().await;
    for n in 0..3 {
        fan_out(&shop, &webhook, &format!("E{n}")).await;
    }
    let attempts = shop.attempts().await;
    shop.begin(&attempts[0]).await;
    shop.begin(&attempts[1]).await;
    let places = shop
        .partition()
        .key(&["webhook", "inflight", webhook.id.as_str()]);
    let dead = attempts[0].1.delivery_id.as_str();
    let _: i64 = shop.redis(&["ZADD", &places, "1", dead]).await;
    assert!(matches!(
        shop.begin(&attempts[2]).await,
        AttemptStart::Go(_)
    ));
}

#[tokio::test]
async fn after_three_failures_one_at_a_time_is_tried_and_only_when_the_rest_is_over() {
    let shop = Shop::open().await;
    let webhook = shop.webhook().await;
    for n in 0..5 {
        fan_out(&shop, &webhook, &format!("E{n}")).await;
    }
    let attempts = shop.attempts().await;
    let (pause, rest) = (
        AttemptOutcome::Retry(Duration::from_secs(5)),
        Duration::from_secs(30),
    );
    for (attempt, rest) in attempts.iter().zip([Duration::ZERO, Duration::ZERO, rest]) {
        assert!(matches!(shop.begin(attempt).await, AttemptStart::Go(_)));
        shop.finish(attempt, pause.clone(), rest).await;
    }
    assert_eq!(shop.begin(&attempts[3]).await, AttemptStart::Wait);
    let log = shop.log(&webhook).await;
    let waiting = log.iter().find(|(id, _)| *id == attempts[3].1.delivery_id);
    let (_, record) = waiting.unwrap();
    let wait = record.next.unwrap().saturating_sub(clock::now_ms());
    assert!((30_000..=60_000).contains(&wait), "behind the rest: {wait}");

    let state = shop
        .partition()
        .key(&["webhook", "state", webhook.id.as_str()]);
    let _: i64 = shop.redis(&["HSET", &state, "rest", "0"]).await;
    let AttemptStart::Go(go) = shop.begin(&attempts[4]).await else {
        unreachable!("the rest is over");
    };
    assert_eq!(go.failures, 3);
    let mut waiting = shop.overdue().await;
    assert_eq!(
        shop.begin(&waiting.remove(0)).await,
        AttemptStart::Wait,
        "one at a time"
    );
    shop.take(&attempts[4]).await;
    for attempt in &waiting[..2] {
        assert!(
            matches!(shop.begin(attempt).await, AttemptStart::Go(_)),
            "it is well again"
        );
    }
}

#[tokio::test]
async fn a_gone_or_long_failing_webhook_is_disabled_and_published_once() {
    for reason in [DisableReason::Gone, DisableReason::Exhausted] {
        let shop = Shop::open().await;
        let webhook = shop.webhook().await;
        for n in 0..3 {
            fan_out(&shop, &webhook, &format!("E{n}")).await;
        }
        let attempts = shop.attempts().await;
        shop.begin(&attempts[0]).await;
        shop.begin(&attempts[1]).await;
        assert_eq!(
            shop.give_up(&attempts[0], reason).await,
            AttemptEnd::Disabled
        );
        assert_eq!(
            shop.give_up(&attempts[1], reason).await,
            AttemptEnd::Finished
        );
        let event: WebhookDisabled = shop.event("webhooks").await;
        assert_eq!(
            (event.reason, event.host.as_str()),
            (reason, "shop.example")
        );
        assert_eq!(event.error, "answered 500");
        assert_eq!(shop.newest("webhooks", 10).await.len(), 1);
        let off = webhook::find(&shop.runtime, &webhook.id).await.unwrap();
        let off = off.unwrap();
        assert_eq!(off.disabled.unwrap().reason, reason);
        assert_eq!(
            (off.enabled, &off.event_types),
            (false, &webhook.event_types)
        );

        assert_eq!(shop.begin(&attempts[2]).await, AttemptStart::Skipped);
        let log = shop.log(&webhook).await;
        let count = |status| log.iter().filter(|(_, it)| it.status == status).count();
        assert_eq!(
            (
                count(DeliveryStatus::Failed),
                count(DeliveryStatus::Skipped)
            ),
            (2, 1)
        );
        // A script has written it since it was added, and it can still be changed.
        let changed = webhook::change_webhook(&shop.runtime, &off, &webhook).await;
        assert_eq!(changed.unwrap(), Change::Changed);
    }
}

#[tokio::test]
async fn deliveries_to_a_removed_webhook_are_dropped() {
    let shop = Shop::open().await;
    let webhook = shop.webhook().await;
    fan_out(&shop, &webhook, "E1").await;
    fan_out(&shop, &webhook, "E2").await;
    let attempts = shop.attempts().await;
    shop.begin(&attempts[0]).await;
    webhook::remove_webhook(&shop.runtime, &webhook.id)
        .await
        .unwrap();
    let (ended, effect) = shop
        .observe(async { Ok(shop.fail(&attempts[0]).await) })
        .await;
    assert_eq!(ended, AttemptEnd::Gone);
    effect.settled_and_wrote(&[]);
    let (begun, effect) = shop
        .observe(async { Ok(shop.begin(&attempts[1]).await) })
        .await;
    assert_eq!(begun, AttemptStart::Gone);
    effect.settled_and_wrote(&[]);
}
