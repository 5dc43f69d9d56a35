//! The command line. Settings of a role have environment variables, `STREAMWARD_*`.

mod admin;
mod auditing;
mod catalog;
mod dead;
mod edge;
mod load;
mod look;
mod messages;
mod roles;
mod webhooks;

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Parser, Subcommand};
use store::{durability::Durability, order::OpenLimits};

pub(crate) use admin::{AdminAction, AdminArgs};
pub(crate) use auditing::{AuditArgs, AuditorArgs};
pub(crate) use catalog::{CatalogAction, CatalogArgs, ExportArgs, Format, ImportArgs};
pub(crate) use dead::{Choice, DeadAction, DeadArgs, FilterArgs};
pub(crate) use edge::EdgeArgs;
pub(crate) use load::{LoadArgs, Mix};
pub(crate) use look::LookArgs;
pub(crate) use messages::{MessageArgs, Secret};
pub(crate) use roles::{ApiArgs, ProviderRoleArgs, UpArgs, WorkerArgs};
pub(crate) use webhooks::{WebhookArgs, WebhookPlaceArgs};

/// Order processing on Redis Streams, under supervision.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
pub(crate) struct Args {
    /// What to log, as tracing directives.
    #[arg(
        long,
        global = true,
        env = "STREAMWARD_LOG",
        default_value = "info,supervision=warn"
    )]
    pub(crate) log: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How a running shop is found.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Where {
    /// The shop's data folder.
    #[arg(long, env = "STREAMWARD_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// Its Redis, instead of what the data folder says.
    #[arg(long, env = "STREAMWARD_REDIS")]
    pub(crate) redis: Option<String>,
    /// Its API, instead of what the data folder says.
    #[arg(long, env = "STREAMWARD_API")]
    pub(crate) api: Option<String>,
    /// The prefix of its keys, instead of what the data folder says (else `sw`).
    #[arg(long, env = "STREAMWARD_NAMESPACE")]
    pub(crate) namespace: Option<String>,
}

/// A time that is longer than nothing.
fn some_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time.is_zero() => Err("it must be longer than nothing".to_owned()),
        Ok(time) => Ok(time),
        Err(_) => Err("expected a time such as 15m, 90s or 3s".to_owned()),
    }
}

/// What every process of the shop can be told.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ShopArgs {
    /// Partitions of the shop, fixed at its first start.
    #[arg(long, env = "STREAMWARD_PARTITIONS", default_value_t = 1)]
    pub(crate) partitions: u16,
    /// How long an order can be paid.
    #[arg(long, env = "STREAMWARD_PAYMENT_TIMEOUT", default_value = "15m", value_parser = some_time)]
    pub(crate) payment_timeout: Duration,
    /// Workers per service.
    #[arg(long, env = "STREAMWARD_CONCURRENCY", default_value_t = 128, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) concurrency: u16,
    /// When an accepted order counts as kept: everysec, always or replicas:<n>.
    #[arg(long, env = "STREAMWARD_DURABILITY", default_value = "everysec")]
    pub(crate) durability: Durability,
    /// Entries that the slowest service may be behind before new orders are refused with 503.
    #[arg(long, env = "STREAMWARD_HIGH_WATER", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) high_water: u64,
    /// Unpaid orders a customer may have at a time; one more is refused with 409.
    #[arg(long, env = "STREAMWARD_MAX_OPEN_ORDERS", default_value_t = OpenLimits::default().orders, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) max_open_orders: u32,
    /// Units of one product in a customer's unpaid orders; an order that makes it more is refused with 409.
    #[arg(long, env = "STREAMWARD_MAX_OPEN_UNITS", default_value_t = OpenLimits::default().units, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_open_units: u32,
}

impl ShopArgs {
    /// What a customer may have open and unpaid.
    pub(crate) const fn open_limits(&self) -> OpenLimits {
        OpenLimits {
            orders: self.max_open_orders,
            units: self.max_open_units,
        }
    }
}

