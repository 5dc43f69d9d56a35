//! The outbox folder: every mail and SMS as a file that people and tests can read.

use std::path::PathBuf;

use lettre::Message;
use serde_json::json;
use streamward::clock;

use crate::{SendError, Sms, Tag};

/// A folder that takes mail (`<time>-<order>-<kind>.eml`) and SMS (`….sms.json`).
#[derive(Clone, Debug)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// The outbox in `folder`, which is created.
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

    /// The very bytes that a server would be given.
    pub(crate) fn mail(&self, tag: &Tag, mail: &Message) -> Result<(), SendError> {
        self.write(tag, "eml", &mail.formatted())
    }

    pub(crate) fn sms(&self, sms: &Sms<'_>) -> Result<(), SendError> {
        let id = format!("{}.sms", sms.tag.id());
        let body = json!({ "id": id, "to": sms.to, "body": sms.text });
        self.write(sms.tag, "sms.json", body.to_string().as_bytes())
    }

    /// The file appears whole or not at all. A small write into the page cache takes less time than
    /// a hop to a blocking thread.
    fn write(&self, tag: &Tag, ending: &str, bytes: &[u8]) -> Result<(), SendError> {
        let time = clock::now_rfc3339().replace(':', "");
        let name = format!("{time}-{}-{}.{ending}", tag.about, tag.kind);
        let path = self.folder.join(&name);
        let draft = self.folder.join(format!(".{name}"));
        let written = std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, &path));
        written.map_err(|cause| SendError::File {
            path: path.display().to_string(),
            cause,
        })
    }
}
