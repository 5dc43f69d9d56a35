//! Tools that can go on looking.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::{JsonArgs, some_time};

#[derive(Debug, ClapArgs)]
pub(crate) struct LookArgs {
    /// Look again and again, every second or as often as said, for example 500ms.
    #[arg(
        long,
        value_name = "INTERVAL",
        num_args = 0..=1,
        default_missing_value = "1s",
        value_parser = some_time,
        conflicts_with = "json"
    )]
    pub(crate) watch: Option<Duration>,
    #[command(flatten)]
    pub(crate) once: JsonArgs,
}
