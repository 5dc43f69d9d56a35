//! The notification service: tells customers what became of their orders.
//!
//! A message is sent at least once per channel; the mark that it was sent is written right after it, so
//! it is repeated only when the process dies between the two. Mails carry a Message-ID
//! that follows from order, kind and channel, so that a repeated one is recognised.

mod courier;
mod letter;
mod message;
mod outbox;

use std::sync::Arc;

use contracts::{
    Contact, OrderDoc, OrderId, Service,
    event::{Channel, NotificationKind},
};
use store::{Step, notification};
use streamward::{Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use courier::{Courier, SendError};
pub use letter::Letter;
pub use message::NotificationMessage;
pub use outbox::Outbox;

/// Handles events that a customer wants to know of.
#[derive(Debug)]
pub struct NotificationHandler<C> {
    runtime: Runtime,
    courier: Arc<C>,
}

impl<C: Courier> NotificationHandler<C> {
    /// A handler on this shop that sends through `courier`.
    pub const fn new(runtime: Runtime, courier: Arc<C>) -> Self {
        Self { runtime, courier }
    }

    async fn step(
        &self,
        message: NotificationMessage,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let order = message.order_id();
        let (kind, doc) = (message.kind(), message.doc());
        let letter = Letter::compose(&message);
        let mut step = Step::new(&self.runtime, delivery, order)?;
        let channels: Vec<Channel> = channels(&doc.contact).collect();
        for channel in &channels {
            // Only a repeated delivery can have been told before.
            let repeated = delivery.is_redelivery()
                && notification::was_sent(&mut step, kind, *channel).await?;
            if repeated {
                continue;
            }
            self.send(order, kind, *channel, doc, &letter).await?;
            // A mail is not repeated because the SMS behind it fails.
            if Some(channel) != channels.last() {
                notification::note(&mut step, kind, *channel).await?;
            }
        }
        notification::mark(step, kind, &channels).await?;
        Ok(Outcome::Settled)
    }

    async fn send(
        &self,
        order: &OrderId,
        kind: NotificationKind,
        channel: Channel,
        doc: &OrderDoc,
        letter: &Letter,
    ) -> Result<(), SendError> {
        match channel {
            Channel::Email => self.courier.mail(order, kind, &doc.contact, letter).await,
            Channel::Sms => self.courier.sms(order, kind, &doc.contact, letter).await,
        }
    }
}

fn channels(contact: &Contact) -> impl Iterator<Item = Channel> {
    let sms = contact.phone.is_some().then_some(Channel::Sms);
    [Some(Channel::Email), sms].into_iter().flatten()
}

impl<C: Courier> Handler for NotificationHandler<C> {
    type Message = NotificationMessage;

    async fn handle(&self, message: NotificationMessage, delivery: &Delivery) -> Outcome {
        self.step(message, delivery).await.into()
    }
}

/// The notification service's consumer.
pub fn consumer<C: Courier>(
    runtime: &Runtime,
    courier: Arc<C>,
) -> Consumer<NotificationHandler<C>> {
    let service = Service::Notification;
    Consumer::new(
        service.name(),
        NotificationHandler::new(runtime.clone(), courier),
    )
    .reads(service.reads().iter().copied())
    .writes([service.writes()])
}
