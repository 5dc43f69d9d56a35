//! The HTTP server: accepting connections, and draining them on shutdown.
//!
//! Everything that a client can hold on to is bounded: the number of connections, the time for a request's head and
//! between two requests, and the time that running requests have when the server stops.

mod protocol_errors;

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use supervision::{BoxError, TaskContext};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tower::ServiceExt as _;

use crate::{Api, Connections, http::client_address::Peer, metrics::Open};
use protocol_errors::ProblemStream;

/// Interval of the server's reports to its watchdog.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Pause after a failed accept: the usual cause is a full file table, and retrying at once would burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The largest head of a request; a larger one is a 431.
const HEAD_LIMIT: usize = 64 * 1024;

impl Api {
    /// Serves on `listener` until stopped, then finishes the requests under way.
    ///
    /// The listener is shared, so that a restarted server takes over the same port and the connections that have
    /// queued up meanwhile.
    ///
    /// # Errors
    /// When serving fails as a whole; a failed connection is not such a failure.
    pub async fn serve(
        self,
        listener: Arc<TcpListener>,
        context: TaskContext,
    ) -> Result<(), BoxError> {
        let limits = self.settings.connections;
        let subscriptions = Arc::clone(&self.order_subscriptions);
        subscriptions.open();
        let before_drain = move || subscriptions.close();
        serve(self.router(), listener, limits, context, before_drain).await
    }
}

/// Serves `router` on `listener` as a supervised task. `before_drain` ends responses that would never end by
/// themselves.
pub(crate) async fn serve(
    router: Router,
    listener: Arc<TcpListener>,
    limits: Connections,
    context: TaskContext,
    before_drain: impl FnOnce() + Send,
) -> Result<(), BoxError> {
    let room = Arc::new(Semaphore::new(limits.most));
    let graceful = GracefulShutdown::new();
    let mut open = JoinSet::new();
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = context.stopping.cancelled() => break,
            _ = heartbeat.tick() => context.pulse.beat(),
            Some(_) = open.join_next() => {}
            (stream, from, permit) = accept(&listener, &room) => {
                let (router, watcher) = (router.clone(), graceful.watcher());
                open.spawn(async move {
                    let _permit = permit;
                    let _counted = Open::count();
                    serve_connection(stream, from, router, limits, watcher).await;
                });
            }
        }
    }
    before_drain();
    let drained = async {
        let mut drained = pin!(graceful.shutdown());
        loop {
            tokio::select! {
                () = drained.as_mut() => break,
                _ = heartbeat.tick() => context.pulse.beat(),
                Some(_) = open.join_next() => {}
            }
        }
    };
    if timeout(limits.drain, drained).await.is_err() {
        let connections = open.len();
        tracing::warn!(connections, "requests cut off at the drain deadline");
    }
    Ok(())
}

/// Returns the next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let permit = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                // Responses are small and complete: waiting for more to send only adds latency.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "no TCP_NODELAY");
                }
                return (stream, from, permit);
            }
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers the requests of one connection until it ends, or on shutdown the request under way.
async fn serve_connection(
    stream: TcpStream,
    from: SocketAddr,
    router: Router,
    limits: Connections,
    watcher: Watcher,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let (mut head, body) = request.into_parts();
            head.extensions.insert(Peer(from.ip()));
            router
                .oneshot(Request::from_parts(head, Body::new(body)))
                .await
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(ProblemStream::new(stream)), service);
    // Not a warning: clients disconnect at any time.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
}
