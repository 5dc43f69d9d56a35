//! Outbox folder: every mail and SMS as a file.

use std::path::PathBuf;

use lettre::Message;
use serde_json::json;
use streamward::clock;

use crate::{MessageId, SendError, Sms};

/// A folder for mail (`<time>-<order>-<kind>.eml`) and SMS (`….sms.json`).
#[derive(Clone, Debug)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// Creates the folder if it does not exist.
    ///
    /// # Errors
    /// [`SendError::File`] when the folder cannot be created.
    pub fn open(folder: PathBuf) -> Result<Self, SendError> {
        std::fs::create_dir_all(&folder).map_err(|cause| SendError::File {
            path: folder.display().to_string(),
            cause,
        })?;
        Ok(Self { folder })
    }

    /// Writes the bytes that a mail server would receive.
    pub(crate) fn mail(&self, id: &MessageId, mail: &Message) -> Result<(), SendError> {
        self.write(id, "eml", &mail.formatted())
    }

    pub(crate) fn sms(&self, sms: &Sms<'_>) -> Result<(), SendError> {
        let id = format!("{}.sms", sms.id.header());
        let body = json!({ "id": id, "to": sms.to, "body": sms.text });
        self.write(sms.id, "sms.json", body.to_string().as_bytes())
    }

    /// Writes atomically: to a draft that is renamed. A small write into the page cache takes less time
    /// than a hop to a blocking thread.
    fn write(&self, id: &MessageId, ending: &str, bytes: &[u8]) -> Result<(), SendError> {
        let time = clock::now_rfc3339().replace(':', "");
        let name = format!("{time}-{}-{}.{ending}", id.subject, id.kind);
        let path = self.folder.join(&name);
        let draft = self.folder.join(format!(".{name}"));
        let written = std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, &path));
        written.map_err(|cause| SendError::File {
            path: path.display().to_string(),
            cause,
        })
    }
}
