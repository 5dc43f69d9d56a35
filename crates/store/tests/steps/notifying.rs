//! Sent notifications are marked per message key and channel, in the script that settles their cause.

use contracts::{
    Service,
    event::{Channel, NotificationKind, NotificationSent},
};
use store::notification::{MessageKey, mark_channel_sent, was_sent};

use crate::support::{Effect, Shop, read, unknown_order};

#[tokio::test]
async fn every_channel_gets_its_mark_and_event() {
    let shop = Shop::open().await;
    let (order, kind) = (unknown_order(), NotificationKind::OrderConfirmed);
    let occasion = MessageKey::from(kind);
    let cause = shop.about(&order, "orders", Service::Notification).await;
    let mut step = shop.at(&cause, &order);
    assert!(
        !was_sent(&mut step, &occasion, Channel::Email)
            .await
            .unwrap()
    );

    let channels = [Channel::Email, Channel::Sms];
    let effect = shop.mark_sent(&order, kind, &channels).await;
    effect.settled_and_wrote(&["notification:sent:*", "notifications:sent"]);
    for (entry, channel) in shop.newest("notifications", 2).await.iter().zip(channels) {
        let expected = NotificationSent {
            order_id: order.clone(),
            kind,
            channel,
        };
        assert_eq!(read::<NotificationSent>(entry), expected);
        assert_eq!(entry.key(), order.as_str());
        assert!(was_sent(&mut step, &occasion, channel).await.unwrap());
    }
    let other = NotificationKind::PaymentFailed.into();
    assert!(!was_sent(&mut step, &other, Channel::Email).await.unwrap());
}

#[tokio::test]
async fn one_channel_does_not_mark_the_other() {
    let shop = Shop::open().await;
    let (order, kind) = (unknown_order(), NotificationKind::OrderCancelled);
    shop.mark_sent(&order, kind, &[Channel::Sms]).await;
    let cause = shop.about(&order, "orders", Service::Notification).await;
    let mut step = shop.at(&cause, &order);
    let occasion = kind.into();
    assert!(was_sent(&mut step, &occasion, Channel::Sms).await.unwrap());
    assert!(
        !was_sent(&mut step, &occasion, Channel::Email)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn one_of_several_of_a_kind_does_not_mark_the_next() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let cause = shop.about(&order, "orders", Service::Notification).await;
    let mut step = shop.at(&cause, &order);
    let nth = |n: &str| MessageKey {
        kind: NotificationKind::PaymentFailed,
        nth: Some(n.to_owned()),
    };
    mark_channel_sent(&mut step, &nth("1"), Channel::Email)
        .await
        .unwrap();
    assert!(
        was_sent(&mut step, &nth("1"), Channel::Email)
            .await
            .unwrap()
    );
    assert!(
        !was_sent(&mut step, &nth("2"), Channel::Email)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_sent_mark_is_neither_repeated_nor_published_twice() {
    let shop = Shop::open().await;
    let (order, kind) = (unknown_order(), NotificationKind::OrderConfirmed);
    let cause = shop.about(&order, "orders", Service::Notification).await;
    let mut step = shop.at(&cause, &order);
    for _ in 0..2 {
        mark_channel_sent(&mut step, &kind.into(), Channel::Sms)
            .await
            .unwrap();
    }
    assert_eq!(shop.newest("notifications", 9).await.len(), 1);
    shop.mark_sent(&order, kind, &[Channel::Email, Channel::Sms])
        .await;
    let log = shop.newest("notifications", 9).await;
    let channels = log
        .iter()
        .map(|entry| read::<NotificationSent>(entry).channel);
    assert!(channels.eq([Channel::Sms, Channel::Email]));
}

#[tokio::test]
async fn a_cause_without_recipients_is_settled() {
    let shop = Shop::open().await;
    let kind = NotificationKind::OrderRejected;
    let effect = shop.mark_sent(&unknown_order(), kind, &[]).await;
    assert_eq!(effect, Effect::SETTLED);
}
