//! The outbox folder: every mail and SMS as a file that people and tests can read.

use std::path::PathBuf;

use contracts::{Contact, OrderId, event::NotificationKind};
use lettre::{
    Message,
    message::{Mailbox, header::ContentType},
};
use serde_json::json;
use streamward::clock;

use crate::{Courier, Letter, SendError};

/// A folder that takes mail (`<time>-<order>-<kind>.eml`) and SMS (`….sms.json`).
#[derive(Clone, Debug)]
pub struct Outbox {
    folder: PathBuf,
    from: Mailbox,
}

impl Outbox {
    /// The outbox in `folder`, which is created.
    ///
    /// # Errors
    /// [`SendError`] when the folder cannot be created or `from` is no mail address.
    pub fn open(folder: PathBuf, from: &str) -> Result<Self, SendError> {
        std::fs::create_dir_all(&folder).map_err(|cause| SendError::File {
            path: folder.display().to_string(),
            cause,
        })?;
        Ok(Self {
            folder,
            from: mailbox(from)?,
        })
    }

    /// The file appears whole or not at all.
    async fn write(
        &self,
        order: &OrderId,
        kind: NotificationKind,
        ending: &str,
        bytes: Vec<u8>,
    ) -> Result<(), SendError> {
        let time = clock::now_rfc3339().replace(':', "");
        let name = format!("{time}-{order}-{}.{ending}", kind.name());
        let path = self.folder.join(&name);
        let draft = self.folder.join(format!(".{name}"));
        let write = || {
            std::fs::write(&draft, &bytes)?;
            std::fs::rename(&draft, &path)
        };
        // A small write into the page cache takes less time than a hop to a blocking thread.
        write().map_err(|cause| SendError::File {
            path: path.display().to_string(),
            cause,
        })
    }
}

impl Courier for Outbox {
    async fn mail(
        &self,
        order: &OrderId,
        kind: NotificationKind,
        contact: &Contact,
        letter: &Letter,
    ) -> Result<(), SendError> {
        let to = Mailbox::new(Some(contact.name.clone()), mailbox(&contact.email)?.email);
        let domain = self.from.email.domain();
        let mail = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .message_id(Some(format!("<{order}.{}.email@{domain}>", kind.name())))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| refused(&contact.email, &error))?;
        self.write(order, kind, "eml", mail.formatted()).await
    }

    async fn sms(
        &self,
        order: &OrderId,
        kind: NotificationKind,
        contact: &Contact,
        letter: &Letter,
    ) -> Result<(), SendError> {
        let body = json!({
            "id": format!("{order}.{}.sms", kind.name()),
            "to": contact.phone,
            "body": letter.subject,
        });
        self.write(order, kind, "sms.json", body.to_string().into_bytes())
            .await
    }
}

fn mailbox(address: &str) -> Result<Mailbox, SendError> {
    address
        .parse::<Mailbox>()
        .map_err(|error| refused(address, &error))
}

fn refused(to: &str, error: &impl std::fmt::Display) -> SendError {
    SendError::Mail {
        to: to.to_owned(),
        cause: error.to_string(),
    }
}
