//! The access to the payment provider: flags first, then the data folder.

use anyhow::Result;
use clap::Args as ClapArgs;
use payments_sim::Settings;
use shop::{
    data_dir::{self, DataDir, ProviderFile},
    setting::BadSetting,
};

/// How the payment provider is reached, where `<data>/provider.json` does not say.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct ProviderArgs {
    /// The provider's base URL.
    #[arg(long, env = "STREAMWARD_PROVIDER_URL")]
    pub(crate) provider_url: Option<String>,
    /// The secret key for requests to it.
    #[arg(long, env = "STREAMWARD_PROVIDER_KEY", hide_env_values = true)]
    pub(crate) provider_key: Option<String>,
    /// The secret its callbacks are signed with.
    #[arg(long, env = "STREAMWARD_WEBHOOK_SECRET", hide_env_values = true)]
    pub(crate) webhook_secret: Option<String>,
    /// Where people reach its pages, when that is not the base URL.
    #[arg(long, env = "STREAMWARD_PROVIDER_PUBLIC_URL")]
    pub(crate) provider_public_url: Option<String>,
}

/// Reads the provider's keys, or makes them up at the first start, and notes its address.
pub(super) fn claim_keys(data: &DataDir, args: &ProviderArgs, url: String) -> Result<ProviderFile> {
    let path = data.provider_file();
    let fresh = Settings::generated();
    let known = data_dir::read::<ProviderFile>(&path)?;
    let (secret_key, webhook_secret) = match known {
        Some(file) => (file.secret_key, file.webhook_secret),
        None => (fresh.secret_key, fresh.webhook_secret),
    };
    let file = ProviderFile {
        url,
        secret_key: args.provider_key.clone().unwrap_or(secret_key),
        webhook_secret: args.webhook_secret.clone().unwrap_or(webhook_secret),
    };
    data_dir::write(&path, &file)?;
    Ok(file)
}

/// How the provider is reached: by the command line, else by the data folder.
pub(super) fn access(data: &DataDir, args: &ProviderArgs) -> Result<ProviderFile> {
    let path = data.provider_file();
    let file = data_dir::read::<ProviderFile>(&path)?;
    let pick = |given: &Option<String>, known: Option<String>, name: &'static str| {
        given.clone().or(known).ok_or_else(|| {
            BadSetting::new(
                name,
                format!("is not given, and there is no {}", path.display()),
            )
        })
    };
    let (url, secret_key, webhook_secret) = match file {
        Some(file) => (
            Some(file.url),
            Some(file.secret_key),
            Some(file.webhook_secret),
        ),
        None => (None, None, None),
    };
    Ok(ProviderFile {
        url: pick(&args.provider_url, url, "--provider-url")?,
        secret_key: pick(&args.provider_key, secret_key, "--provider-key")?,
        webhook_secret: pick(&args.webhook_secret, webhook_secret, "--webhook-secret")?,
    })
}
