//! Settings of every process of the shop.

use std::time::Duration;

use clap::Args as ClapArgs;
use store::{durability::Durability, order::OpenLimits};

/// A time that is longer than nothing.
pub(crate) fn some_time(text: &str) -> Result<Duration, String> {
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

/// A time, or 0 for never.
fn time_or_never(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text).map_err(|_| "expected a time such as 60s, or 0".to_owned())
}

/// How often a process that runs services audits the books.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct AuditorArgs {
    /// Audit the books beside the running shop, once in this time; 0 never does.
    #[arg(long, env = "STREAMWARD_AUDIT_EVERY", default_value = "60s", value_parser = time_or_never)]
    pub(crate) audit_every: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_is_a_time_to_audit() {
        assert_eq!(time_or_never("0"), Ok(Duration::ZERO));
        assert_eq!(time_or_never("90s"), Ok(Duration::from_secs(90)));
        assert!(time_or_never("often").is_err());
    }
}
