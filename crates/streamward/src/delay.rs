//! The delay queue of a service: jobs that become messages in its inbox when they are due.
//!
//! A job is named by its message type and key, so the same timer set twice is one timer, and it
//! can be moved or cancelled by name. Scores are Unix milliseconds by the server's clock.

use redis::aio::ConnectionLike;

use crate::{error::Result, keys::Partition};

/// The member of the sorted set that stands for this job: `<type>:<key>`.
///
/// Scripts that set timers as part of a step use it too.
pub fn job(kind: &str, key: &str) -> String {
    format!("{kind}:{key}")
}

/// Schedules a job for `due_ms`, or moves it there. `data` is the packed message, if it has one.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn schedule(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    job: &str,
    due_ms: u64,
    data: Option<&[u8]>,
) -> Result<()> {
    let mut pipe = redis::pipe();
    pipe.atomic();
    let payloads = partition.delayed_data(service);
    match data {
        Some(data) => pipe.cmd("HSET").arg(payloads).arg(job).arg(data).ignore(),
        None => pipe.cmd("HDEL").arg(payloads).arg(job).ignore(),
    };
    pipe.cmd("ZADD")
        .arg(partition.delayed(service))
        .arg(due_ms)
        .arg(job)
        .ignore();
    Ok(pipe.query_async(link).await?)
}

/// Cancels a job; says whether it was still waiting.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn cancel(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    job: &str,
) -> Result<bool> {
    let mut pipe = redis::pipe();
    pipe.atomic();
    pipe.cmd("ZREM").arg(partition.delayed(service)).arg(job);
    pipe.cmd("HDEL")
        .arg(partition.delayed_data(service))
        .arg(job)
        .ignore();
    let (removed,): (u64,) = pipe.query_async(link).await?;
    Ok(removed > 0)
}
