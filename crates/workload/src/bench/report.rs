//! The table, and the ratios beside what they should reach.

use serde::Serialize;
use shop::output::{self, Colour, Table, paint};

use super::{
    BenchArgs, Printed, http::Shop, limit::Limit, pipeline::Pipeline, usage::CostPerOrder,
};

/// One ratio, the least it must reach, and what it is meant to reach in the end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ratio {
    name: &'static str,
    value: f64,
    at_least: f64,
    goal: f64,
    /// For latencies less is better.
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

    /// A latency or a loss: it must be `at_most`, and is meant to become `goal`.
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

/// The machine a figure belongs to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    cores: usize,
    model: String,
    system: &'static str,
}

/// Everything one run measured.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    machine: Machine,
    version: &'static str,
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
        let ratios = vec![
            Ratio::at_least(
                "pipeline / limit",
                pipeline.orders_per_second / most,
                0.35,
                0.8,
            ),
            Ratio::at_least(
                "HTTP placing / trivial handler",
                placing / trivial,
                0.6,
                0.9,
            ),
            Ratio::at_least(
                "HTTP end to end / limit",
                shop.flood.ended_per_second / most,
                0.2,
                0.5,
            ),
            Ratio::at_most(
                "p99 request to confirmed at 200/s, ms",
                shop.paced.end.p99,
                25.0,
                8.0,
            ),
        ];
        Self {
            machine: Machine::this(),
            version: env!("CARGO_PKG_VERSION"),
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

    fn print_table(&self) {
        let Machine {
            cores,
            model,
            system,
        } = &self.machine;
        output::line(format!(
            "{cores} cores, {model}, {system}, durability {}\n",
            self.durability
        ));
        self.print_rates();
        output::line("");
        self.print_costs();
        output::line("");
        let mut table = Table::new(["paced at 200/s, ms", "p50", "p90", "p99", "max"]);
        for (name, latency) in [
            ("request to answer", &self.shop.paced.request),
            ("request to confirmed", &self.shop.paced.end),
        ] {
            let cell = |value: f64| format!("{value:.1}");
            table.row([
                name.to_owned(),
                cell(latency.p50),
                cell(latency.p90),
                cell(latency.p99),
                cell(latency.max),
            ]);
        }
        table.print();
        output::line("");
        print_ratios(&self.ratios);
    }

    fn print_rates(&self) {
        let mut table = Table::new(["orders per second", ""]);
        for (name, value) in [
            ("limit (Redis never waits)", self.limit.orders_per_second),
            ("bare consumer loop", self.limit.loop_per_second),
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
                peak.map_or_else(String::new, cell),
            ]);
        };
        row("bare loop", &self.limit.per_order, None);
        row(
            "pipeline",
            &self.pipeline.per_order,
            Some(self.pipeline.peak_mib),
        );
        row(
            "HTTP end to end",
            &self.shop.per_order,
            Some(self.shop.peak_mib),
        );
        table.print();
    }
}

/// The ratios, and whether they hold.
pub(super) fn print_ratios(ratios: &[Ratio]) {
    let mut table = Table::new(["same run", "value", "bound", "goal", ""]);
    for ratio in ratios {
        let (colour, word) = if ratio.holds() {
            (Colour::Green, "holds")
        } else {
            (Colour::Red, "missed")
        };
        table.row([
            ratio.name.to_owned(),
            format!("{:.2}", ratio.value),
            ratio.at_least.to_string(),
            ratio.goal.to_string(),
            paint(colour, word),
        ]);
    }
    table.print();
}

impl Printed for Report {
    fn print(&self) {
        self.print_table();
    }
}

impl Machine {
    fn this() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find(|line| line.starts_with("model name"));
        let model = model
            .and_then(|line| line.split(": ").nth(1))
            .unwrap_or("unknown processor");
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            model: model.to_owned(),
            system: std::env::consts::OS,
        }
    }
}
