//! Polling with a time limit instead of sleeps of a guessed length.

use std::{fmt::Debug, time::Duration};

const TIMEOUT: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_millis(10);

/// Polls `probe` until it returns `Some`, for at most 20 seconds.
///
/// Long enough for a loaded two-core machine, short enough for interactive use.
pub async fn eventually<T, F>(what: &str, probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    eventually_within(TIMEOUT, what, probe).await
}

/// Polls `probe` until it returns `Some`, for at most `timeout`.
pub async fn eventually_within<T, F>(
    timeout: Duration,
    what: impl Debug,
    mut probe: impl FnMut() -> F,
) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = tokio::time::Instant::now() + timeout;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "not within {timeout:?}: {what:?}"
        );
        tokio::time::sleep(INTERVAL).await;
    }
}
