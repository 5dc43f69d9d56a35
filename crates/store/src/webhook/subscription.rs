//! Stored form of a webhook.

use std::fmt;

use contracts::{EventSelection, WebhookId, event::DisableReason};
use serde::{Deserialize, Serialize};

/// A merchant's subscription to events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Its id.
    pub id: WebhookId,
    /// Target URL.
    pub url: String,
    /// Event types it subscribes to.
    pub event_types: EventSelection,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether deliveries are made.
    pub enabled: bool,
    /// Time and reason of the last disabling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
    /// Unix milliseconds at which it was added.
    pub created_at: u64,
}

/// Reason and time of a disabled webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// Why.
    pub reason: DisableReason,
    /// Unix milliseconds.
    pub at: u64,
}

/// The keys that a webhook's posts are signed with, as they are shown: `whsec_` and base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The newest one.
    pub current: String,
    /// The one before, and the Unix milliseconds until which it signs too.
    pub previous: Option<(String, u64)>,
}

impl Secrets {
    /// Reads `<secret>[ <the one before> <until>]`.
    pub(crate) fn read(text: &str) -> Self {
        let mut words = text.split(' ');
        let current = words.next().unwrap_or_default().to_owned();
        let before = words.next().zip(words.next());
        Self {
            current,
            previous: before.and_then(|(old, until)| Some((old.to_owned(), until.parse().ok()?))),
        }
    }

    /// Returns the secrets that sign at `now_ms`, newest first.
    pub fn at(&self, now_ms: u64) -> impl Iterator<Item = &str> {
        let before = self
            .previous
            .iter()
            .filter(move |(_, until)| now_ms < *until);
        let before = before.map(|(secret, _)| secret.as_str());
        std::iter::once(self.current.as_str()).chain(before)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    #[test]
    fn the_secret_before_signs_until_its_time_is_over() {
        let secrets = Secrets::read("whsec_new whsec_old 1000");
        let at = |now| secrets.at(now).collect::<Vec<_>>();
        assert_eq!(at(999), ["whsec_new", "whsec_old"]);
        assert_eq!(at(1000), ["whsec_new"]);
        assert_eq!(Secrets::read("whsec_new").at(0).count(), 1);
        assert_eq!(format!("{secrets:?}"), "***");
    }
}
