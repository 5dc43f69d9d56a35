//! The delay queue of a service: jobs that become messages in its inbox when they are due.
//!
//! A job is named by its message type and key, so the same timer set twice is one timer, and it
//! can be moved or cancelled by name. Scores are Unix milliseconds by the server's clock.

use redis::aio::ConnectionLike;

use serde::Serialize;

use crate::{clock, error::Result, keys::Partition};

/// State of a delay queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueInfo {
    /// Jobs in the queue, due or not.
    pub jobs: u64,
    /// Milliseconds by which the first job is late; 0 when none is due.
    pub late_ms: u64,
}

/// Reads the state of the delay queue of `service`.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn queue(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
) -> Result<QueueInfo> {
    let key = partition.delayed(service);
    let mut pipe = redis::pipe();
    pipe.cmd("ZCARD").arg(&key);
    pipe.cmd("ZRANGE").arg(&key).arg(0).arg(0).arg("WITHSCORES");
    let (jobs, first): (u64, Vec<(String, f64)>) = pipe.query_async(link).await?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a score is a time in milliseconds"
    )]
    let due = first.first().map(|(_, score)| *score as u64);
    let late_ms = due.map_or(0, |due| clock::now_ms().saturating_sub(due));
    Ok(QueueInfo { jobs, late_ms })
}

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

/// Cancels a job; returns whether it was still waiting.
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
