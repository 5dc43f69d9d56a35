//! A provider and a shop, both on free ports of this machine.

mod provider;
mod shop;

pub(crate) use provider::{Provider, Reply, reply, settings};
pub(crate) use shop::Shop;

use std::future::Future;
use std::time::Duration;

/// Longer than anything here takes; a test that hangs fails instead.
const DEADLINE: Duration = Duration::from_secs(15);

/// What `future` gives, within the deadline.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .expect("it should have happened by now")
}

/// Asks again until the answer is yes.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut check: impl FnMut() -> F) {
    soon(async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
