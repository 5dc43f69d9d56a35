//! `streamward`: order processing on Redis Streams, under supervision.

mod admin;
mod inspect;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand, error::ErrorKind};
use shop::setting::BadSetting;
use workload::{bench, demo, load};

use crate::{
    admin::{accounts, catalog, crash, seed},
    inspect::{audit, dead, order, streams, tail, tree},
    run::{process, roles, up},
};

/// Order processing on Redis Streams, under supervision.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
struct Args {
    /// What to log, as tracing directives.
    #[arg(
        long,
        global = true,
        env = "STREAMWARD_LOG",
        default_value = "info,supervision=warn"
    )]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole shop in one process, with its own redis-server unless told otherwise.
    Up(up::UpArgs),
    /// Run the HTTP API alone.
    Api(roles::ApiArgs),
    /// Run some services alone.
    Worker(roles::WorkerArgs),
    /// Run the simulated payment provider alone.
    Provider(roles::ProviderRoleArgs),
    /// Show every stream: length, lag, pending, backing off, dead.
    Streams(inspect::watch::WatchArgs),
    /// Show the newest entries of a stream.
    Tail(tail::TailArgs),
    /// Tell the whole story of one order.
    Order(order::OrderArgs),
    /// Show the supervision tree.
    Tree(inspect::watch::WatchArgs),
    /// List, show, replay or discard dead letters.
    Dead(dead::DeadArgs),
    /// Create, list or reset the accounts of those who run the shop.
    Admin(accounts::AdminArgs),
    /// Crash one part of the supervision tree, to watch it recover.
    Crash(crash::CrashArgs),
    /// Check that the books of stock and money balance: 0 they do, 1 they do not, 2 cannot tell.
    Audit(audit::AuditArgs),
    /// Place many orders and measure.
    Load(load::LoadArgs),
    /// Measure this machine's limit and what the shop reaches of it.
    Bench(bench::BenchArgs),
    /// A bounded show: floods, crashes, and books that balance.
    Demo(demo::DemoArgs),
    /// Put the demo catalogue into the shop.
    Seed(seed::SeedArgs),
    /// Bring the catalogue in from a file, or print it as one.
    Catalog(catalog::CatalogArgs),
}

/// `EX_USAGE` of sysexits.h: a setting is wrong.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // The terminal may be gone; there is nobody left to tell.
            let _ = error.print();
            return if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(USAGE)
            };
        }
    };
    if let Err(error) = process::log_to_stderr(&args.log) {
        return fail(&error, USAGE);
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into(), 1),
    };
    match runtime.block_on(dispatch(args.command)) {
        Ok(code) => code,
        Err(error) if error.downcast_ref::<BadSetting>().is_some() => fail(&error, USAGE),
        Err(error) => fail(&error, 1),
    }
}

/// Runs the command that was asked for.
async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up(args) => up::run(args).await,
        Command::Api(args) => roles::api(args).await,
        Command::Worker(args) => roles::worker(args).await,
        Command::Provider(args) => roles::provider(args).await,
        Command::Streams(args) => streams::run(&args).await,
        Command::Tail(args) => tail::run(&args).await,
        Command::Order(args) => order::run(&args).await,
        Command::Tree(args) => tree::run(&args).await,
        Command::Dead(args) => dead::run(&args.action).await,
        Command::Admin(args) => accounts::run(&args.action).await,
        Command::Crash(args) => crash::run(&args).await,
        Command::Audit(args) => audit::run(&args).await,
        Command::Load(args) => load::run(&args).await,
        Command::Bench(args) => bench::run(&args).await,
        Command::Demo(args) => demo::run(&args).await,
        Command::Seed(args) => seed::run(&args).await,
        Command::Catalog(args) => catalog::run(&args.action).await,
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the last word of a command that failed"
)]
fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(code)
}
