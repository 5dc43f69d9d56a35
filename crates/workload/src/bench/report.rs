//! The table of figures, and the ratios with their bounds.

use serde::Serialize;
use shop::output::{self, Colour, Table, paint};

use super::{
    BenchArgs, Printed, http::Shop, limit::Limit, pipeline::Pipeline, usage::CostPerOrder,
};

/// A ratio with its bound and its long-term goal.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ratio {
    name: &'static str,
    value: f64,
    at_least: f64,
    goal: f64,
    /// The bound is an upper one, as for latencies.
    less_is_better: bool,
}

impl Ratio {
    pub(super) const fn at_least(name: &'static str, value: f64, at_least: f64, goal: f64) -> Self {
        Self {
            name,
            value,
            at_least,
            goal,
            less_is_better: false,
        }
    }

    /// Creates a latency or a loss with an upper bound.
    pub(super) const fn at_most(name: &'static str, value: f64, at_most: f64, goal: f64) -> Self {
        Self {
            less_is_better: true,
            ..Self::at_least(name, value, at_most, goal)
        }
    }

    fn holds(&self) -> bool {
        if self.less_is_better {
            self.value <= self.at_least
        } else {
            self.value >= self.at_least
        }
    }
}

/// The machine of the measurement.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    cores: usize,
    model: String,
    system: &'static str,
}

/// All measurements of one run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    machine: Machine,
    version: &'static str,
    commit: String,
    durability: String,
    orders: u64,
    limit: Limit,
    pipeline: Pipeline,
    trivial_per_second: f64,
    placing_per_second: f64,
    shop: Shop,
    ratios: Vec<Ratio>,
}

impl Report {
    pub(super) fn new(
        args: &BenchArgs,
        limit: Limit,
        pipeline: Pipeline,
        trivial: f64,
        placing: f64,
        shop: Shop,
    ) -> Self {
        let most = limit.orders_per_second;
        let pipelined = pipeline.orders_per_second / most;
        let end_to_end = shop.flood.ended_per_second / most;
        let (name, p99) = ("p99 request to confirmed at 200/s, ms", shop.paced.end.p99);
        let ratios = vec![
            Ratio::at_least("pipeline / limit", pipelined, 0.65, 0.85),
            Ratio::at_least(
                "HTTP placing / trivial handler",
                placing / trivial,
                0.65,
                0.9,
            ),
            Ratio::at_least("HTTP end to end / limit", end_to_end, 0.3, 0.5),
            Ratio::at_most(name, p99, 8.0, 4.0),
            Ratio::at_most("deliveries per order", limit.deliveries, 8.0, 7.0),
            Ratio::at_most("idle shop, % of a core", shop.idle_share * 100.0, 0.5, 0.2),
        ];
        Self {
            machine: Machine::this(),
            version: env!("CARGO_PKG_VERSION"),
            commit: args.commit.clone(),
            durability: args.durability.to_string(),
            orders: args.orders,
            limit,
            pipeline,
            trivial_per_second: trivial,
            placing_per_second: placing,
            shop,
            ratios,
        }
    }

    fn print_rates(&self) {
        let mut table = Table::new(["orders per second", ""]);
        for (name, value) in [
            ("limit (Redis never waits)", self.limit.orders_per_second),
            ("plain consumer loop", self.limit.loop_per_second),
            ("pipeline, without HTTP", self.pipeline.orders_per_second),
            ("trivial HTTP handler, placing", self.trivial_per_second),
            ("POST /v1/orders, placing", self.placing_per_second),
            ("HTTP end to end", self.shop.flood.ended_per_second),
        ] {
            table.row([name.to_owned(), format!("{value:.0}")]);
        }
        table.print();
    }

    fn print_costs(&self) {
        let mut table = Table::new([
            "per order",
            "Redis CPU µs",
            "process CPU µs",
            "AOF bytes",
            "Redis bytes",
            "scripts",
            "reads",
            "peak MiB",
        ]);
        let mut row = |name: &str, cost: &CostPerOrder, peak: Option<f64>| {
            let cell = |value: f64| format!("{value:.0}");
            table.row([
                name.to_owned(),
                cell(cost.redis_cpu_us),
                cell(cost.process_cpu_us),
                cell(cost.aof_bytes),
                cell(cost.redis_bytes),
                format!("{:.1}", cost.scripts),
                format!("{:.1}", cost.reads),
                peak.map_or_else(String::new, cell),
            ]);
        };
        let (pipeline, shop) = (&self.pipeline, &self.shop);
        row("plain loop", &self.limit.per_order, None);
        row("pipeline", &pipeline.per_order, Some(pipeline.peak_mib));
        row("HTTP end to end", &shop.per_order, Some(shop.peak_mib));
        table.print();
        output::line(format!(
            "{:.1} deliveries per order; an idle shop uses {:.2} % of a core",
            self.limit.deliveries,
            self.shop.idle_share * 100.0
        ));
    }
}

/// Prints what each step of an order costs Redis.
fn print_steps(limit: &Limit) {
    let mut table = Table::new(["step", "calls per order", "commands µs", "Lua µs", "µs"]);
    for step in &limit.steps {
        let cell = |value: f64| format!("{value:.1}");
        table.row([
            step.step.clone(),
            cell(step.calls),
            cell(step.commands_us),
            cell(step.lua_us),
            cell(step.commands_us + step.lua_us),
        ]);
    }
    table.print();
}

impl Printed for Report {
    fn print(&self) {
        let Machine {
            cores,
            model,
            system,
        } = &self.machine;
        let durability = &self.durability;
        output::line(format!(
            "{cores} cores, {model}, {system}, durability {durability}\n"
        ));
        self.print_rates();
        output::line("");
        self.print_costs();
        output::line("");
        print_steps(&self.limit);
        output::line("");
        let mut table = Table::new(["paced at 200/s, ms", "p50", "p90", "p99", "max"]);
        table.row(self.shop.paced.request.row("request to response"));
        table.row(self.shop.paced.end.row("request to confirmed"));
        table.print();
        output::line("");
        print_ratios(&self.ratios);
    }
}

/// Prints the ratios, and whether they are within their bounds.
pub(super) fn print_ratios(ratios: &[Ratio]) {
    let mut table = Table::new(["same run", "value", "bound", "goal", ""]);
    for ratio in ratios {
        let holds = if ratio.holds() {
            paint(Colour::Green, "holds")
        } else {
            paint(Colour::Red, "missed")
        };
        let (value, bound) = (format!("{:.2}", ratio.value), ratio.at_least.to_string());
        table.row([
            ratio.name.to_owned(),
            value,
            bound,
            ratio.goal.to_string(),
            holds,
        ]);
    }
    table.print();
}

impl Machine {
    fn this() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split(": ").nth(1));
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            model: model.unwrap_or("unknown processor").to_owned(),
            system: std::env::consts::OS,
        }
    }
}
