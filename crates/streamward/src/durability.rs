//! Durability of writes: how much must have happened before a write is acknowledged.

use std::{fmt, str::FromStr, time::Duration};

use crate::{
    error::{Error, Result},
    runtime::Runtime,
    script::{Call, Reply},
};

const REPLICA_TIMEOUT: Duration = Duration::from_secs(2);

/// Durability that a write must reach before it is acknowledged to its writer.
///
/// | | state of the write | lost by |
/// | --- | --- | --- |
/// | `EverySecond` | in memory, on its way into the append-only file | a power cut within a second or two |
/// | `Always` | synced to disk before the answer | a disk that lies |
/// | `Replicas(n)` | acknowledged by n replicas (WAIT) | a failover to any other one |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// In the memory of Redis, and in its append-only file within a second.
    #[default]
    EverySecond,
    /// Written and synced to the append-only file: the server is set to `appendfsync always`.
    Always,
    /// Acknowledged by this many replicas.
    Replicas(u32),
}

impl Durability {
    /// Runs a call and waits until its writes have reached this durability.
    ///
    /// # Errors
    /// Errors of the call; [`Error::TooFewReplicas`] when too few replicas acknowledged in time. The writes
    /// then exist, but may be lost by a failover.
    pub async fn run(self, runtime: &Runtime, call: Call<'_>) -> Result<Reply> {
        let Self::Replicas(wanted) = self else {
            return call.run(&mut runtime.server().link()).await;
        };
        // WAIT counts the writes of its own connection, so no other call may use it meanwhile.
        let mut connection = runtime.server().exclusive().await?;
        let reply = call.run(&mut connection).await?;
        let timeout = u64::try_from(REPLICA_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
        let mut wait = redis::cmd("WAIT");
        let reached: u32 = wait
            .arg(wanted)
            .arg(timeout)
            .query_async(&mut connection)
            .await?;
        if reached >= wanted {
            return Ok(reply);
        }
        Err(Error::TooFewReplicas { wanted, reached })
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EverySecond => f.write_str("everysec"),
            Self::Always => f.write_str("always"),
            Self::Replicas(n) => write!(f, "replicas:{n}"),
        }
    }
}

impl FromStr for Durability {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "everysec" => Ok(Self::EverySecond),
            "always" => Ok(Self::Always),
            other => other
                .strip_prefix("replicas:")
                .and_then(|n| n.parse().ok())
                .filter(|n| *n > 0)
                .map(Self::Replicas)
                .ok_or_else(|| format!("{text:?} is none of everysec, always, replicas:<n>")),
        }
    }
}
