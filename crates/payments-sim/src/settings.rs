//! Settings of a simulator, and errors of its start.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use rand::Rng as _;
use rand::distr::Alphanumeric;

/// Settings of a [`Simulator`](crate::Simulator).
#[derive(Clone)]
pub struct Settings {
    /// Secret key for `/v1`, as bearer token or Basic user name.
    pub secret_key: String,
    /// Secret that signs callbacks; the key is the bytes of the text, prefix included.
    pub webhook_secret: String,
    /// URL of callbacks. While `None`, events wait;
    /// see [`Simulator::set_webhook_url`](crate::Simulator::set_webhook_url).
    pub webhook_url: Option<String>,
    /// Directory of `journal.jsonl`, created when missing. `None` keeps everything in memory.
    pub journal_dir: Option<PathBuf>,
    /// Processing time of `pm_card_slow`.
    pub slow_charge: Duration,
    /// Base URL of the pay pages, without a trailing slash. `None` means the listener's address.
    pub public_url: Option<String>,
    /// URL that a pay page leads back to, with `{order_id}` for the intent's metadata of that name. The `return_url` of
    /// an intent goes first.
    pub return_url: Option<String>,
}

impl Settings {
    /// Returns settings with random secrets, in memory, no callback URL, slow charges of five seconds.
    #[must_use]
    pub fn generated() -> Self {
        Self {
            secret_key: format!("sk_test_{}", random_text(32)),
            webhook_secret: format!("whsec_{}", random_text(32)),
            webhook_url: None,
            journal_dir: None,
            slow_charge: Duration::from_secs(5),
            public_url: None,
            return_url: None,
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

/// Omits the secrets.
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

/// Failure to open a simulator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The journal's directory or file could not be created, read or replaced.
    #[error("journal {path}: {source}", path = .path.display())]
    Io {
        /// Path of the file or directory.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// Another simulator writes to the same journal.
    #[error("journal {path} is in use by another process", path = .path.display())]
    InUse {
        /// Path of the lock file.
        path: PathBuf,
    },
    /// A line other than the last cannot be parsed: the journal is damaged, not torn.
    #[error("journal {path} line {line}: {source}", path = .path.display())]
    Damaged {
        /// Path of the journal.
        path: PathBuf,
        /// Line number, from one.
        line: usize,
        /// Parse error.
        source: serde_json::Error,
    },
    /// The HTTP client for callbacks could not be built.
    #[error("callback client: {0}")]
    Client(#[from] reqwest::Error),
}
