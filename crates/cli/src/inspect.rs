//! Tools that look at a shop.

pub(crate) mod audit;
pub(crate) mod dead;
pub(crate) mod order;
pub(crate) mod streams;
pub(crate) mod tail;
pub(crate) mod tree;
pub(crate) mod watch;

use clap::Args as ClapArgs;
use shop::locate::Location;

#[derive(Debug, ClapArgs)]
pub(crate) struct JsonArgs {
    /// Print JSON of a stable shape.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Location,
}
