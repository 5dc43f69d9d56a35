//! Marks of sent messages, so that each is sent once per channel.

use contracts::{
    Service,
    event::{Channel, Message, NotificationKind, NotificationSent},
};
use streamward::pack;

use crate::{Result, Step, keys};

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
pub async fn was_sent(step: &mut Step<'_>, key: &MessageKey, channel: Channel) -> Result<bool> {
    let mut exists = redis::cmd("HEXISTS");
    exists
        .arg(keys::sent(step.partition, step.order))
        .arg(key.mark(channel));
    Ok(exists.query_async(&mut step.settling.link).await?)
}

fn keys_of(step: &Step<'_>) -> [String; 2] {
    [
        keys::sent(step.partition, step.order),
        keys::topics(step.partition, Service::Notification),
    ]
}

/// Marks the message as sent over one channel while another channel failed. The delivery stays
/// as it is.
pub async fn mark_channel_sent(
    step: &mut Step<'_>,
    key: &MessageKey,
    channel: Channel,
) -> Result<()> {
    let keys = keys_of(step);
    let script = script!("notification/mark_channel_sent" {
        envelope: &step.settling.envelope,
        order: step.order,
        mark: key.mark(channel),
        event: key.event(step, channel)?,
    });
    script.run(&mut step.settling.link, &keys, &[]).await
}

/// Marks the message as sent over these channels, and settles the delivery.
pub async fn mark_sent(step: Step<'_>, key: &MessageKey, channels: &[Channel]) -> Result<()> {
    let sent = |channel: &Channel| Ok((key.mark(*channel), key.event(&step, *channel)?));
    let script = script!(emits "notification/mark_sent" {
        order: step.order,
        channels: channels.iter().map(sent).collect::<Result<Vec<_>>>()?,
    });
    let keys = keys_of(&step);
    step.run(&keys, script).await
}
