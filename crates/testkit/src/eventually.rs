//! Waiting for something that happens soon, without guessing how soon.

use std::{fmt::Debug, time::Duration};

const PATIENCE: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(10);

/// Asks `probe` until it answers `Some`, for at most twenty seconds, which is long enough for a
/// loaded two-core machine and short enough for a person.
pub async fn eventually<T, F>(what: &str, probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    eventually_within(PATIENCE, what, probe).await
}

/// Asks `probe` until it answers `Some`, for at most `patience`.
pub async fn eventually_within<T, F>(
    patience: Duration,
    what: impl Debug,
    mut probe: impl FnMut() -> F,
) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "not within {patience:?}: {what:?}"
        );
        tokio::time::sleep(STEP).await;
    }
}
