//! The simulated payment provider as a supervised child.

use std::{net::TcpListener as StdListener, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Result;
use payments_sim::{Settings, Simulator};
use supervision::{BoxError, TaskContext};
use tokio::net::TcpListener;

use crate::data_dir::ProviderFile;

/// How long `pm_card_slow` takes.
const SLOW_CHARGE: Duration = Duration::from_secs(5);
/// How often the provider shows that it lives.
const BEAT: Duration = Duration::from_secs(1);

/// The simulated provider of a shop. It is opened once: a run that crashes leaves the book, its
/// journal and the callbacks to the next run.
#[derive(Debug)]
pub struct Provider {
    simulator: Simulator,
    listener: StdListener,
}

impl Provider {
    /// Opens the provider's book and listens.
    pub async fn open(
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
    pub async fn run(self: Arc<Self>, context: TaskContext) -> Result<(), BoxError> {
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
