//! Every metric of the API, named in one place.

use metrics::{counter, gauge};

streamward::metric_table! {
    /// A metric of the API.
    pub enum Metric {
        Limited: Counter "streamward_api_limited_total" [policy, outcome]
            "Requests over a limit, and requests whose limit could not be checked.",
        Logins: Counter "streamward_api_logins_total" [outcome] "Logins by what became of them.",
        Signatures: Counter "streamward_api_signatures_total" [outcome]
            "Signed requests by what became of them.",
        Callbacks: Counter "streamward_api_callbacks_total" [outcome]
            "The provider's callbacks by what became of their signatures.",
        Csrf: Counter "streamward_api_csrf_refused_total"
            "Requests with a cookie and without a good CSRF token.",
        Shed: Counter "streamward_api_shed_total"
            "Requests refused because too many were being answered.",
        Connections: Gauge "streamward_api_connections" "Open connections.",
    }
}

/// The effect of a rate limit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limited {
    /// A request was refused.
    Refused,
    /// Redis did not answer; the request passed.
    Unknown,
}

pub(crate) fn limited(policy: &'static str, what: Limited) {
    let what = match what {
        Limited::Refused => "refused",
        Limited::Unknown => "unknown",
    };
    counter!(Metric::Limited.name(), "policy" => policy, "outcome" => what).increment(1);
}

/// The result of a login.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Login {
    /// A session was opened.
    Opened,
    /// The address or the password was wrong.
    Wrong,
    /// The password was not checked: too many wrong ones came before.
    Locked,
    /// Too many passwords waited to be checked.
    Busy,
}

pub(crate) fn login(what: Login) {
    let what = match what {
        Login::Opened => "opened",
        Login::Wrong => "wrong",
        Login::Locked => "locked",
        Login::Busy => "busy",
    };
    counter!(Metric::Logins.name(), "outcome" => what).increment(1);
}

/// Counts a signed request: `good`, or the slug of its problem.
pub(crate) fn signature(outcome: &'static str) {
    counter!(Metric::Signatures.name(), "outcome" => outcome).increment(1);
}

/// Counts a callback of the provider: `good`, or the slug of what is wrong with its signature.
pub(crate) fn callback(outcome: &'static str) {
    counter!(Metric::Callbacks.name(), "outcome" => outcome).increment(1);
}

pub(crate) fn csrf_refused() {
    counter!(Metric::Csrf.name()).increment(1);
}

pub(crate) fn shed() {
    counter!(Metric::Shed.name()).increment(1);
}

/// A connection that is counted while it is open.
pub(crate) struct Open(());

impl Open {
    pub(crate) fn count() -> Self {
        gauge!(Metric::Connections.name()).increment(1.0);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(Metric::Connections.name()).decrement(1.0);
    }
}
