//! What a customer was told is marked per kind and channel, with the settling of its cause.

use contracts::{
    Service,
    event::{Channel, NotificationKind, NotificationSent},
};
use store::notification::was_sent;

use crate::support::{Effect, Shop, read, unknown_order};

#[tokio::test]
async fn every_channel_gets_its_mark_and_event() {
    let shop = Shop::open().await;
    let (order, kind) = (unknown_order(), NotificationKind::OrderConfirmed);
    let cause = shop.about(&order, "orders", Service::Notification).await;
    let mut step = shop.at(&cause, &order);
    assert!(!was_sent(&mut step, kind, Channel::Email).await.unwrap());

    let channels = [Channel::Email, Channel::Sms];
    let effect = shop.tell(&order, kind, &channels).await;
    effect.settled_and_wrote(&["notification:sent:*", "notifications"]);
    for (entry, channel) in shop.newest("notifications", 2).await.iter().zip(channels) {
        let expected = NotificationSent {
            order_id: order.clone(),
            kind,
            channel,
        };
        assert_eq!(read::<NotificationSent>(entry), expected);
        assert_eq!(entry.key(), order.as_str());
        assert!(was_sent(&mut step, kind, channel).await.unwrap());
    }
    let other = NotificationKind::PaymentFailed;
    assert!(!was_sent(&mut step, other, Channel::Email).await.unwrap());
}

#[tokio::test]
async fn one_channel_does_not_mark_the_other() {
    let shop = Shop::open().await;
    let (order, kind) = (unknown_order(), NotificationKind::OrderCancelled);
    shop.tell(&order, kind, &[Channel::Sms]).await;
    let cause = shop.about(&order, "orders", Service::Notification).await;
    let mut step = shop.at(&cause, &order);
    assert!(was_sent(&mut step, kind, Channel::Sms).await.unwrap());
    assert!(!was_sent(&mut step, kind, Channel::Email).await.unwrap());
}

#[tokio::test]
async fn nobody_left_to_tell_settles_the_cause() {
    let shop = Shop::open().await;
    let kind = NotificationKind::OrderRejected;
    let effect = shop.tell(&unknown_order(), kind, &[]).await;
    assert_eq!(effect, Effect::SETTLED);
}
