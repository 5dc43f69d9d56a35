//! Accepting connections.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, serve::Listener};
use supervision::{BoxError, TaskContext};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use crate::Api;

/// How often the server shows that it lives.
const BEAT: Duration = Duration::from_secs(1);
/// A failed accept is usually a full file table; trying again at once would only burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Api {
    /// Serves on `listener` until asked to stop, then finishes the requests under way.
    ///
    /// The listener is shared, so that a restarted server takes over the same port and the
    /// connections that queued up meanwhile.
    ///
    /// # Errors
    /// When serving fails as a whole; a failed connection is no such failure.
    pub async fn serve(
        self,
        listener: Arc<TcpListener>,
        context: TaskContext,
    ) -> Result<(), BoxError> {
        let stories = Arc::clone(self.stories());
        stories.open();
        serve(self.router(), listener, context, move || stories.close()).await
    }
}

/// Serves `router` on `listener` as a supervised task. `leave` is called when it is asked to stop, to
/// end what would go on for ever.
pub(crate) async fn serve(
    router: Router,
    listener: Arc<TcpListener>,
    context: TaskContext,
    leave: impl FnOnce() + Send + 'static,
) -> Result<(), BoxError> {
    let stopping = context.stopping.clone();
    let asked = async move {
        stopping.cancelled().await;
        leave();
    };
    let serving = axum::serve(Door(listener), router).with_graceful_shutdown(asked);
    let mut serving = pin!(serving.into_future());
    loop {
        context.pulse.beat();
        if let Ok(end) = timeout(BEAT, &mut serving).await {
            return Ok(end?);
        }
    }
}

/// A listener that outlives its server.
struct Door(Arc<TcpListener>);

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, from)) => {
                    // Answers are small and complete: waiting for more to send only adds latency.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "no TCP_NODELAY");
                    }
                    return (stream, from);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
