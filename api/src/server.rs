//! Accepting connections, and letting go of them.
//!
//! Everything a stranger can hold on to has a bound: how many connections there are, how long one may
//! take for the head of a request or rest between two, and how long requests under way have when the
//! server stops.

mod protocol_errors;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use supervision::{BoxError, TaskContext};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval, sleep, timeout},
};
use tower::ServiceExt as _;

use crate::{Api, Connections, http::client_address::Peer, metrics::Open};
use protocol_errors::ProblemStream;

/// How often the server shows that it lives.
const BEAT: Duration = Duration::from_secs(1);
/// A failed accept is usually a full file table; trying again at once would only burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The largest head of a request; a larger one is a 431.
const HEAD_LIMIT: usize = 64 * 1024;

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
        let limits = self.settings().connections;
        let order_subscriptions = Arc::clone(self.order_subscriptions());
        order_subscriptions.open();
        serve(self.router(), listener, limits, context, move || {
            order_subscriptions.close();
        })
        .await
    }
}

/// Serves `router` on `listener` as a supervised task. `leave` is called when it is asked to stop, to
/// end what would go on for ever.
pub(crate) async fn serve(
    router: Router,
    listener: Arc<TcpListener>,
    limits: Connections,
    context: TaskContext,
    leave: impl FnOnce() + Send,
) -> Result<(), BoxError> {
    let room = Arc::new(Semaphore::new(limits.most));
    let mut open = JoinSet::new();
    let mut beat = beats();
    loop {
        tokio::select! {
            () = context.stopping.cancelled() => break,
            _ = beat.tick() => context.pulse.beat(),
            Some(_) = open.join_next() => {}
            (stream, from, permit) = accept(&listener, &room) => {
                let (router, stopping) = (router.clone(), context.stopping.clone());
                open.spawn(async move {
                    let _permit = permit;
                    let _counted = Open::count();
                    let stop = stopping.cancelled_owned();
                    converse(stream, from, router, limits, stop).await;
                });
            }
        }
    }
    leave();
    let finish = async {
        loop {
            tokio::select! {
                _ = beat.tick() => context.pulse.beat(),
                left = open.join_next() => if left.is_none() { break },
            }
        }
    };
    if timeout(limits.drain, finish).await.is_err() {
        let connections = open.len();
        tracing::warn!(
            connections,
            "requests were cut off: they did not end in time"
        );
    }
    Ok(())
}

fn beats() -> Interval {
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (
    TcpStream,
    SocketAddr,
    Option<tokio::sync::OwnedSemaphorePermit>,
) {
    // The semaphore is never closed.
    let permit = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                // Answers are small and complete: waiting for more to send only adds latency.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "no TCP_NODELAY");
                }
                return (stream, from, permit);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers the requests of one connection until it ends, or, once `stop` comes, the one under way.
async fn converse(
    stream: TcpStream,
    from: SocketAddr,
    router: Router,
    limits: Connections,
    stop: impl Future<Output = ()>,
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
    let mut connection = std::pin::pin!(connection);
    let mut stop = std::pin::pin!(stop);
    let end = tokio::select! {
        end = connection.as_mut() => end,
        () = stop.as_mut() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // Clients go away as they like.
    if let Err(error) = end {
        tracing::debug!(%error, "a connection ended");
    }
}
