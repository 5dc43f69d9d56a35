//! The mail with the link that sets a forgotten password.
//!
//! The token is made here, so that it stands in the mail and in no stream. A mail that is sent twice has two tokens; each
//! is valid once, and both are void once the password has changed.

use contracts::event::PasswordResetRequested;
use store::password_reset::issue_token;
use streamward::{Cause, Delivery, Outcome};

use crate::{
    Content, Mail, MessageId, NotificationHandler, Notifier, Recipient, message::event_id,
};

impl<N: Notifier> NotificationHandler<N> {
    pub(crate) async fn mail_password_reset(
        &self,
        request: &PasswordResetRequested,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let token = issue_token(&self.runtime, request).await?;
        let link = format!("{}?token={token}", request.page);
        let id = MessageId {
            subject: request.customer_id.to_string(),
            kind: "passwordReset",
            nth: Some(event_id(delivery)),
        };
        let content = Content::password_reset(request, link, self.settings.language);
        let to = vec![Recipient {
            name: Some(request.name.clone()),
            address: request.email.clone(),
        }];
        let mail = Mail {
            id: &id,
            to,
            content: &content,
        };
        Ok(match self.notifier.mail(&mail).await {
            Ok(()) => Outcome::Done,
            Err(error) => error.into(),
        })
    }
}
