//! A running simulator: open, serve, shut down.

use std::convert::Infallible;
use std::future::{Future, IntoFuture as _};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::callbacks::Dispatcher;
use crate::engine::Engine;
use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::settings::{OpenError, Settings};
use crate::{http, journal, slow_charges};

/// Time limit for requests in flight at shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The simulated provider; clones are cheap and share it.
///
/// Its background tasks (journal writer, callbacks, slow charges) run on the runtime it was opened
/// on, until [`serve`](Self::serve) ends or the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Simulator {
    pub(crate) engine: Arc<Engine>,
    background: Arc<Background>,
}

impl Simulator {
    /// Replays the journal and starts the background tasks, which resume callbacks and slow charges.
    ///
    /// # Errors
    /// Fails when the journal cannot be read, is damaged or in use; see [`OpenError`].
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let opened = journal::open(settings.journal_dir.as_deref()).await?;
        let journal = Arc::new(opened.journal);
        let engine = Arc::new(Engine::new(settings, opened.state, Arc::clone(&journal)));
        let dispatcher = Dispatcher::new(Arc::clone(&engine))?;
        let background = Background::default();
        if let Some(writer) = opened.writer {
            background.spawn(|shutdown| writer.run(journal, shutdown));
        }
        background.spawn(|shutdown| dispatcher.run(shutdown));
        background.spawn(|shutdown| slow_charges::run(Arc::clone(&engine), shutdown));
        Ok(Self {
            engine,
            background: Arc::new(background),
        })
    }

    /// Sets the URL of callbacks; events waiting for it are sent.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an owned address reads best at the caller"
    )]
    pub fn set_webhook_url(&self, url: String) {
        self.engine.set_webhook_url(&url);
    }

    /// Returns all routes, for a caller that serves them itself.
    pub fn router(&self) -> Router {
        // The router keeps the background tasks alive.
        http::router(Arc::clone(&self.engine)).layer(Extension(self.clone()))
    }

    /// Serves HTTP until `shutdown`, then closes the listener, waits up to five seconds for requests
    /// in flight, and flushes the journal. The simulator cannot be used afterwards.
    ///
    /// # Errors
    /// Fails when the listener has no address or stops accepting.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let address = reachable(listener.local_addr()?);
        // A second listener of the same provider keeps the first one's address.
        let _ = self.engine.served_at.set(format!("http://{address}"));
        let stopping = self.engine.stopping.clone();
        let until = stopping.clone();
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps Nagle's algorithm");
            }
        });
        let serving = axum::serve(listener, self.router()).with_graceful_shutdown(async move {
            shutdown.await;
            until.cancel();
        });
        let drain_timeout = async {
            stopping.cancelled().await;
            tokio::time::sleep(DRAIN_TIMEOUT).await;
        };
        let served = tokio::select! {
            served = serving.into_future() => served,
            () = drain_timeout => {
                tracing::warn!("requests were still in flight at the end of the drain timeout");
                Ok(())
            }
        };
        self.background.stop().await;
        served
    }

    /// Replaces all faults.
    pub fn set_faults(&self, faults: Faults) {
        let Ok(_) = self.engine.change_faults(|_| Ok::<_, Infallible>(faults));
    }

    /// Returns the current faults.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.engine.faults()
    }

    /// Returns the totals.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.engine.state().ledger().clone()
    }
}

/// Returns the address at which a client on this machine reaches a listener.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Background tasks of a simulator, which end with it.
#[derive(Debug, Default)]
struct Background {
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    fn spawn<F>(&self, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(task(self.shutdown.clone()));
    }

    async fn stop(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
