//! Settings of every process of the shop, and of those that run services.

use std::{convert::Infallible, fmt, str::FromStr, sync::Arc, time::Duration};

use anyhow::Result;
use clap::{Args, value_parser};
use notification_worker::RemoteNotifier;
use payment_worker::StripeGateway;
use shop::{
    BadSetting,
    assembly::Environment,
    data_dir::{DataDir, ProviderFile},
};
use store::{durability::Durability, order::OpenLimits};
use webhook_worker::Sender;

use super::{messages::MessageArgs, provider::ProviderArgs, webhooks::WebhookArgs};

/// Longest time of a setting. Times are added to clocks, so they need a bound.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
/// Shortest time of a setting: Redis counts milliseconds.
const SHORTEST: Duration = Duration::from_millis(1);

/// Parses a positive duration.
pub(crate) fn positive_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time < SHORTEST => Err("it must be a millisecond or longer".to_owned()),
        Ok(time) if time > LONGEST => Err("it must be 366 days or shorter".to_owned()),
        Ok(time) => Ok(time),
        Err(_) => Err("expected a time such as 15m, 90s or 3s".to_owned()),
    }
}

/// Parses a duration, or 0 for never.
fn duration_or_never(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    match positive_duration(text) {
        Err(_) if humantime::parse_duration(text).is_err() => {
            Err("expected a time such as 60s, or 0".to_owned())
        }
        other => other,
    }
}

/// A setting that is never shown.
#[derive(Clone)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn into_inner(self) -> String {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// Settings of every process of the shop.
#[derive(Clone, Debug, Args)]
pub(crate) struct ShopArgs {
    /// Partitions of the shop, fixed at its first start.
    #[arg(long, env = "STREAMWARD_PARTITIONS", default_value_t = 1)]
    pub(super) partitions: u16,
    /// Time until an unpaid order is cancelled.
    #[arg(long, env = "STREAMWARD_PAYMENT_TIMEOUT", default_value = "15m", value_parser = positive_duration)]
    payment_timeout: Duration,
    /// Workers per service.
    #[arg(long, env = "STREAMWARD_CONCURRENCY", default_value_t = 128, value_parser = value_parser!(u16).range(1..=4096))]
    concurrency: u16,
    /// Durability an order needs before it is accepted: everysec, always or replicas:<n>.
    #[arg(long, env = "STREAMWARD_DURABILITY", default_value = "everysec")]
    pub(super) durability: Durability,
    /// Lag of the slowest service, in entries, from which new orders are rejected with 503.
    #[arg(long, env = "STREAMWARD_HIGH_WATER", default_value_t = 100_000, value_parser = value_parser!(u64).range(1..))]
    pub(super) high_water: u64,
    /// Maximum of unpaid orders per customer; more are rejected with 409.
    #[arg(long, env = "STREAMWARD_MAX_OPEN_ORDERS", default_value_t = OpenLimits::default().orders, value_parser = value_parser!(u32).range(1..=10_000))]
    max_open_orders: u32,
    /// Maximum of units of one product in a customer's unpaid orders; more are rejected with 409.
    #[arg(long, env = "STREAMWARD_MAX_OPEN_UNITS", default_value_t = OpenLimits::default().units, value_parser = value_parser!(u32).range(1..))]
    max_open_units: u32,
    /// Available units of a product at or below which its stock is low.
    #[arg(long, env = "STREAMWARD_LOW_STOCK", default_value_t = 5)]
    pub(super) low_stock: u32,
}

impl ShopArgs {
    /// Checks what depends on no server.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        if self.partitions == 1 {
            return Ok(());
        }
        let problem = format!("is {}, and this version runs exactly 1", self.partitions);
        Err(BadSetting::new("--partitions", problem))
    }

    /// Returns the limits of a customer's unpaid orders.
    pub(super) const fn open_limits(&self) -> OpenLimits {
        OpenLimits {
            orders: self.max_open_orders,
            units: self.max_open_units,
        }
    }
}

/// Settings of the auditor of a process that runs services.
#[derive(Clone, Debug, Args)]
pub(crate) struct AuditorArgs {
    /// Interval of audits beside the running shop; 0 for none.
    #[arg(long, env = "STREAMWARD_AUDIT_EVERY", default_value = "60s", value_parser = duration_or_never)]
    pub(super) audit_every: Duration,
}

/// Settings of processes that run services.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServiceArgs {
    #[command(flatten)]
    messages: MessageArgs,
    #[command(flatten)]
    pub(super) webhooks: WebhookArgs,
    #[command(flatten)]
    pub(super) provider: ProviderArgs,
}

impl ServiceArgs {
    /// Checks what depends on no server and no folder.
    pub(super) fn check(&self) -> Result<()> {
        self.messages.check()?;
        self.provider.check()?;
        Ok(())
    }

    /// Returns the dependencies of the services.
    pub(super) fn environment(
        &self,
        data: &DataDir,
        shop: &ShopArgs,
        provider: &ProviderFile,
    ) -> Result<Environment<StripeGateway, RemoteNotifier>> {
        let pages = self.provider.provider_public_url.as_ref();
        let pages = pages.unwrap_or(&provider.url);
        let gateway = StripeGateway::new(&provider.url, pages, &provider.secret_key)?;
        Ok(Environment {
            gateway: Arc::new(gateway),
            notifier: Arc::new(self.messages.notifier(data.outbox())?),
            messages: self.messages.settings()?,
            sender: Arc::new(Sender::new(self.webhooks.urls.policy())?),
            webhooks: self.webhooks.settings(),
            payment_timeout: shop.payment_timeout,
            low_stock: shop.low_stock,
            concurrency: usize::from(shop.concurrency),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_is_an_audit_interval() {
        assert_eq!(duration_or_never("0"), Ok(Duration::ZERO));
        assert_eq!(duration_or_never("90s"), Ok(Duration::from_secs(90)));
        assert!(duration_or_never("often").is_err());
    }

    #[test]
    fn times_have_bounds() {
        for text in ["0s", "10ns", "999999999d", "367d"] {
            let refused = positive_duration(text).unwrap_err();
            assert!(refused.starts_with("it must be"), "{text}: {refused}");
        }
        assert_eq!(positive_duration("366d"), Ok(LONGEST));
        assert!(duration_or_never("999999999d").is_err());
    }
}
