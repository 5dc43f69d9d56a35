//! Marks of what people were told.

mod stock_levels;

use contracts::{
    Service,
    event::{Channel, Message, NotificationKind, NotificationSent},
};
use streamward::pack;

use crate::{Result, Step, keys, scripts};

pub use stock_levels::StockObservation;

/// What is told once per channel: a kind, and which one where an order can have several of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageKey {
    /// What is told.
    pub kind: NotificationKind,
    /// Which one.
    pub nth: Option<String>,
}

impl From<NotificationKind> for MessageKey {
    fn from(kind: NotificationKind) -> Self {
        Self { kind, nth: None }
    }
}

impl MessageKey {
    fn mark(&self, channel: Channel) -> String {
        let (kind, channel) = (self.kind.name(), channel.name());
        match &self.nth {
            Some(nth) => format!("{kind}:{channel}:{nth}"),
            None => format!("{kind}:{channel}"),
        }
    }

    fn event(&self, step: &Step<'_>, channel: Channel) -> Result<Vec<u8>> {
        let event = NotificationSent {
            order_id: step.order.clone(),
            kind: self.kind,
            channel,
        };
        pack(NotificationSent::KIND, &event)
    }
}

/// Whether the customer was told this over this channel before.
///
/// # Errors
/// [`streamward::Error`].
pub async fn was_sent(
    step: &mut Step<'_>,
    occasion: &MessageKey,
    channel: Channel,
) -> Result<bool> {
    let mut exists = redis::cmd("HEXISTS");
    exists
        .arg(keys::sent(step.partition, step.order))
        .arg(occasion.mark(channel));
    Ok(exists.query_async(&mut step.link).await?)
}

/// Notes that the customer was told over one channel while another one failed. The delivery stays
/// as it is.
///
/// # Errors
/// [`streamward::Error`].
pub async fn mark_channel_sent(
    step: &mut Step<'_>,
    occasion: &MessageKey,
    channel: Channel,
) -> Result<()> {
    let sent = keys::sent(step.partition, step.order);
    let stream = keys::stream(step.partition, Service::Notification);
    let envelope = &step.envelope;
    let call = scripts::MARK_CHANNEL_SENT
        .call(&[sent, stream])
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(step.order.as_str())
        .arg(occasion.mark(channel))
        .arg(occasion.event(step, channel)?);
    let reply = call.run(&mut step.link).await?;
    match reply.tag() {
        "NOTED" | "KNOWN" => Ok(()),
        _ => Err(reply.unexpected()),
    }
}

/// Marks that the customer was told over these channels, and settles the delivery.
///
/// # Errors
/// [`streamward::Error`].
pub async fn mark_sent(
    mut step: Step<'_>,
    occasion: &MessageKey,
    channels: &[Channel],
) -> Result<()> {
    let all = [
        keys::sent(step.partition, step.order),
        keys::stream(step.partition, Service::Notification),
    ];
    let mut call = step
        .call(&scripts::MARK_SENT, &all)
        .arg(step.order.as_str());
    for channel in channels {
        call = call
            .arg(occasion.mark(*channel))
            .arg(occasion.event(&step, *channel)?);
    }
    let reply = call.run(&mut step.link).await?;
    match reply.tag() {
        "MARKED" | "STALE" => Ok(()),
        _ => Err(reply.unexpected()),
    }
}
