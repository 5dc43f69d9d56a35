//! Notifications to be sent, and the interface to send them.

use std::{future::Future, time::Duration};

use lettre::message::Mailbox;
use streamward::{Cause, Outcome};

use crate::{Content, Outbox, SmsApi, Smtp};

/// Error of a notification that was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A temporary error: the same notification may be accepted later.
    #[error("{cause}")]
    Later {
        /// Pause that the server requests.
        after: Option<Duration>,
        /// Cause of the error.
        cause: String,
    },
    /// A permanent error: the server does not accept this notification.
    #[error("{cause}")]
    Refused {
        /// Cause of the refusal, in the server's words.
        cause: String,
    },
    /// A file could not be written.
    #[error("outbox {path}: {cause}")]
    File {
        /// Path of the file.
        path: String,
        /// Error of the operating system.
        cause: std::io::Error,
    },
}

impl SendError {
    pub(crate) fn later(cause: impl Into<String>) -> Self {
        Self::Later {
            after: None,
            cause: cause.into(),
        }
    }

    pub(crate) fn refused(cause: impl Into<String>) -> Self {
        Self::Refused {
            cause: cause.into(),
        }
    }

    /// Returns the error of two channels that decides the outcome: the entry is retried as long as one
    /// of them may succeed.
    pub(crate) fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Refused { .. }, Self::Later { .. } | Self::File { .. }) => other,
            _ => self,
        }
    }
}

impl From<SendError> for Outcome {
    fn from(error: SendError) -> Self {
        let cause = Cause::new(error.to_string());
        match error {
            SendError::Later { after, .. } => Self::Retry { after, cause },
            SendError::File { .. } => Self::retry(cause),
            SendError::Refused { .. } => Self::dead(cause),
        }
    }
}

/// Identity of a notification: equal when it is sent again, different for another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageId {
    /// Id of the order, product or webhook.
    pub subject: String,
    /// Kind of the notification.
    pub kind: &'static str,
    /// Occurrence, for kinds that an order can have several times.
    pub nth: Option<String>,
}

impl MessageId {
    /// Returns the identity as a word for a header, without the dots of product ids.
    pub fn header(&self) -> String {
        let (subject, kind) = (self.subject.replace('.', "_"), self.kind);
        match &self.nth {
            Some(nth) => format!("{subject}.{kind}.{nth}"),
            None => format!("{subject}.{kind}"),
        }
    }
}

/// Recipient of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Display name, if known.
    pub name: Option<String>,
    /// Mail address.
    pub address: String,
}

impl Recipient {
    /// Parses `ada@example.com` or `Ada <ada@example.com>`.
    ///
    /// # Errors
    /// [`SendError::Refused`] when it is not a mail address.
    pub fn parse(text: &str) -> Result<Self, SendError> {
        let mailbox = mailbox(text)?;
        Ok(Self {
            name: mailbox.name,
            address: mailbox.email.to_string(),
        })
    }
}

fn mailbox(text: &str) -> Result<Mailbox, SendError> {
    let parsed = text.parse();
    parsed.map_err(|_| SendError::refused(format!("{text:?} is not a mail address")))
}

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail<'a> {
    /// Identity, the source of its Message-ID.
    pub id: &'a MessageId,
    /// Recipients, at least one.
    pub to: Vec<Recipient>,
    /// Subject and text.
    pub content: &'a Content,
}

/// An SMS to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms<'a> {
    /// Identity.
    pub id: &'a MessageId,
    /// Phone number in E.164 form.
    pub to: &'a str,
    /// Text.
    pub text: &'a str,
}

/// Sender of mail and SMS, at least once: a repeated notification has the same identity.
pub trait Notifier: Send + Sync + 'static {
    /// Sends a mail.
    fn mail(&self, mail: &Mail<'_>) -> impl Future<Output = Result<(), SendError>> + Send;

    /// Sends an SMS.
    fn sms(&self, sms: &Sms<'_>) -> impl Future<Output = Result<(), SendError>> + Send;
}

/// A notifier that sends mail by SMTP and SMS by HTTP, and writes to the outbox without a server.
#[derive(Debug)]
pub struct RemoteNotifier {
    from: Mailbox,
    outbox: Outbox,
    smtp: Option<Smtp>,
    sms_api: Option<SmsApi>,
}

impl RemoteNotifier {
    /// Returns a notifier that writes to the outbox, with mail from `from`, for example
    /// `Shop <shop@example.com>`.
    ///
    /// # Errors
    /// [`SendError::Refused`] when `from` is not a mail address.
    pub fn new(outbox: Outbox, from: &str) -> Result<Self, SendError> {
        Ok(Self {
            from: mailbox(from)?,
            outbox,
            smtp: None,
            sms_api: None,
        })
    }

    /// Sets the mail server.
    #[must_use]
    pub fn smtp(mut self, server: Option<Smtp>) -> Self {
        self.smtp = server;
        self
    }

    /// Sets the SMS API.
    #[must_use]
    pub fn sms_api(mut self, api: Option<SmsApi>) -> Self {
        self.sms_api = api;
        self
    }
}

impl Notifier for RemoteNotifier {
    async fn mail(&self, mail: &Mail<'_>) -> Result<(), SendError> {
        let message = mail.compose(&self.from)?;
        match &self.smtp {
            Some(server) => server.send(&message).await,
            None => self.outbox.mail(mail.id, &message),
        }
    }

    async fn sms(&self, sms: &Sms<'_>) -> Result<(), SendError> {
        match &self.sms_api {
            Some(api) => api.send(sms).await,
            None => self.outbox.sms(sms),
        }
    }
}
