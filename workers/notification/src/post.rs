//! The courier of a real shop: servers where they were named, the outbox folder for the rest.

use lettre::message::Mailbox;

use crate::{Courier, Mail, Outbox, SendError, Sms, SmsApi, Smtp};

/// Carries mail by SMTP and SMS by HTTP, and what has no server into the outbox.
#[derive(Debug)]
pub struct Post {
    from: Mailbox,
    outbox: Outbox,
    smtp: Option<Smtp>,
    sms_api: Option<SmsApi>,
}

impl Post {
    /// Everything goes into the outbox; mail is from `from`, for example `Shop <shop@example.com>`.
    ///
    /// # Errors
    /// [`SendError::Refused`] when `from` is no mail address.
    pub fn new(outbox: Outbox, from: &str) -> Result<Self, SendError> {
        let from = from
            .parse()
            .map_err(|_| SendError::refused(format!("{from:?} is not a mail address")))?;
        Ok(Self {
            from,
            outbox,
            smtp: None,
            sms_api: None,
        })
    }

    /// Mail goes to this server.
    #[must_use]
    pub fn smtp(mut self, server: Option<Smtp>) -> Self {
        self.smtp = server;
        self
    }

    /// SMS go to this API.
    #[must_use]
    pub fn sms_api(mut self, api: Option<SmsApi>) -> Self {
        self.sms_api = api;
        self
    }
}

impl Courier for Post {
    async fn mail(&self, mail: &Mail<'_>) -> Result<(), SendError> {
        let message = mail.compose(&self.from)?;
        match &self.smtp {
            Some(server) => server.send(&message).await,
            None => self.outbox.mail(mail.tag, &message),
        }
    }

    async fn sms(&self, sms: &Sms<'_>) -> Result<(), SendError> {
        match &self.sms_api {
            Some(api) => api.send(sms).await,
            None => self.outbox.sms(sms),
        }
    }
}
