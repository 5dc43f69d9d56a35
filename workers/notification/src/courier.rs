//! What is carried, and by whom.

use std::{future::Future, time::Duration};

use streamward::{Cause, Outcome};

use crate::Letter;

/// Why something could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Not now: the same message may go through later.
    #[error("{cause}")]
    Later {
        /// How long the other side asks to be left alone.
        after: Option<Duration>,
        /// What went wrong.
        cause: String,
    },
    /// Never: the other side understood, and does not take this message.
    #[error("{cause}")]
    Refused {
        /// In whose words, and which.
        cause: String,
    },
    /// A file could not be written.
    #[error("outbox {path}: {cause}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
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

    /// Of two channels that failed, the error that decides: as long as one of them may work later,
    /// the entry is tried again.
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

/// What makes a message the same when it is sent again, and another one when it is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The order's or the product's id.
    pub about: String,
    /// What is told.
    pub kind: &'static str,
    /// Which one, where the same can be told several times about the same order.
    pub nth: Option<String>,
}

impl Tag {
    /// The tag as one word for a header. A product's id may hold dots where a header allows none.
    pub fn id(&self) -> String {
        let (about, kind) = (self.about.replace('.', "_"), self.kind);
        match &self.nth {
            Some(nth) => format!("{about}.{kind}.{nth}"),
            None => format!("{about}.{kind}"),
        }
    }
}

/// Who gets a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The name, when it is known.
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

/// A mail before it has a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail<'a> {
    /// What its Message-ID follows from.
    pub tag: &'a Tag,
    /// Who gets it, at least one.
    pub to: Vec<Recipient>,
    /// What it says.
    pub letter: &'a Letter,
}

/// A text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms<'a> {
    /// What it is about.
    pub tag: &'a Tag,
    /// Who gets it, in E.164 form.
    pub to: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// Carries mail and SMS. A message may be given twice; its tag tells that it is the same.
pub trait Courier: Send + Sync + 'static {
    /// Sends a mail.
    fn mail(&self, mail: &Mail<'_>) -> impl Future<Output = Result<(), SendError>> + Send;

    /// Sends an SMS.
    fn sms(&self, sms: &Sms<'_>) -> impl Future<Output = Result<(), SendError>> + Send;
}
