//! Where merchants' webhooks may be, and how long they are tried.

use std::time::Duration;

use clap::Args as ClapArgs;
use egress::Policy;
use webhook_worker::{Schedule, Settings};

use super::settings::some_time;

/// Where webhooks may be. Without these, nowhere but on public addresses, by https.
#[derive(Clone, Copy, Debug, Default, ClapArgs)]
pub(crate) struct WebhookPlaceArgs {
    /// Webhooks may be on plain http too.
    #[arg(long, env = "STREAMWARD_WEBHOOK_ALLOW_HTTP")]
    pub(crate) webhook_allow_http: bool,
    /// Webhooks may be on addresses that are not public: this machine, the private network.
    #[arg(long, env = "STREAMWARD_WEBHOOK_ALLOW_PRIVATE")]
    pub(crate) webhook_allow_private: bool,
}

impl WebhookPlaceArgs {
    pub(crate) const fn policy(self) -> Policy {
        Policy {
            allow_http: self.webhook_allow_http,
            allow_private: self.webhook_allow_private,
        }
    }
}

/// How merchants are told.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct WebhookArgs {
    #[command(flatten)]
    pub(crate) place: WebhookPlaceArgs,
    /// The pauses between the attempts of a delivery, with commas between them; behind the last one the
    /// webhook is switched off.
    #[arg(
        long,
        env = "STREAMWARD_WEBHOOK_RETRIES",
        value_delimiter = ',',
        default_value = "5s,5m,30m,2h,5h,10h,14h,20h,24h",
        value_parser = some_time
    )]
    pub(crate) webhook_retries: Vec<Duration>,
}

impl WebhookArgs {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            schedule: Schedule::new(self.webhook_retries.clone()),
            ..Settings::default()
        }
    }
}
