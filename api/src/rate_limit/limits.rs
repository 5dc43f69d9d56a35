//! How many requests a client may send: which kinds there are, and how many of each.

use std::{fmt, str::FromStr, time::Duration};

use axum::http::Method;
use store::rate_limit::Policy;

/// So many requests in such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub quota: u64,
    /// In which time.
    pub window: Duration,
}

impl Rate {
    /// So many requests in so many seconds.
    pub const fn new(quota: u64, seconds: u64) -> Self {
        Self {
            quota,
            window: Duration::from_secs(seconds),
        }
    }
}

/// The kinds of requests that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Registering, logging in, changing a password.
    Auth,
    /// Everything else that changes something.
    Write,
    /// Looking.
    Read,
    /// The provider's callbacks.
    ProviderCallback,
}

impl Class {
    const ALL: [Self; 4] = [Self::Auth, Self::Write, Self::Read, Self::ProviderCallback];

    /// Its name in settings, headers and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Write => "write",
            Self::Read => "read",
            Self::ProviderCallback => "webhook",
        }
    }

    /// The kind of a request; `None` for what machines of the house ask.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        if !path.starts_with("/v1/") {
            return None;
        }
        let looks = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        Some(match path {
            "/v1/payments/webhook" => Self::ProviderCallback,
            _ if looks => Self::Read,
            _ if path.starts_with("/v1/auth/") => Self::Auth,
            _ => Self::Write,
        })
    }
}

/// How many requests of each kind a client may send; `None` is as many as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    auth: Option<Rate>,
    write: Option<Rate>,
    read: Option<Rate>,
    webhook: Option<Rate>,
    /// Wrong passwords for one account.
    pub account_failures: Rate,
    /// Wrong passwords from one address.
    pub address_failures: Rate,
}

impl Default for Limits {
    /// Far above what one process can answer, so that a single client may place as many orders as it can
    /// take on: 10,000 changes, 2,000 logins and 20,000 looks a second over a minute, callbacks without a
    /// limit; in a quarter of an hour ten wrong passwords per account and a thousand per address. A flood of
    /// logins from one address is cheap to refuse, and must not keep everybody else behind that address out,
    /// so that its quota is no smaller.
    fn default() -> Self {
        Self {
            auth: Some(Rate::new(120_000, 60)),
            write: Some(Rate::new(600_000, 60)),
            read: Some(Rate::new(1_200_000, 60)),
            webhook: None,
            account_failures: Rate::new(10, 900),
            address_failures: Rate::new(1000, 900),
        }
    }
}

impl Limits {
    /// Sets the rate of one kind.
    pub fn set(&mut self, class: Class, rate: Option<Rate>) {
        let kept = match class {
            Class::Auth => &mut self.auth,
            Class::Write => &mut self.write,
            Class::Read => &mut self.read,
            Class::ProviderCallback => &mut self.webhook,
        };
        *kept = rate;
    }

    /// Sets what a change says.
    pub fn apply(&mut self, change: LimitChange) {
        match change {
            LimitChange::One(class, rate) => self.set(class, rate),
            LimitChange::Off => Class::ALL
                .into_iter()
                .for_each(|class| self.set(class, None)),
        }
    }

    /// The policy of one kind.
    pub(crate) fn policy(&self, class: Class) -> Option<Policy> {
        let rate = match class {
            Class::Auth => self.auth,
            Class::Write => self.write,
            Class::Read => self.read,
            Class::ProviderCallback => self.webhook,
        };
        rate.map(|rate| policy(class.name(), rate))
    }

    pub(crate) fn account_failures(&self) -> Policy {
        policy("login-account", self.account_failures)
    }

    pub(crate) fn address_failures(&self) -> Policy {
        policy("login-address", self.address_failures)
    }
}

const fn policy(name: &'static str, rate: Rate) -> Policy {
    Policy {
        name,
        quota: rate.quota,
        window: rate.window,
    }
}

/// A change of the limits as a setting: `write=100/60` (requests/seconds), `read=off`, `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitChange {
    /// One kind's rate.
    One(Class, Option<Rate>),
    /// No kind has one.
    Off,
}

/// A text that is no change of a limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no limit: expected `off`, or auth, write, read or webhook with `=off` or \
     `=<requests>/<seconds>`, such as write=100/60, of at most 1000000000 requests in 86400 seconds"
)]
pub struct NotALimit(String);

const MOST_REQUESTS: u64 = 1_000_000_000;
const LONGEST_SECONDS: u64 = 86_400;

impl FromStr for LimitChange {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<Self, NotALimit> {
        if text == "off" {
            return Ok(Self::Off);
        }
        one(text).ok_or_else(|| NotALimit(text.to_owned()))
    }
}

fn one(text: &str) -> Option<LimitChange> {
    let (name, rate) = text.split_once('=')?;
    let class = Class::ALL.into_iter().find(|class| class.name() == name)?;
    if rate == "off" {
        return Some(LimitChange::One(class, None));
    }
    let (quota, seconds) = rate.split_once('/')?;
    let (quota, seconds) = (quota.parse().ok()?, seconds.parse().ok()?);
    let possible = (1..=MOST_REQUESTS).contains(&quota) && (1..=LONGEST_SECONDS).contains(&seconds);
    possible.then(|| LimitChange::One(class, Some(Rate::new(quota, seconds))))
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_change_one_limit_or_all() {
        let mut limits = Limits::default();
        limits.apply("write=100/60".parse().unwrap());
        limits.apply("read=off".parse().unwrap());
        let write = limits.policy(Class::Write).unwrap();
        assert_eq!((write.quota, write.window), (100, Duration::from_secs(60)));
        assert_eq!(limits.policy(Class::Read), None);
        assert!(limits.policy(Class::Auth).is_some());
        limits.apply(LimitChange::Off);
        assert_eq!(limits.policy(Class::Write), None);
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for bad in [
            "",
            "write",
            "write=",
            "write=0/1",
            "write=1/0",
            "write=1",
            "all=1/1",
            "write=-1/1",
            "write=1/86401",
            "write=1000000001/1",
            "Off",
        ] {
            assert!(bad.parse::<LimitChange>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn requests_are_of_a_kind() {
        for (method, path, class) in [
            (Method::POST, "/v1/auth/login", Some(Class::Auth)),
            (Method::GET, "/v1/auth/session", Some(Class::Read)),
            (Method::POST, "/v1/orders", Some(Class::Write)),
            (Method::DELETE, "/v1/coupons/A", Some(Class::Write)),
            (Method::GET, "/v1/orders", Some(Class::Read)),
            (
                Method::POST,
                "/v1/payments/webhook",
                Some(Class::ProviderCallback),
            ),
            (Method::GET, "/healthz", None),
        ] {
            assert_eq!(Class::of(&method, path), class, "{method} {path}");
        }
    }
}
