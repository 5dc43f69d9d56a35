//! Every metric of the API, named in one place.

use metrics::{counter, describe_counter, describe_gauge, gauge};

const LIMITED: &str = "streamward_api_limited_total";
const LOGINS: &str = "streamward_api_logins_total";
const SIGNATURES: &str = "streamward_api_signatures_total";
const CALLBACKS: &str = "streamward_api_callbacks_total";
const CSRF: &str = "streamward_api_csrf_refused_total";
const SHED: &str = "streamward_api_shed_total";
const CONNECTIONS: &str = "streamward_api_connections";

/// Describes them to the recorder of the process, if it has one.
pub(crate) fn describe() {
    describe_counter!(
        LIMITED,
        "Requests over a limit, and requests whose limit nobody could check."
    );
    describe_counter!(LOGINS, "Logins by what became of them.");
    describe_counter!(SIGNATURES, "Signed requests by what became of them.");
    describe_counter!(
        CALLBACKS,
        "The provider's callbacks by what became of their signatures."
    );
    describe_counter!(
        CSRF,
        "Requests with a cookie and without a good CSRF token."
    );
    describe_counter!(
        SHED,
        "Requests refused because too many were being answered."
    );
    describe_gauge!(CONNECTIONS, "Open connections.");
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
    counter!(LIMITED, "policy" => policy, "outcome" => what).increment(1);
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
    counter!(LOGINS, "outcome" => what).increment(1);
}

/// Counts a signed request: `good`, or the slug of its problem.
pub(crate) fn signature(outcome: &'static str) {
    counter!(SIGNATURES, "outcome" => outcome).increment(1);
}

/// Counts a callback of the provider: `good`, or the slug of what is wrong with its signature.
pub(crate) fn callback(outcome: &'static str) {
    counter!(CALLBACKS, "outcome" => outcome).increment(1);
}

pub(crate) fn csrf_refused() {
    counter!(CSRF).increment(1);
}

pub(crate) fn shed() {
    counter!(SHED).increment(1);
}

/// A connection that is counted while it is open.
pub(crate) struct Open(());

impl Open {
    pub(crate) fn count() -> Self {
        gauge!(CONNECTIONS).increment(1.0);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(CONNECTIONS).decrement(1.0);
    }
}
