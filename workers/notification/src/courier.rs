//! Who carries messages to customers.

use std::future::Future;

use contracts::{Contact, OrderId, event::NotificationKind};

use crate::Letter;

/// Why something could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A file could not be written.
    #[error("outbox {path}: {cause}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No mail can be made of this.
    #[error("mail to {to:?}: {cause}")]
    Mail {
        /// The address.
        to: String,
        /// What is wrong with it.
        cause: String,
    },
}

/// Carries mail and SMS. A message may be given twice; order and kind tell that it is the same.
pub trait Courier: Send + Sync + 'static {
    /// Sends a mail.
    fn mail(
        &self,
        order: &OrderId,
        kind: NotificationKind,
        contact: &Contact,
        letter: &Letter,
    ) -> impl Future<Output = Result<(), SendError>> + Send;

    /// Sends an SMS.
    fn sms(
        &self,
        order: &OrderId,
        kind: NotificationKind,
        contact: &Contact,
        letter: &Letter,
    ) -> impl Future<Output = Result<(), SendError>> + Send;
}
