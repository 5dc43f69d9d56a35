//! Marks of what customers were told.

use contracts::{
    Service,
    event::{Channel, Kind, NotificationKind, NotificationSent},
};
use streamward::pack;

use crate::{Result, Step, keys, scripts};

/// Whether the customer was told this over this channel before.
///
/// # Errors
/// [`streamward::Error`].
pub async fn was_sent(
    step: &mut Step<'_>,
    kind: NotificationKind,
    channel: Channel,
) -> Result<bool> {
    let mut exists = redis::cmd("HEXISTS");
    exists
        .arg(keys::sent(step.partition, step.order))
        .arg(mark_of(kind, channel));
    Ok(exists.query_async(&mut step.link).await?)
}

/// Notes that the customer was told over one of several channels, before the delivery is settled.
///
/// # Errors
/// [`streamward::Error`].
pub async fn note(step: &mut Step<'_>, kind: NotificationKind, channel: Channel) -> Result<()> {
    let mut set = redis::cmd("HSET");
    set.arg(keys::sent(step.partition, step.order))
        .arg(mark_of(kind, channel));
    Ok(set
        .arg(&step.envelope.at)
        .query_async(&mut step.link)
        .await?)
}

/// Marks that the customer was told over these channels, and settles the delivery.
///
/// # Errors
/// [`streamward::Error`].
pub async fn mark(mut step: Step<'_>, kind: NotificationKind, channels: &[Channel]) -> Result<()> {
    let all = [
        keys::sent(step.partition, step.order),
        keys::stream(step.partition, Service::Notification),
    ];
    let mut call = step
        .call(&scripts::NOTIFICATION_MARK, &all)
        .arg(step.order.as_str());
    for channel in channels {
        let event = NotificationSent {
            order_id: step.order.clone(),
            kind,
            channel: *channel,
        };
        call = call
            .arg(mark_of(kind, *channel))
            .arg(pack(NotificationSent::KIND, &event)?);
    }
    let reply = call.run(&mut step.link).await?;
    match reply.tag() {
        "MARKED" | "STALE" => Ok(()),
        _ => Err(reply.unexpected()),
    }
}

fn mark_of(kind: NotificationKind, channel: Channel) -> String {
    format!("{}:{}", kind.name(), channel.name())
}
