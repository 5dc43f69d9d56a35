//! Cost of each step in Redis: its commands, and the Lua around them.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use streamward::Runtime;

use super::{fixture::float, usage::statistic};

/// Commands that are no part of a script.
const OUTSIDE: [&str; 5] = ["evalsha", "hexists", "info", "script|load", "xreadgroup"];

/// Cost of one step of an order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepCost {
    /// The service and the topic that it handles.
    pub(super) step: String,
    /// Script calls per order.
    pub(super) calls: f64,
    /// Microseconds of one call in the commands of the script.
    pub(super) commands_us: f64,
    /// Microseconds of one call in everything else: Lua, arguments, replies.
    pub(super) lua_us: f64,
}

/// Totals of Redis' own statistics.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    calls: f64,
    script_us: f64,
    commands_us: f64,
}

impl Totals {
    async fn read(runtime: &Runtime) -> Result<Self> {
        let info = runtime.server().info("commandstats").await?;
        let commands = info.keys().filter_map(|key| key.strip_prefix("cmdstat_"));
        let in_scripts = commands.filter(|command| !OUTSIDE.contains(command));
        Ok(Self {
            calls: statistic(&info, "evalsha", "calls"),
            script_us: statistic(&info, "evalsha", "usec"),
            commands_us: in_scripts
                .map(|command| statistic(&info, command, "usec"))
                .sum(),
        })
    }
}

/// Costs of steps that run one after the other, each alone.
#[derive(Debug)]
pub(super) struct ScriptCosts {
    runtime: Runtime,
    totals: BTreeMap<String, Totals>,
}

impl ScriptCosts {
    pub(super) fn new(runtime: &Runtime) -> Self {
        Self {
            runtime: runtime.clone(),
            totals: BTreeMap::new(),
        }
    }

    /// Adds the cost of `work`, whose scripts belong to `step`.
    pub(super) async fn add<T>(&mut self, step: &str, work: impl Future<Output = T>) -> Result<T> {
        let before = Totals::read(&self.runtime).await?;
        let done = work.await;
        let after = Totals::read(&self.runtime).await?;
        let total = self.totals.entry(step.to_owned()).or_default();
        total.calls += after.calls - before.calls;
        total.script_us += after.script_us - before.script_us;
        total.commands_us += after.commands_us - before.commands_us;
        Ok(done)
    }

    /// Returns the costs per order, without steps that run no script.
    pub(super) fn per_order(self, orders: u64) -> Vec<StepCost> {
        let steps = self
            .totals
            .into_iter()
            .filter(|(_, total)| total.calls > 0.0);
        let cost = |(step, total): (String, Totals)| StepCost {
            step,
            calls: total.calls / float(orders),
            commands_us: total.commands_us / total.calls,
            lua_us: (total.script_us - total.commands_us) / total.calls,
        };
        steps.map(cost).collect()
    }
}
