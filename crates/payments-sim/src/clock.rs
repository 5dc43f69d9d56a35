//! Wall clock, read only here.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the crate's one reading of the wall clock"
    )]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Returns seconds since the epoch, the unit of every time on the wire.
pub(crate) fn now() -> i64 {
    now_ms() / 1000
}
