//! `streamward`: order processing on Redis Streams, under supervision.

mod admin;
mod inspect;
mod log;
mod run;
mod settings;

use std::{env, process::ExitCode};

use anyhow::Context;
use clap::{ArgMatches, CommandFactory, Parser, Subcommand};
use mimalloc::MiMalloc;
use shop::{BadSetting, output};
use workload::{bench, demo, load};

use crate::{
    admin::{accounts, catalog, crash, seed},
    inspect::{WatchArgs, audit, dead, order, streams, tail, tree},
    log::FlushOnDrop,
    run::{api, provider, up, worker},
};

/// Each order allocates some hundred small values on one thread and frees them on another.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Order processing on Redis Streams, under supervision.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
struct Args {
    /// Filter of the log, as tracing directives.
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
    /// Run the whole shop in one process, with an embedded redis-server by default.
    Up(up::UpArgs),
    /// Run the HTTP API alone.
    Api(api::ApiArgs),
    /// Run some services alone.
    Worker(worker::WorkerArgs),
    /// Run the simulated payment provider alone.
    Provider(provider::ProviderRoleArgs),
    /// Show every stream: length, lag, pending, backing off, dead.
    Streams(WatchArgs),
    /// Show the newest entries of a stream, or of a context's topics.
    Tail(tail::TailArgs),
    /// Show every event of one order with its times.
    Order(order::OrderArgs),
    /// Show the supervision tree.
    Tree(WatchArgs),
    /// List, show, replay or discard dead letters.
    Dead(dead::DeadArgs),
    /// Create, list or reset staff accounts.
    Admin(accounts::AdminArgs),
    /// Crash one part of the supervision tree to watch it recover.
    Crash(crash::CrashArgs),
    /// Check that the ledgers of stock and money balance; exits with 0 if they do, 1 if not, 2 if the
    /// audit could not run.
    Audit(audit::AuditArgs),
    /// Place many orders and measure throughput and latency.
    Load(load::LoadArgs),
    /// Measure this machine's limit and the share of it that the shop reaches.
    Bench(bench::BenchArgs),
    /// Show a flood of orders during crashes, and audit the ledgers.
    Demo(demo::DemoArgs),
    /// Add the demo catalogue to the shop.
    Seed(seed::SeedArgs),
    /// Import the catalogue from a file, or export it.
    Catalog(catalog::CatalogArgs),
    /// Show the settings in effect and where each is from; secrets are hidden.
    Config(settings::ConfigArgs),
}

/// Exit code for a wrong setting: `EX_USAGE` of sysexits.h.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let variables = settings::variables();
    let parsed = settings::parse::<Args>(Args::command(), env::args_os(), &variables);
    let (args, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let error = match error.downcast::<clap::Error>() {
                Ok(error) => error,
                Err(error) => return fail(None, &error, USAGE),
            };
            if error.use_stderr() {
                output::on_stderr(move || error.print());
                return ExitCode::from(USAGE);
            }
            // `--help` and `--version` are no failures. The terminal may be gone.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
    let log = match log::to_stderr(&args.log) {
        Ok(log) => log,
        Err(error) => return fail(None, &error, USAGE),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(Some(log), &error.into(), 1),
    };
    match runtime.block_on(dispatch(args.command, &matches)) {
        Ok(code) => code,
        Err(error) if error.downcast_ref::<BadSetting>().is_some() => {
            fail(Some(log), &error, USAGE)
        }
        Err(error) => fail(Some(log), &error, 1),
    }
}

/// Runs a command. A tool whose output could not be written has failed; a process that serves has not.
async fn dispatch(command: Command, matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let code = match command {
        Command::Up(args) => return up::run(args).await,
        Command::Api(args) => return api::run(args).await,
        Command::Worker(args) => return worker::run(args).await,
        Command::Provider(args) => return provider::run(args).await,
        Command::Streams(args) => streams::run(&args).await,
        Command::Tail(args) => tail::run(&args).await,
        Command::Order(args) => order::run(&args).await,
        Command::Tree(args) => tree::run(&args).await,
        Command::Dead(args) => dead::run(args.action).await,
        Command::Admin(args) => accounts::run(args.action).await,
        Command::Crash(args) => crash::run(&args).await,
        Command::Audit(args) => audit::run(&args).await,
        Command::Load(args) => load::run(&args).await,
        Command::Bench(args) => bench::run(&args).await,
        Command::Demo(args) => demo::run(&args).await,
        Command::Seed(args) => seed::run(&args).await,
        Command::Catalog(args) => catalog::run(args.action).await,
        Command::Config(args) => settings::show(&args, &Args::command(), matches),
    }?;
    output::complete().context("standard output")?;
    Ok(code)
}

/// Reports the error on standard error, behind the lines of the log; neither blocks when it is not read.
fn fail(log: Option<FlushOnDrop>, error: &anyhow::Error, code: u8) -> ExitCode {
    let line = format!("error: {}", on_one_line(error));
    match log {
        Some(log) => log.finish_with(&line),
        None => output::note(line),
    }
    ExitCode::from(code)
}

/// Returns the error and its causes, none of them twice: many errors contain the text of their cause.
fn on_one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.contains(&cause) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&cause);
    }
    line.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn an_error_says_nothing_twice() {
        let error = anyhow::anyhow!("connection refused").context("redis: connection refused");
        let error = error.context("redis at redis://host");
        let line = "redis at redis://host: redis: connection refused";
        assert_eq!(on_one_line(&error), line);
    }
}
