//! The notification service: tells customers what became of their orders.
//!
//! A message is sent at least once; the mark that it was sent is written with the settling of its
//! cause, so it is repeated only when the process dies between the two. Mails carry a Message-ID
//! that follows from order, kind and channel, so that a repeated one is recognised.

mod letter;
mod message;
pub mod outbox;

use std::sync::Arc;

use contracts::{
    Contact, OrderDoc, OrderId, Service,
    event::{Channel, NotificationKind},
};
use store::{Step, notification};
use streamward::{Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use letter::Letter;
pub use message::NotificationMessage;
pub use outbox::{Outbox, SendError};

/// Handles events that a customer wants to know of.
#[derive(Debug)]
pub struct NotificationHandler {
    runtime: Runtime,
    outbox: Arc<Outbox>,
}

impl NotificationHandler {
    /// A handler on this shop that sends through `outbox`.
    pub const fn new(runtime: Runtime, outbox: Arc<Outbox>) -> Self {
        Self { runtime, outbox }
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
        let mut told = Vec::with_capacity(2);
        for channel in channels(&doc.contact) {
            // Only a repeated delivery can have been told before.
            let repeated = delivery.is_redelivery()
                && notification::was_sent(&mut step, kind, channel).await?;
            if !repeated {
                self.send(order, kind, channel, doc, &letter).await?;
                told.push(channel);
            }
        }
        notification::mark(step, kind, &told).await?;
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
            Channel::Email => self.outbox.mail(order, kind, &doc.contact, letter).await,
            Channel::Sms => self.outbox.sms(order, kind, &doc.contact, letter).await,
        }
    }
}

fn channels(contact: &Contact) -> impl Iterator<Item = Channel> {
    let sms = contact.phone.is_some().then_some(Channel::Sms);
    [Some(Channel::Email), sms].into_iter().flatten()
}

impl Handler for NotificationHandler {
    type Message = NotificationMessage;

    async fn handle(&self, message: NotificationMessage, delivery: &Delivery) -> Outcome {
        self.step(message, delivery).await.into()
    }
}

/// The notification service's consumer.
pub fn consumer(runtime: &Runtime, outbox: Arc<Outbox>) -> Consumer<NotificationHandler> {
    let service = Service::Notification;
    Consumer::new(
        service.name(),
        NotificationHandler::new(runtime.clone(), outbox),
    )
    .reads(service.reads().iter().copied())
    .writes([service.writes()])
}
