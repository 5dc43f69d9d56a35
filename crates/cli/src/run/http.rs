//! What the API's edge can be told.

use api::{LimitChange, Network, Settings};
use clap::Args as ClapArgs;

use super::messages::Secret;
use shop::setting::BadSetting;

const SHORTEST_SECRET: usize = 32;

/// The edge of every process that serves the API.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct EdgeArgs {
    /// How much a client may send, for example write=100/60 (requests/seconds), with commas between;
    /// kinds are auth, write, read and webhook. `read=off` or just `off` for no limit.
    #[arg(long, env = "STREAMWARD_RATE_LIMIT", value_delimiter = ',')]
    pub(crate) rate_limit: Vec<LimitChange>,
    /// Origins whose pages may use the API, for example `https://shop.example`, with commas between.
    #[arg(long, env = "STREAMWARD_CORS_ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub(crate) cors_origin: Vec<String>,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, with commas between.
    #[arg(long, env = "STREAMWARD_TRUSTED_PROXY", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<Network>,
    /// What API keys' secrets and CSRF tokens are derived from, 32 characters or more; the same in every
    /// process. Without it, a random one that is kept in Redis.
    #[arg(long, env = "STREAMWARD_SECRET", hide_env_values = true)]
    pub(crate) secret: Option<Secret>,
    /// Session cookies that browsers take over plain http from anywhere. Never on the open network.
    #[arg(long, env = "STREAMWARD_PLAIN_COOKIES")]
    pub(crate) plain_cookies: bool,
    /// Connections at once; more wait.
    #[arg(long, env = "STREAMWARD_MAX_CONNECTIONS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_connections: u32,
    /// Requests answered at once; more are refused with 503.
    #[arg(long, env = "STREAMWARD_MAX_IN_FLIGHT", default_value_t = 8000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_in_flight: u32,
}

impl EdgeArgs {
    /// Puts them into the API's settings.
    ///
    /// # Errors
    /// A secret that can be guessed; what was given is not shown.
    pub(crate) fn apply(&self, settings: &mut Settings) -> Result<(), BadSetting> {
        let secret = self.secret.as_ref().map(Secret::reveal);
        if secret.is_some_and(|secret| secret.chars().count() < SHORTEST_SECRET) {
            let problem = format!("must have {SHORTEST_SECRET} characters or more");
            return Err(BadSetting::new("--secret", problem));
        }
        settings.secret = secret.map(ToOwned::to_owned);
        for change in &self.rate_limit {
            settings.limits.apply(*change);
        }
        settings.cors_origins.clone_from(&self.cors_origin);
        settings.trusted_proxies.clone_from(&self.trusted_proxy);
        settings.plain_cookies = self.plain_cookies;
        let many = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        settings.connections.most = many(self.max_connections);
        settings.connections.in_flight = many(self.max_in_flight);
        Ok(())
    }
}

fn origin(text: &str) -> Result<String, String> {
    let authority = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]".contains(c);
    match authority {
        Some(authority) if !authority.is_empty() && authority.chars().all(plain) => {
            Ok(text.to_owned())
        }
        _ => Err(
            "expected an origin as browsers send it, such as https://shop.example: lower case, no \
             path, no `*`"
                .to_owned(),
        ),
    }
}
