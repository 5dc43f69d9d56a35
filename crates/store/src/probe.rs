//! Probes that show whether Redis answers and accepts writes.

use std::time::Duration;

use streamward::{Runtime, clock};

use crate::{Result, keys};

/// Lifetime of the written key.
const LIFETIME: Duration = Duration::from_secs(60);

/// Writes one small key that expires by itself. Fails also while Redis is full, read-only or cannot save.
pub async fn write(runtime: &Runtime) -> Result<()> {
    let mut set = redis::cmd("SET");
    set.arg(key(runtime)).arg(clock::now_ms());
    set.arg("EX").arg(LIFETIME.as_secs());
    Ok(set.query_async(&mut runtime.server().link()).await?)
}

/// Reads that key.
pub async fn read(runtime: &Runtime) -> Result<()> {
    let mut get = redis::cmd("GET");
    get.arg(key(runtime));
    Ok(get.query_async(&mut runtime.server().link()).await?)
}

fn key(runtime: &Runtime) -> String {
    keys::write_probe(&runtime.partitions()[0])
}
