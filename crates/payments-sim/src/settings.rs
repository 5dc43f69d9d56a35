//! What a simulator is started with, and why it may not start.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use rand::Rng as _;
use rand::distr::Alphanumeric;

/// Everything a [`Simulator`](crate::Simulator) is started with.
#[derive(Clone)]
pub struct Settings {
    /// What `/v1` wants as bearer token or Basic user name.
    pub secret_key: String,
    /// Signs callbacks; the key is the text's bytes as they are, prefix included.
    pub webhook_secret: String,
    /// Where callbacks go. While `None`, events wait;
    /// see [`Simulator::set_webhook_url`](crate::Simulator::set_webhook_url).
    pub webhook_url: Option<String>,
    /// The directory of `journal.jsonl`; created when missing. `None` keeps everything in memory.
    pub journal_dir: Option<PathBuf>,
    /// How long `pm_card_slow` is `processing`.
    pub slow_charge: Duration,
    /// Base of the pay pages' addresses, without a trailing slash. `None` means the listener's.
    pub public_url: Option<String>,
}

impl Settings {
    /// Fresh random secrets, in memory, no callback address, slow charges of five seconds.
    #[must_use]
    pub fn generated() -> Self {
        Self {
            secret_key: format!("sk_test_{}", random_text(32)),
            webhook_secret: format!("whsec_{}", random_text(32)),
            webhook_url: None,
            journal_dir: None,
            slow_charge: Duration::from_secs(5),
            public_url: None,
        }
    }
}

fn random_text(length: usize) -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(length)
        .map(char::from)
        .collect()
}

/// Shows everything but the secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("webhook_url", &self.webhook_url)
            .field("journal_dir", &self.journal_dir)
            .field("slow_charge", &self.slow_charge)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

/// Why a simulator could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The journal's directory or file could not be created, read or replaced.
    #[error("journal {path}: {source}", path = .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another simulator writes to the same journal.
    #[error("journal {path} is in use by another process", path = .path.display())]
    InUse {
        /// The lock file.
        path: PathBuf,
    },
    /// A line other than the last cannot be read: the journal was damaged, not torn.
    #[error("journal {path} line {line}: {source}", path = .path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The HTTP client for callbacks could not be built.
    #[error("callback client: {0}")]
    Client(#[from] reqwest::Error),
}
