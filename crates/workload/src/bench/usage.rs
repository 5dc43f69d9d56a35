//! Reads what Redis and processes have used.

use anyhow::{Context, Result};
use serde::Serialize;
use streamward::Runtime;

/// Linux counts process time in hundredths of a second for every user program (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// What has been used so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    redis_cpu: f64,
    process_cpu: f64,
    aof_bytes: f64,
    redis_bytes: f64,
}

/// What one order cost.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CostPerOrder {
    /// Microseconds of Redis' main thread.
    pub(super) redis_cpu_us: f64,
    /// Microseconds of the shop's process.
    pub(super) process_cpu_us: f64,
    /// Bytes appended to the file.
    pub(super) aof_bytes: f64,
    /// Bytes of Redis' memory it still takes at the end.
    pub(super) redis_bytes: f64,
}

impl Usage {
    /// Reads the meters of Redis and of process `pid`.
    pub(super) async fn read(runtime: &Runtime, pid: u32) -> Result<Self> {
        let info = runtime.server().info("everything").await?;
        let field = |name: &str| {
            info.get(name)
                .and_then(|text| text.parse::<f64>().ok())
                .unwrap_or(0.0)
        };
        let main = field("used_cpu_user_main_thread") + field("used_cpu_sys_main_thread");
        Ok(Self {
            redis_cpu: main,
            process_cpu: process_cpu(pid)?,
            aof_bytes: field("aof_current_size"),
            redis_bytes: field("used_memory"),
        })
    }

    /// What each of `orders` cost since `before`.
    pub(super) fn per_order(self, before: Self, orders: u64) -> CostPerOrder {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a count of orders is far below 2^52"
        )]
        let orders = orders as f64;
        CostPerOrder {
            redis_cpu_us: (self.redis_cpu - before.redis_cpu) * 1e6 / orders,
            process_cpu_us: (self.process_cpu - before.process_cpu) * 1e6 / orders,
            aof_bytes: (self.aof_bytes - before.aof_bytes) / orders,
            redis_bytes: (self.redis_bytes - before.redis_bytes) / orders,
        }
    }
}

/// Seconds of processor time of a process, its threads included; 0 where there is no `/proc`.
pub(super) fn process_cpu(pid: u32) -> Result<f64> {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return Ok(0.0);
    };
    // The name in parentheses may hold blanks; the fields behind it do not.
    let (_, fields) = stat.rsplit_once(')').context("/proc stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || {
        fields
            .next()
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    Ok((ticks() + ticks()) / TICKS_PER_SECOND)
}

/// The largest resident size of a process so far in MiB; 0 where there is no `/proc`.
pub(super) fn peak_mib(pid: u32) -> f64 {
    status_mib(pid, "VmHWM:")
}

/// The resident size of a process now in MiB; 0 where there is no `/proc`.
pub(super) fn resident_mib(pid: u32) -> f64 {
    status_mib(pid, "VmRSS:")
}

fn status_mib(pid: u32, field: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
