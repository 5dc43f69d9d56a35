//! Quotas: the request classes and the rate of each.

use std::{fmt, str::FromStr, time::Duration};

use axum::http::Method;
use store::rate_limit::Policy;

use crate::{auth::csrf::is_safe, pages};

/// A quota: requests per time window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Number of requests.
    pub quota: u64,
    /// Time window.
    pub window: Duration,
}

impl Rate {
    /// Creates a quota of `quota` requests in `seconds`.
    pub const fn new(quota: u64, seconds: u64) -> Self {
        Self {
            quota,
            window: Duration::from_secs(seconds),
        }
    }

    const fn policy(self, name: &'static str) -> Policy {
        Policy {
            name,
            quota: self.quota,
            window: self.window,
        }
    }
}

/// Classes of requests with a quota of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Registration, login, change of a password.
    Auth,
    /// Other unsafe requests.
    Write,
    /// Safe requests.
    Read,
    /// Callbacks of the payment provider.
    ProviderCallback,
}

impl Class {
    const ALL: [Self; 4] = [Self::Auth, Self::Write, Self::Read, Self::ProviderCallback];

    /// Returns its name in settings, headers and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Write => "write",
            Self::Read => "read",
            Self::ProviderCallback => "webhook",
        }
    }

    /// Returns the class of a request; `None` for probes, metrics, documentation and static files, which have no quota.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        if !path.starts_with("/v1/") && !pages::owns(path) {
            return None;
        }
        Some(match path {
            "/v1/payments/webhook" => Self::ProviderCallback,
            _ if is_safe(method) => Self::Read,
            "/login" | "/register" | "/account/password" | "/forgotten" | "/reset" => Self::Auth,
            _ if path.starts_with("/v1/auth/") => Self::Auth,
            _ => Self::Write,
        })
    }
}

/// The quotas of a client; a class with `None` is unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// By class, in the order of [`Class::ALL`].
    rates: [Option<Rate>; Class::ALL.len()],
    /// Wrong passwords per account.
    pub account_failures: Rate,
    /// Wrong passwords per address.
    pub address_failures: Rate,
}

impl Default for Limits {
    /// Far above the capacity of one process, so that a single client may use all of it: per minute 600,000 writes,
    /// 120,000 logins and 1,200,000 reads; provider callbacks without a limit; in 15 minutes ten wrong passwords per
    /// account and a thousand per address. The quota of logins is this large because refusing one is cheap, and a flood
    /// must not lock out other users of the address.
    fn default() -> Self {
        Self {
            rates: [
                Some(Rate::new(120_000, 60)),
                Some(Rate::new(600_000, 60)),
                Some(Rate::new(1_200_000, 60)),
                None,
            ],
            account_failures: Rate::new(10, 900),
            address_failures: Rate::new(1000, 900),
        }
    }
}

impl Limits {
    /// Sets the rate of one class.
    pub fn set(&mut self, class: Class, rate: Option<Rate>) {
        self.rates[class as usize] = rate;
    }

    /// Applies a change.
    pub fn apply(&mut self, change: LimitChange) {
        match change {
            LimitChange::One(class, rate) => self.set(class, rate),
            LimitChange::Off => self.rates = [None; Class::ALL.len()],
        }
    }

    /// Returns the policy of one class.
    pub(crate) fn policy(&self, class: Class) -> Option<Policy> {
        self.rates[class as usize].map(|rate| rate.policy(class.name()))
    }

    pub(crate) fn account_failures(&self) -> Policy {
        self.account_failures.policy("login-account")
    }

    pub(crate) fn address_failures(&self) -> Policy {
        self.address_failures.policy("login-address")
    }
}

/// A change of the limits, as a setting: `write=100/60` (requests/seconds), `read=off`, or `off` for all classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitChange {
    /// The rate of one class.
    One(Class, Option<Rate>),
    /// No class has a rate.
    Off,
}

/// The error of a text that is not a change of a limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a limit: expected `off`, or auth, write, read or webhook with `=off` or \
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
    fn a_setting_changes_one_limit_or_all() {
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
    fn a_malformed_limit_is_refused() {
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
    fn every_request_has_its_class() {
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
            (Method::GET, "/docs/index.css", None),
            (Method::GET, "/assets/shop.css", None),
            (Method::GET, "/", Some(Class::Read)),
            (Method::GET, "/orders", Some(Class::Read)),
            (Method::POST, "/login", Some(Class::Auth)),
            (Method::POST, "/checkout", Some(Class::Write)),
        ] {
            assert_eq!(Class::of(&method, path), class, "{method} {path}");
        }
    }
}
