//! Resource usage of Redis and of processes.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;
use streamward::Runtime;
use tokio::time::Instant;

use super::fixture::float;

/// Unit of process times on Linux: hundredths of a second for every user program (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Resources used so far.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    redis_cpu: f64,
    process_cpu: f64,
    aof_bytes: f64,
    redis_bytes: f64,
    scripts: f64,
    reads: f64,
}

/// Resources used per order or entry.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CostPerOrder {
    /// Microseconds of Redis' main thread.
    pub(super) redis_cpu_us: f64,
    /// Microseconds of the shop's process.
    pub(super) process_cpu_us: f64,
    /// Bytes appended to the file.
    pub(super) aof_bytes: f64,
    /// Bytes of Redis' memory in use at the end.
    pub(super) redis_bytes: f64,
    /// Calls of scripts.
    pub(super) scripts: f64,
    /// Reads of groups.
    pub(super) reads: f64,
}

impl Usage {
    /// Reads the usage of Redis and of process `pid`.
    async fn read(runtime: &Runtime, pid: u32) -> Result<Self> {
        let info = runtime.server().info("everything").await?;
        let field = |name: &str| {
            let value = info.get(name).and_then(|text| text.parse::<f64>().ok());
            value.unwrap_or(0.0)
        };
        Ok(Self {
            redis_cpu: field("used_cpu_user_main_thread") + field("used_cpu_sys_main_thread"),
            process_cpu: process_cpu(pid)?,
            aof_bytes: field("aof_current_size"),
            redis_bytes: field("used_memory"),
            scripts: statistic(&info, "evalsha", "calls"),
            reads: statistic(&info, "xreadgroup", "calls"),
        })
    }
}

/// Returns one of Redis' statistics of a command; 0 before its first call.
pub(super) fn statistic(info: &BTreeMap<String, String>, command: &str, name: &str) -> f64 {
    let statistics = info.get(&format!("cmdstat_{command}"));
    let mut fields = statistics.map_or("", String::as_str).split(',');
    let value = fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    value.and_then(|value| value.parse().ok()).unwrap_or(0.0)
}

/// Measurement of some work.
pub(super) struct Measured<T> {
    /// Result of the work.
    pub(super) result: T,
    pub(super) per_second: f64,
    pub(super) per_order: CostPerOrder,
}

/// Does `work` on `count` orders or entries; measures its time and the usage of process `pid`.
pub(super) async fn measured<T>(
    runtime: &Runtime,
    pid: u32,
    count: u64,
    work: impl Future<Output = Result<T>>,
) -> Result<Measured<T>> {
    // A file that is rewritten meanwhile would hide what was appended.
    let mut keep = redis::cmd("CONFIG");
    keep.arg("SET").arg("auto-aof-rewrite-percentage").arg(0);
    keep.query_async::<()>(&mut runtime.server().link()).await?;
    let before = Usage::read(runtime, pid).await?;
    let started = Instant::now();
    let result = work.await?;
    let seconds = started.elapsed().as_secs_f64();
    let after = Usage::read(runtime, pid).await?;
    let count = float(count);
    Ok(Measured {
        result,
        per_second: count / seconds,
        per_order: CostPerOrder {
            redis_cpu_us: (after.redis_cpu - before.redis_cpu) * 1e6 / count,
            process_cpu_us: (after.process_cpu - before.process_cpu) * 1e6 / count,
            aof_bytes: (after.aof_bytes - before.aof_bytes) / count,
            redis_bytes: (after.redis_bytes - before.redis_bytes) / count,
            scripts: (after.scripts - before.scripts) / count,
            reads: (after.reads - before.reads) / count,
        },
    })
}

/// Returns the processor time of a process and its threads in seconds; 0 without `/proc`.
pub(super) fn process_cpu(pid: u32) -> Result<f64> {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return Ok(0.0);
    };
    // The name in parentheses may contain blanks; the fields behind it do not.
    let (_, fields) = stat.rsplit_once(')').context("/proc stat")?;
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks: f64 = times.map(|text| text.parse().unwrap_or(0.0)).sum();
    Ok(ticks / TICKS_PER_SECOND)
}

/// Returns the peak resident size of a process in MiB; 0 without `/proc`.
pub(super) fn peak_mib(pid: u32) -> f64 {
    status_mib(pid, "VmHWM:")
}

/// Returns the current resident size of a process in MiB; 0 without `/proc`.
pub(super) fn resident_mib(pid: u32) -> f64 {
    status_mib(pid, "VmRSS:")
}

fn status_mib(pid: u32, field: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
