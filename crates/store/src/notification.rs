//! Marks of sent messages, so that each is sent once per channel.

mod stock_levels;

use contracts::{
    Service,
    event::{Channel, Message, NotificationKind, NotificationSent},
};
use streamward::pack;

use crate::{Result, Step, keys, scripts};

pub use stock_levels::StockObservation;

/// Key of a message that is sent once per channel: a kind, and a number where an order can have several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageKey {
    /// Kind of message.
    pub kind: NotificationKind,
    /// Distinguishes several messages of one kind.
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

/// Returns whether this message was sent over this channel.
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

/// Marks the message as sent over one channel while another channel failed. The delivery stays
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

/// Marks the message as sent over these channels, and settles the delivery.
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
