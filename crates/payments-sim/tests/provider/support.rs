//! A provider and a shop on free local ports.

mod provider;
mod shop;

pub(crate) use provider::{Provider, Reply, reply, settings};
pub(crate) use shop::Shop;

use std::future::Future;
use std::time::Duration;

/// Time limit of each wait, so that a hanging test fails.
const DEADLINE: Duration = Duration::from_secs(15);

/// Awaits `future` within the time limit.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .expect("the time limit is not exceeded")
}

/// Polls until the check succeeds.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut check: impl FnMut() -> F) {
    soon(async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
