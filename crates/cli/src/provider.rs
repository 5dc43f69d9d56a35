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
/// How often the provider shows that it lives.
const BEAT: Duration = Duration::from_secs(1);

/// The simulated provider of a shop. It is opened once: a run that crashes leaves the book, its
/// journal and the callbacks to the next run.
#[derive(Debug)]
pub(crate) struct Provider {
    simulator: Simulator,
    listener: StdListener,
}

impl Provider {
    /// Opens the provider's book and listens.
    pub(crate) async fn open(
        listener: StdListener,
        file: &ProviderFile,
        webhook_url: String,
        public_url: String,
        journal: PathBuf,
    ) -> Result<Self> {
        let settings = Settings {
            secret_key: file.secret_key.clone(),
            webhook_secret: file.webhook_secret.clone(),
            webhook_url: Some(webhook_url),
            journal_dir: Some(journal),
            slow_charge: SLOW_CHARGE,
            public_url: Some(public_url),
        };
        Ok(Self {
            simulator: Simulator::open(settings).await?,
            listener,
        })
    }

    /// Serves until told to stop.
    pub(crate) async fn run(self: Arc<Self>, context: TaskContext) -> Result<(), BoxError> {
        let listener = TcpListener::from_std(self.listener.try_clone()?)?;
        let stopping = context.stopping.clone().cancelled_owned();
        let serving = self.simulator.clone().serve(listener, stopping);
        tokio::pin!(serving);
        loop {
            context.pulse.beat();
            if let Ok(served) = tokio::time::timeout(BEAT, &mut serving).await {
                return Ok(served?);
            }
        }
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
