//! Settings of merchants' webhooks.

use std::time::Duration;

use clap::Args;
use egress::Policy;
use webhook_worker::{Schedule, Settings};

use super::settings::positive_duration;

/// Allowed URLs of webhooks: https on public addresses, unless a flag allows more.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct WebhookUrlArgs {
    /// Allow webhooks on plain http.
    #[arg(long, env = "STREAMWARD_WEBHOOK_ALLOW_HTTP")]
    webhook_allow_http: bool,
    /// Allow webhooks on addresses that are not public: this machine, the private network.
    #[arg(long, env = "STREAMWARD_WEBHOOK_ALLOW_PRIVATE")]
    webhook_allow_private: bool,
}

impl WebhookUrlArgs {
    pub(super) const fn policy(self) -> Policy {
        Policy {
            allow_http: self.webhook_allow_http,
            allow_private: self.webhook_allow_private,
        }
    }
}

/// Delivery of webhooks.
#[derive(Clone, Debug, Args)]
pub(crate) struct WebhookArgs {
    #[command(flatten)]
    pub(super) urls: WebhookUrlArgs,
    /// Delays between the attempts of a delivery, separated by commas; after the last attempt the
    /// webhook is disabled.
    #[arg(
        long,
        env = "STREAMWARD_WEBHOOK_RETRIES",
        value_delimiter = ',',
        default_value = "5s,5m,30m,2h,5h,10h,14h,20h,24h",
        value_parser = positive_duration
    )]
    webhook_retries: Vec<Duration>,
}

impl WebhookArgs {
    pub(super) fn settings(&self) -> Settings {
        Settings {
            schedule: Schedule::new(self.webhook_retries.clone()),
            ..Settings::default()
        }
    }
}
