//! A running simulator: opening, serving, shutting down.

use std::convert::Infallible;
use std::future::{Future, IntoFuture as _};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::callbacks::Dispatcher;
use crate::core::Core;
use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::settings::{OpenError, Settings};
use crate::{http, journal, timekeeper};

/// How long requests in flight may take once shutdown has begun.
const DRAIN: Duration = Duration::from_secs(5);

/// The simulated provider. Clones are cheap and are the same provider.
///
/// Its background work (the journal's writer, callbacks, slow charges) runs on the runtime it was
/// opened on, until [`serve`](Self::serve) ends or the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Simulator {
    pub(crate) core: Arc<Core>,
    background: Arc<Background>,
}

impl Simulator {
    /// Reads the journal and begins the background work: events that were not delivered are, and
    /// slow charges go on.
    ///
    /// # Errors
    /// When the journal cannot be read, is damaged or in use; see [`OpenError`].
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let opened = journal::open(settings.journal_dir.as_deref()).await?;
        let journal = Arc::new(opened.journal);
        let core = Arc::new(Core::new(settings, opened.book, Arc::clone(&journal)));
        let dispatcher = Dispatcher::new(Arc::clone(&core))?;
        let background = Background::default();
        if let Some(writer) = opened.writer {
            background.run(|life| writer.run(journal, life));
        }
        background.run(|life| dispatcher.run(life));
        background.run(|life| timekeeper::run(Arc::clone(&core), life));
        Ok(Self {
            core,
            background: Arc::new(background),
        })
    }

    /// Says where callbacks go from now on; events that waited for it are sent.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an owned address reads best at the caller"
    )]
    pub fn set_webhook_url(&self, url: String) {
        self.core.set_webhook_url(&url);
    }

    /// Every route, for a caller that serves them itself.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }

    /// Answers HTTP until `shutdown` is ready, then takes no more connections, gives requests in
    /// flight five seconds, and writes the journal out. The simulator cannot be used afterwards.
    ///
    /// # Errors
    /// When the listener has no address or stops accepting.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let address = reachable(listener.local_addr()?);
        // A second listener of the same provider leaves the first one's address.
        let _ = self.core.served_at.set(format!("http://{address}"));
        let stopping = self.core.stopping.clone();
        let until = stopping.clone();
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its send delay");
            }
        });
        let serving = axum::serve(listener, self.router()).with_graceful_shutdown(async move {
            shutdown.await;
            until.cancel();
        });
        let out_of_time = async {
            stopping.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        let served = tokio::select! {
            served = serving.into_future() => served,
            () = out_of_time => {
                tracing::warn!("requests were still in flight when the time for them was over");
                Ok(())
            }
        };
        self.background.end().await;
        served
    }

    /// Replaces all faults.
    pub fn set_faults(&self, faults: Faults) {
        let Ok(_) = self.core.change_faults(|_| Ok::<_, Infallible>(faults));
    }

    /// The faults as they are set.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.core.faults()
    }

    /// The totals.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.core.book().ledger().clone()
    }
}

/// The address a client on this machine reaches a listener under.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// The tasks of a simulator; they end with it.
#[derive(Debug, Default)]
struct Background {
    life: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    fn run<F>(&self, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(task(self.life.clone()));
    }

    async fn end(&self) {
        self.life.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.life.cancel();
    }
}