/// How the payment provider is reached, where `<data>/provider.json` does not say.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct ProviderArgs {
    /// The provider's base URL.
    #[arg(long, env = "STREAMWARD_PROVIDER_URL")]
    pub(crate) provider_url: Option<String>,
    /// The secret key for requests to it.
    #[arg(long, env = "STREAMWARD_PROVIDER_KEY", hide_env_values = true)]
    pub(crate) provider_key: Option<String>,
    /// The secret its callbacks are signed with.
    #[arg(long, env = "STREAMWARD_WEBHOOK_SECRET", hide_env_values = true)]
    pub(crate) webhook_secret: Option<String>,
    /// Where people reach its pages, when that is not the base URL.
    #[arg(long, env = "STREAMWARD_PROVIDER_PUBLIC_URL")]
    pub(crate) provider_public_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole shop in one process, with its own redis-server unless told otherwise.
    Up(UpArgs),
    /// Run the HTTP API alone.
    Api(ApiArgs),
    /// Run some services alone.
    Worker(WorkerArgs),
    /// Run the simulated payment provider alone.
    Provider(ProviderRoleArgs),
    /// Show every stream: length, lag, pending, backing off, dead.
    Streams(LookArgs),
    /// Show the newest entries of a stream.
    Tail(TailArgs),
    /// Tell the whole story of one order.
    Order(OrderArgs),
    /// Show the supervision tree.
    Tree(LookArgs),
    /// List, show, replay or discard dead letters.
    Dead(DeadArgs),
    /// Create, list or reset the accounts of those who run the shop.
    Admin(AdminArgs),
    /// Crash one part of the supervision tree, to watch it recover.
    Crash(CrashArgs),
    /// Check that the books of stock and money balance: 0 they do, 1 they do not, 2 cannot tell.
    Audit(AuditArgs),
    /// Place many orders and measure.
    Load(LoadArgs),
    /// Measure this machine's limit and what the shop reaches of it.
    Bench(BenchArgs),
    /// A bounded show: floods, crashes, and books that balance.
    Demo(DemoArgs),
    /// Put the demo catalogue into the shop.
    Seed(SeedArgs),
    /// Bring the catalogue in from a file, or print it as one.
    Catalog(CatalogArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct JsonArgs {
    /// Print JSON of a stable shape.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TailArgs {
    /// The stream: `orders`, `payment:inbox`, or a whole key.
    pub(crate) stream: String,
    /// Go on with what comes.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// How many entries to start with.
    #[arg(long, short = 'n', default_value_t = 10)]
    pub(crate) lines: usize,
    /// Print JSON, one entry a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OrderArgs {
    /// The order's id.
    pub(crate) id: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CrashArgs {
    /// Which part, for example inventory/worker-0.
    pub(crate) path: String,
    /// How: panic, kill or hang.
    #[arg(long, default_value = "panic")]
    pub(crate) how: supervision::Fault,
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BenchArgs {
    /// Orders per part; the paced part takes 200 a second for 20 seconds.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) orders: u64,
    /// Only the runtime, with a handler that does nothing, beside a raw loop.
    #[arg(long, conflicts_with_all = ["recovery", "backlog", "catalog"])]
    pub(crate) runtime: bool,
    /// Only how soon work goes on after a panic, after kill -9, after the death of redis-server.
    #[arg(long, conflicts_with_all = ["backlog", "catalog"])]
    pub(crate) recovery: bool,
    /// Only what a hundred thousand entries that back off cost live traffic.
    #[arg(long, conflicts_with = "catalog")]
    pub(crate) backlog: bool,
    /// Only reading and finding products, and changing their stock.
    #[arg(long)]
    pub(crate) catalog: bool,
    /// Products of the part with the catalogue.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) products: u64,
    /// Entries of the parts with the runtime alone.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) entries: u64,
    /// Run as the process that is killed.
    #[arg(long, hide = true)]
    pub(crate) victim_on: Option<String>,
    /// Seconds of the paced part.
    #[arg(long, default_value_t = 20)]
    pub(crate) paced_seconds: u64,
    /// everysec or always.
    #[arg(long, default_value = "everysec")]
    pub(crate) durability: Durability,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoArgs {
    /// Orders in the flood.
    #[arg(long, default_value_t = 3000)]
    pub(crate) orders: u64,
    /// Orders per second.
    #[arg(long, default_value_t = 300)]
    pub(crate) rate: u64,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SeedArgs {
    /// How many products.
    #[arg(long, default_value_t = 24)]
    pub(crate) products: usize,
    #[command(flatten)]
    pub(crate) place: Where,
}
