//! The simulated payment provider as a supervised child.

use std::{net::TcpListener as StdListener, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Result;
use payments_sim::{Settings, Simulator};
use supervision::{BoxError, TaskContext};
use tokio::{net::TcpListener, pin, time::timeout};

use crate::data_dir::ProviderFile;

/// Duration of a charge of `pm_card_slow`.
const SLOW_CHARGE: Duration = Duration::from_secs(5);
/// Interval of the provider's heartbeat.
const BEAT: Duration = Duration::from_secs(1);

/// Addresses that the simulated provider needs.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// URL of callbacks.
    pub callbacks: String,
    /// Base URL of the provider's pages for customers.
    pub pages: String,
    /// URL of an order's page, with `{order_id}`; payment pages lead back to it.
    pub orders: Option<String>,
}

/// The simulated provider of a shop. It is opened once: after a crash the next run finds its state,
/// its journal and the callbacks that are due.
#[derive(Debug)]
pub struct Provider {
    simulator: Simulator,
    listener: StdListener,
}

impl Provider {
    /// Loads the provider's state from the folder `journal`.
    pub async fn open(
        listener: TcpListener,
        file: &ProviderFile,
        addresses: Addresses,
        journal: PathBuf,
    ) -> Result<Self> {
        let settings = Settings {
            secret_key: file.secret_key.clone(),
            webhook_secret: file.webhook_secret.clone(),
            webhook_url: Some(addresses.callbacks),
            journal_dir: Some(journal),
            slow_charge: SLOW_CHARGE,
            public_url: Some(addresses.pages),
            return_url: addresses.orders,
        };
        Ok(Self {
            simulator: Simulator::open(settings).await?,
            listener: listener.into_std()?,
        })
    }

    /// Serves until it is stopped.
    pub(crate) async fn run(self: Arc<Self>, context: TaskContext) -> Result<(), BoxError> {
        let listener = TcpListener::from_std(self.listener.try_clone()?)?;
        let stopping = context.stopping.clone().cancelled_owned();
        let serving = self.simulator.clone().serve(listener, stopping);
        pin!(serving);
        loop {
            context.pulse.beat();
            if let Ok(served) = timeout(BEAT, &mut serving).await {
                return Ok(served?);
            }
        }
    }
}
