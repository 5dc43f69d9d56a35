//! Settings of processes that serve the API.

use ::api::{LimitChange, Network, Settings};
use clap::{Args, value_parser};
use shop::BadSetting;

use super::{
    settings::{Secret, ShopArgs},
    webhooks::WebhookUrlArgs,
};

const SHORTEST_SECRET: usize = 32;

/// Protection and capacity of the HTTP server.
#[derive(Clone, Debug, Args)]
pub(crate) struct HttpArgs {
    /// Rate limits per client, for example write=100/60 (requests/seconds), separated by commas; the
    /// classes are auth, write, read and webhook. `read=off` or just `off` disables them.
    #[arg(long, env = "STREAMWARD_RATE_LIMIT", value_delimiter = ',')]
    rate_limit: Vec<LimitChange>,
    /// Origins whose pages may use the API, for example `https://shop.example`, separated by commas.
    #[arg(long, env = "STREAMWARD_CORS_ORIGIN", value_delimiter = ',', value_parser = origin)]
    cors_origin: Vec<String>,
    /// Proxies whose X-Forwarded-For is trusted: addresses or networks, separated by commas.
    #[arg(long, env = "STREAMWARD_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxy: Vec<Network>,
    /// Secret from which API keys' secrets and CSRF tokens are derived, at least 32 characters, the same
    /// in every process. By default, a random one that is stored in Redis.
    #[arg(long, env = "STREAMWARD_SECRET", hide_env_values = true)]
    secret: Option<Secret>,
    /// URL at which customers reach the pages, for links in mails and on payment pages. By default, that of the
    /// listener.
    #[arg(long, env = "STREAMWARD_SHOP_URL")]
    pub(super) shop_url: Option<String>,
    /// Issue session cookies that browsers accept over plain http. Never on a public network.
    #[arg(long, env = "STREAMWARD_PLAIN_COOKIES")]
    plain_cookies: bool,
    /// Maximum of open connections; more wait.
    #[arg(long, env = "STREAMWARD_MAX_CONNECTIONS", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// Maximum of requests in flight; more are rejected with 503.
    #[arg(long, env = "STREAMWARD_MAX_IN_FLIGHT", default_value_t = 8000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    max_in_flight: u32,
}

impl HttpArgs {
    /// Checks every value.
    ///
    /// # Errors
    /// A secret that can be guessed; the error does not show it.
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        let length = |secret: &Secret| secret.reveal().chars().count();
        if self
            .secret
            .as_ref()
            .is_some_and(|secret| length(secret) < SHORTEST_SECRET)
        {
            let problem = format!("must have {SHORTEST_SECRET} characters or more");
            return Err(BadSetting::new("--secret", problem));
        }
        Ok(())
    }

    /// Returns the API's settings.
    ///
    /// # Errors
    /// A secret that can be guessed; the error does not show it.
    pub(super) fn settings(
        self,
        callback_secret: impl Into<String>,
        shop: &ShopArgs,
        webhooks: WebhookUrlArgs,
        listener_url: &str,
    ) -> Result<Settings, BadSetting> {
        self.check()?;
        let secret = self.secret.map(Secret::into_inner);
        let mut settings = Settings::new(callback_secret);
        settings.durability = shop.durability;
        settings.high_water = shop.high_water;
        settings.open_limits = shop.open_limits();
        settings.low_stock = shop.low_stock;
        settings.merchant_webhook_policy = webhooks.policy();
        settings.secret = secret;
        for change in self.rate_limit {
            settings.limits.apply(change);
        }
        settings.shop_url = shop_url(self.shop_url.as_deref(), listener_url);
        settings.cors_origins = self.cors_origin;
        settings.trusted_proxies = self.trusted_proxy;
        settings.plain_cookies = self.plain_cookies;
        let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        settings.connections.most = count(self.max_connections);
        settings.connections.in_flight = count(self.max_in_flight);
        Ok(settings)
    }
}

/// Returns the URL of the shop's pages: the setting, else that of the API.
pub(super) fn shop_url(given: Option<&str>, api: &str) -> String {
    given.unwrap_or(api).trim_end_matches('/').to_owned()
}

fn origin(text: &str) -> Result<String, String> {
    let authority = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]".contains(c);
    if authority.is_some_and(|authority| !authority.is_empty() && authority.chars().all(plain)) {
        return Ok(text.to_owned());
    }
    let problem = "expected an origin as browsers send it, such as https://shop.example: lower case, \
                   no path, no `*`";
    Err(problem.to_owned())
}
