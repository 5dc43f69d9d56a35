//! The key grammar: `<ns>:{<p>}:<context>[:<thing>][:<id>]`.
//!
//! Everything of one partition shares the hash tag `{p}` and therefore one slot, so that one script
//! may touch all of it, on Redis Cluster too. **Invariant:** every key of the runtime and of its
//! users is built by [`Partition::key`].

use std::{fmt, sync::Arc};

use crate::error::{Error, Result};

/// The parking consumer of every group: it owns entries that back off.
pub const PARKING: &str = "~retry";

/// A namespace: lets shops and tests share a server. The default is `sw`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace(Arc<str>);

impl Namespace {
    /// A namespace of this name.
    ///
    /// # Errors
    /// [`Error::KeyPart`] when the name contains a character that separates the parts of a key.
    pub fn new(name: &str) -> Result<Self> {
        check_part("namespace", name)?;
        Ok(Self(name.into()))
    }

    /// Partition `index` of this namespace.
    pub fn partition(&self, index: u16) -> Partition {
        Partition {
            index,
            prefix: format!("{}:{{{index}}}", self.0).into(),
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self("sw".into())
    }
}

/// A partition: the prefix of all keys that share a hash slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    index: u16,
    prefix: Arc<str>,
}

impl Partition {
    /// Number of the partition.
    pub const fn index(&self) -> u16 {
        self.index
    }

    /// The key `<ns>:{<p>}:<part>:<part>...`. The parts must have been validated where they
    /// entered (typed ids, service names).
    pub fn key(&self, parts: &[&str]) -> String {
        let length = parts.iter().map(|part| part.len() + 1).sum::<usize>();
        let mut key = String::with_capacity(self.prefix.len() + length);
        key.push_str(&self.prefix);
        for part in parts {
            key.push(':');
            key.push_str(part);
        }
        key
    }

    /// The stream `name`, such as `orders:placed`.
    pub fn stream(&self, name: &str) -> String {
        self.key(&[name])
    }

    /// The stream that only `service` reads: due jobs, replayed dead letters, commands.
    pub fn inbox(&self, service: &str) -> String {
        self.key(&[service, "inbox"])
    }

    /// The dead letters of `service`.
    pub fn dead(&self, service: &str) -> String {
        self.key(&[service, "dead"])
    }

    /// The delay queue of `service`.
    pub fn delayed(&self, service: &str) -> String {
        self.key(&[service, "delayed"])
    }

    /// The payloads of those jobs of the delay queue that have one.
    pub fn delayed_data(&self, service: &str) -> String {
        self.key(&[service, "delayed.data"])
    }

    /// The error histories of the entries `service` is retrying.
    pub fn attempts(&self, service: &str) -> String {
        self.key(&[service, "attempts"])
    }

    /// The ids up to which `service` has settled each of its streams.
    pub fn checkpoints(&self, service: &str) -> String {
        self.key(&[service, "checkpoints"])
    }

    /// The quarantined poison messages of `service`, by type and hash.
    pub fn poison(&self, service: &str) -> String {
        self.key(&[service, "poison"])
    }

    /// The consumer of `service` that leads in `what`.
    pub fn lead(&self, service: &str, what: &str) -> String {
        self.key(&[service, "lead", what])
    }

    /// The heartbeat of `consumer` of `service`.
    pub fn alive(&self, service: &str, consumer: &str) -> String {
        self.key(&[service, "alive", consumer])
    }
}

/// Checks a part of a key that comes from outside.
///
/// # Errors
/// [`Error::KeyPart`] naming `what`.
pub(crate) fn check_part(what: &'static str, value: &str) -> Result<()> {
    let plain = |c: char| !matches!(c, '{' | '}' | ':') && !c.is_whitespace() && !c.is_control();
    if (1..=128).contains(&value.len()) && value.chars().all(plain) {
        Ok(())
    } else {
        Err(Error::KeyPart {
            what,
            value: value.to_owned(),
        })
    }
}

/// Checks the name of a stream: one part of a key, or several with `:` between them.
///
/// # Errors
/// [`Error::KeyPart`].
pub(crate) fn check_stream(name: &str) -> Result<()> {
    let is_part = |part| check_part("name", part).is_ok();
    if name.len() <= 128 && name.split(':').all(is_part) {
        return Ok(());
    }
    check_part("name", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_the_grammar_and_share_their_slot() {
        let partition = Namespace::default().partition(3);
        assert_eq!(
            partition.key(&["inventory", "stock", "mug-01"]),
            "sw:{3}:inventory:stock:mug-01"
        );
        assert_eq!(partition.stream("orders"), "sw:{3}:orders");
        assert_eq!(partition.dead("payment"), "sw:{3}:payment:dead");
        assert_eq!(partition.delayed("order"), "sw:{3}:order:delayed");
    }

    #[test]
    fn a_namespace_cannot_break_out_of_its_place() {
        for bad in ["", "a:b", "a{b", "a}b", "a b", "a\n"] {
            assert!(Namespace::new(bad).is_err(), "{bad:?}");
        }
        assert!(Namespace::new("shop-2").is_ok());
    }
}
