//! `streamward load`: which orders, how many, how fast.

use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};

use super::Where;

/// Which customers a load is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mix {
    /// Everybody buys at once with the same payment method, so that measurements are alike.
    Uniform,
    /// Coupons, declined cards, orders that are cancelled or never paid, slow payments, requests
    /// that are sent twice.
    Realistic,
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct LoadArgs {
    /// How many orders.
    #[arg(long, default_value_t = 1000)]
    pub(crate) orders: u64,
    /// Orders per second; 0 is as fast as the connections allow.
    #[arg(long, default_value_t = 0)]
    pub(crate) rate: u64,
    /// Requests in flight at most when there is no rate; with one, 512.
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Payment method that comes with every order of a uniform mix; empty for none.
    #[arg(long, default_value = "pm_card_visa")]
    pub(crate) method: String,
    /// Which customers place them.
    #[arg(long, value_enum, default_value = "uniform", conflicts_with_all = ["place_only", "yardstick"])]
    pub(crate) mix: Mix,
    /// A flash sale: every order is another buyer's, all for one new product. Needs `admin.json`.
    #[arg(long, conflicts_with_all = ["mix", "method", "place_only", "yardstick"])]
    pub(crate) flash: bool,
    /// Units in the flash sale.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) units: u64,
    /// Measure placing alone, without waiting for the orders to end.
    #[arg(long)]
    pub(crate) place_only: bool,
    /// Send to a trivial handler: no accounts, no catalogue. For `bench`.
    #[arg(long, hide = true, requires = "place_only")]
    pub(crate) yardstick: bool,
    /// Give up waiting for orders to end after this long.
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration)]
    pub(crate) patience: Duration,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}
