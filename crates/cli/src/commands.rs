//! One module per subcommand.

mod admin;
mod audit;
mod bench;
mod catalog;
mod child;
mod client;
mod crash;
mod dead;
mod demo;
mod load;
mod order;
mod roles;
mod seed;
mod streams;
mod tail;
mod tree;
mod up;
mod watch;

use std::process::ExitCode;

use anyhow::Result;

use crate::args::{Args, Command};

/// Runs the command that was asked for.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Up(args) => up::run(args).await,
        Command::Api(args) => roles::api(args).await,
        Command::Worker(args) => roles::worker(args).await,
        Command::Provider(args) => roles::provider(args).await,
        Command::Streams(args) => streams::run(&args).await,
        Command::Tail(args) => tail::run(&args).await,
        Command::Order(args) => order::run(&args).await,
        Command::Tree(args) => tree::run(&args).await,
        Command::Dead(args) => dead::run(&args.action).await,
        Command::Admin(args) => admin::run(&args.action).await,
        Command::Crash(args) => crash::run(&args).await,
        Command::Audit(args) => audit::run(&args).await,
        Command::Load(args) => load::run(&args).await,
        Command::Bench(args) => bench::run(&args).await,
        Command::Demo(args) => demo::run(&args).await,
        Command::Seed(args) => seed::run(&args).await,
        Command::Catalog(args) => catalog::run(&args.action).await,
    }
}
