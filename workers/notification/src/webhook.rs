//! A mail to the administrators when a merchant's webhook was switched off.
//!
//! It is not marked as sent: a crash between the mail and its settling repeats it, with the same
//! Message-ID.

use contracts::event::WebhookDisabled;
use streamward::Outcome;

use crate::{Courier, Letter, Mail, NotificationHandler, Recipient, Tag};

impl<C: Courier> NotificationHandler<C> {
    pub(crate) async fn report_webhook(
        &self,
        admins: &[Recipient],
        event: &WebhookDisabled,
    ) -> Outcome {
        let tag = Tag {
            about: event.webhook_id.to_string(),
            kind: "webhookDisabled",
            nth: Some(event.delivery_id.to_string()),
        };
        let letter = Letter::webhook_disabled(event, self.settings.language);
        let mail = Mail {
            tag: &tag,
            to: admins.to_vec(),
            letter: &letter,
        };
        match self.courier.mail(&mail).await {
            Ok(()) => Outcome::Done,
            Err(error) => error.into(),
        }
    }
}
