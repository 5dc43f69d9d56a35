//! The notification service: tells customers what became of their orders.
//!
//! A message is sent at least once per channel; the mark that it was sent is written right after it, so
//! it is repeated only when the process dies between the two. Mails carry a Message-ID that follows from
//! order, kind and occurrence, so that a repeated one is recognised. An SMS carries nothing of the kind.

mod courier;
mod letter;
mod low_stock;
mod mail;
mod message;
mod outbox;
mod post;
mod sms_api;
mod smtp;
mod webhook;

use std::{sync::Arc, time::Duration};

use contracts::{Contact, Service, event::Channel};
use store::{Step, notification};
use streamward::{Backoff, Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use courier::{Courier, Mail, Recipient, SendError, Sms, Tag};
pub use letter::{Language, Letter};
pub use low_stock::LowStock;
pub use message::{Heard, NotificationMessage};
pub use outbox::Outbox;
pub use post::Post;
pub use sms_api::{BadSmsUrl, SmsApi};
pub use smtp::{BadSmtpUrl, Smtp};

/// What the shop's owner can choose about messages.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The language of all letters.
    pub language: Language,
    /// Whom to tell of scarce products and of webhooks that fail; nobody by default.
    pub low_stock: Option<LowStock>,
}

/// Handles events that people want to know of.
#[derive(Debug)]
pub struct NotificationHandler<C> {
    runtime: Runtime,
    courier: Arc<C>,
    settings: Settings,
}

impl<C: Courier> NotificationHandler<C> {
    /// A handler on this shop that sends through `courier`.
    pub const fn new(runtime: Runtime, courier: Arc<C>, settings: Settings) -> Self {
        Self {
            runtime,
            courier,
            settings,
        }
    }

    /// Tries every channel, so that a mail server's trouble keeps no SMS back.
    async fn tell_customer(
        &self,
        message: &NotificationMessage,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let order = message.order_id();
        let occasion = message.occasion(delivery);
        let tag = Tag {
            about: order.to_string(),
            kind: occasion.kind.name(),
            nth: occasion.nth.clone(),
        };
        let letter = Letter::compose(message, self.settings.language);
        let contact = &message.doc().contact;
        let mut step = Step::new(&self.runtime, delivery, order)?;
        let (mut told, mut failed) = (Vec::new(), None::<SendError>);
        for channel in channels(contact) {
            // Only a repeated delivery can have been told before.
            let repeated = delivery.is_redelivery()
                && notification::was_sent(&mut step, &occasion, channel).await?;
            if repeated {
                continue;
            }
            match self.send(channel, &tag, contact, &letter).await {
                Ok(()) => told.push(channel),
                Err(error) => {
                    failed = Some(match failed.take() {
                        Some(first) => first.or(error),
                        None => error,
                    });
                }
            }
        }
        match failed {
            None => notification::mark_sent(step, &occasion, &told).await?,
            Some(error) => {
                for channel in told {
                    notification::mark_channel_sent(&mut step, &occasion, channel).await?;
                }
                return Ok(error.into());
            }
        }
        Ok(Outcome::Settled)
    }

    async fn send(
        &self,
        channel: Channel,
        tag: &Tag,
        contact: &Contact,
        letter: &Letter,
    ) -> Result<(), SendError> {
        match channel {
            Channel::Email => {
                let to = vec![Recipient {
                    name: Some(contact.name.clone()),
                    address: contact.email.clone(),
                }];
                self.courier.mail(&Mail { tag, to, letter }).await
            }
            Channel::Sms => {
                let to = contact.phone.as_deref().unwrap_or_default();
                let text = &letter.sms;
                self.courier.sms(&Sms { tag, to, text }).await
            }
        }
    }
}

fn channels(contact: &Contact) -> impl Iterator<Item = Channel> {
    let sms = contact.phone.is_some().then_some(Channel::Sms);
    [Some(Channel::Email), sms].into_iter().flatten()
}

impl<C: Courier> Handler for NotificationHandler<C> {
    type Message = Heard;

    async fn handle(&self, message: Heard, delivery: &Delivery) -> Outcome {
        match (message, &self.settings.low_stock) {
            (Heard::Order(message), _) => self.tell_customer(&message, delivery).await.into(),
            (Heard::Stock(event), Some(watch)) => {
                self.watch_stock(watch, &event, delivery).await.into()
            }
            (Heard::Webhook(event), Some(watch)) => {
                self.report_webhook(&watch.admins, &event).await
            }
            (Heard::Stock(_) | Heard::Webhook(_), None) => Outcome::Done,
        }
    }
}

/// A mail server may be away for a while: half a day of trying, with pauses up to five minutes.
const ATTEMPTS: u32 = 150;

fn patience() -> Backoff {
    let (first, longest) = (Duration::from_millis(200), Duration::from_secs(300));
    Backoff::new(first, longest, 0.2).unwrap_or_default()
}

/// The notification service's consumer. Mail and SMS may take ten seconds each, so its handlers may
/// take both.
pub fn consumer<C: Courier>(
    runtime: &Runtime,
    courier: Arc<C>,
    settings: Settings,
) -> Consumer<NotificationHandler<C>> {
    let service = Service::Notification;
    Consumer::new(
        service.name(),
        NotificationHandler::new(runtime.clone(), courier, settings),
    )
    .reads(service.reads().iter().copied())
    .writes([service.writes()])
    .timeout(Duration::from_secs(25))
    .lease(Duration::from_secs(60))
    .backoff(patience())
    .max_attempts(ATTEMPTS)
}
