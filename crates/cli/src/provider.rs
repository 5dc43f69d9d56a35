//! The payment provider: what its callers must know, and the simulated one as a supervised child.

use std::{net::TcpListener as StdListener, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Result;
use payments_sim::{Settings, Simulator};
use supervision::{BoxError, TaskContext};
use tokio::net::TcpListener;

use crate::{
    args::ProviderArgs,
    data_dir::{self, DataDir, ProviderFile},
    setting::BadSetting,
};

/// How long `pm_card_slow` takes.
const SLOW_CHARGE: Duration = Duration::from_secs(5);

/// The simulated provider of a shop, able to start again after a crash.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) listener: StdListener,
    pub(crate) file: ProviderFile,
    pub(crate) webhook_url: String,
    pub(crate) public_url: Option<String>,
    pub(crate) journal: PathBuf,
}

impl Provider {
    /// Serves until told to stop. Its journal lets a restarted one continue where it was.
    pub(crate) async fn run(self: Arc<Self>, context: TaskContext) -> Result<(), BoxError> {
        let settings = Settings {
            secret_key: self.file.secret_key.clone(),
            webhook_secret: self.file.webhook_secret.clone(),
            webhook_url: Some(self.webhook_url.clone()),
            journal_dir: Some(self.journal.clone()),
            slow_charge: SLOW_CHARGE,
            public_url: self.public_url.clone(),
        };
        let simulator = Simulator::open(settings).await?;
        let listener = TcpListener::from_std(self.listener.try_clone()?)?;
        Ok(simulator
            .serve(listener, context.stopping.cancelled_owned())
            .await?)
    }
}

/// Reads the provider's keys, or makes them up at the first start, and notes its address.
pub(crate) fn claim_keys(data: &DataDir, args: &ProviderArgs, url: String) -> Result<ProviderFile> {
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
pub(crate) fn access(data: &DataDir, args: &ProviderArgs) -> Result<ProviderFile> {
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
