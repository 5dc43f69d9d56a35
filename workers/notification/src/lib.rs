//! The notification service: mail and SMS to customers about their orders, mail to administrators, links that set a
//! forgotten password.
//!
//! A notification is sent at least once per channel; the mark that it was sent is written immediately
//! after, so it is repeated only when the process dies between the two. A mail has a Message-ID that
//! follows from order, kind and occurrence, so that clients recognise a repeated one. An SMS has none.

mod admin_alerts;
mod mail;
mod message;
mod notifier;
mod outbox;
mod password_reset;
mod sms_api;
mod smtp;
mod template;

use std::{sync::Arc, time::Duration};

use contracts::{Contact, Service, event::Channel};
use store::{Step, notification};
use streamward::{Backoff, Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use admin_alerts::AdminAlerts;
pub use message::{NotificationMessage, OrderEvent};
pub use notifier::{Mail, MessageId, Notifier, Recipient, RemoteNotifier, SendError, Sms};
pub use outbox::Outbox;
pub use sms_api::{BadSmsUrl, SmsApi};
pub use smtp::{BadSmtpUrl, Smtp};
pub use template::{Content, Language};

/// Settings of the notification service.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Language of all notifications.
    pub language: Language,
    /// Alerts to the administrators; none by default.
    pub admin_alerts: Option<AdminAlerts>,
}

/// Handler of the notification service.
#[derive(Debug)]
pub struct NotificationHandler<N> {
    runtime: Runtime,
    notifier: Arc<N>,
    settings: Settings,
}

impl<N: Notifier> NotificationHandler<N> {
    /// Returns a handler that sends through `notifier`.
    pub const fn new(runtime: Runtime, notifier: Arc<N>, settings: Settings) -> Self {
        Self {
            runtime,
            notifier,
            settings,
        }
    }

    /// Tries every channel, so that a failing mail server delays no SMS.
    async fn notify_customer(
        &self,
        event: &OrderEvent,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let key = event.message_key(delivery);
        let id = MessageId {
            subject: event.order_id().to_string(),
            kind: key.kind.name(),
            nth: key.nth.clone(),
        };
        let content = Content::for_customer(event, self.settings.language);
        let contact = &event.document().contact;
        let mut step = Step::new(&self.runtime, delivery, event.order_id())?;
        let (mut sent, mut failed) = (Vec::new(), None::<SendError>);
        for channel in channels(contact) {
            // Only a redelivery can find a mark.
            let repeated = delivery.is_redelivery()
                && notification::was_sent(&mut step, &key, channel).await?;
            if repeated {
                continue;
            }
            match self.send(channel, &id, contact, &content).await {
                Ok(()) => sent.push(channel),
                Err(error) => {
                    failed = Some(match failed.take() {
                        Some(first) => first.or(error),
                        None => error,
                    });
                }
            }
        }
        if let Some(error) = failed {
            for channel in sent {
                notification::mark_channel_sent(&mut step, &key, channel).await?;
            }
            return Ok(error.into());
        }
        notification::mark_sent(step, &key, &sent).await?;
        Ok(Outcome::Settled)
    }

    async fn send(
        &self,
        channel: Channel,
        id: &MessageId,
        contact: &Contact,
        content: &Content,
    ) -> Result<(), SendError> {
        match channel {
            Channel::Email => {
                let to = vec![Recipient {
                    name: Some(contact.name.clone()),
                    address: contact.email.clone(),
                }];
                self.notifier.mail(&Mail { id, to, content }).await
            }
            Channel::Sms => {
                let to = contact.phone.as_deref().unwrap_or_default();
                let text = &content.sms;
                self.notifier.sms(&Sms { id, to, text }).await
            }
        }
    }
}

fn channels(contact: &Contact) -> impl Iterator<Item = Channel> {
    let sms = contact.phone.is_some().then_some(Channel::Sms);
    [Some(Channel::Email), sms].into_iter().flatten()
}

impl<N: Notifier> Handler for NotificationHandler<N> {
    type Message = NotificationMessage;

    async fn handle(&self, message: NotificationMessage, delivery: &Delivery) -> Outcome {
        match (message, &self.settings.admin_alerts) {
            (NotificationMessage::Order(event), _) => {
                self.notify_customer(&event, delivery).await.into()
            }
            (NotificationMessage::PasswordReset(request), _) => {
                self.mail_password_reset(&request, delivery).await.into()
            }
            (NotificationMessage::LowStock(event), Some(alerts)) => {
                self.report_low_stock(alerts, &event, delivery).await
            }
            (NotificationMessage::Webhook(event), Some(alerts)) => {
                self.report_disabled_webhook(alerts, &event).await
            }
            (NotificationMessage::LowStock(_) | NotificationMessage::Webhook(_), None) => {
                Outcome::Done
            }
        }
    }
}

/// Attempts per delivery: half a day with pauses up to five minutes, to outlast a mail server's outage.
const MAX_ATTEMPTS: u32 = 150;

/// Returns the notification service's consumer. Its handlers may take as long as a mail and an SMS, ten
/// seconds each.
pub fn consumer<N: Notifier>(
    runtime: &Runtime,
    notifier: Arc<N>,
    settings: Settings,
) -> Consumer<NotificationHandler<N>> {
    let service = Service::Notification;
    let handler = NotificationHandler::new(runtime.clone(), notifier, settings);
    let (first, longest) = (Duration::from_millis(200), Duration::from_secs(300));
    Consumer::new(service.name(), handler)
        .reads(service.reads())
        .writes(service.writes())
        .timeout(Duration::from_secs(25))
        .lease(Duration::from_secs(60))
        .backoff(Backoff::new(first, longest, 0.2).unwrap_or_default())
        .max_attempts(MAX_ATTEMPTS)
}
