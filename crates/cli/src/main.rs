//! `streamward`: order processing on Redis Streams, under supervision.

mod args;
mod assembly;
mod auditor;
mod commands;
mod data_dir;
mod demo_data;
mod embedded;
mod locate;
mod output;
mod post;
mod provider;
mod serving;
mod setting;
mod temp_dir;

use std::process::ExitCode;

use clap::{Parser, error::ErrorKind};

use crate::{args::Args, setting::BadSetting};

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
    if let Err(error) = serving::log_to_stderr(&args.log) {
        return fail(&error, USAGE);
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into(), 1),
    };
    match runtime.block_on(commands::run(args)) {
        Ok(code) => code,
        Err(error) if error.downcast_ref::<BadSetting>().is_some() => fail(&error, USAGE),
        Err(error) => fail(&error, 1),
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
