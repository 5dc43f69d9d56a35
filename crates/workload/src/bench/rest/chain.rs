//! The shop as synchronous services that call each other over HTTP.
//!
//! The order service takes the request and calls the others one after the other: inventory (reserve),
//! payment (charge), itself (confirm), inventory (sell), notification. The buyer waits for all of it.
//! Built as a careful team would: every step is an idempotent `PUT`, connections are kept, timeouts
//! and retries are bounded, a failed order is compensated, retries that would keep the buyer waiting
//! go on in the background, a buyer's repeated request continues its order. Without a queue, what is
//! in memory when a process dies is lost, and bounded retries end.
//!
//! The same as in the event-driven shop: the script that places an order, the ledger of stock, the states
//! of orders and reservations and their keys, the provider and its two requests per order, templates,
//! mail and SMS. Less than there: steps write no event, so their scripts are shorter and have no delivery to
//! acknowledge; there is no authentication, quota, admission, or following of an order.

mod inventory;
mod notification;
mod order;
mod payment;
mod provider;

use std::path::PathBuf;

use anyhow::Result;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
    serve::ListenerExt as _,
};
use serde::{Deserialize, Serialize};
use streamward::{Namespace, Runtime, Server};
use tokio::{net::TcpListener, signal::unix};

/// Service of the chain; the event-driven shop has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Part {
    Order,
    Inventory,
    Payment,
    Notification,
}

impl Part {
    /// All services, those that are called before the one that calls them.
    pub(super) const ALL: [Self; 4] = [
        Self::Inventory,
        Self::Payment,
        Self::Notification,
        Self::Order,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Inventory => "inventory",
            Self::Payment => "payment",
            Self::Notification => "notification",
        }
    }
}

/// Addresses of everything that the services use.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ChainSettings {
    pub(super) redis: String,
    pub(super) inventory: String,
    pub(super) payment: String,
    pub(super) notification: String,
    pub(super) provider: String,
    pub(super) provider_key: String,
    pub(super) sms_api: String,
    pub(super) outbox: PathBuf,
}

/// Serves one service until SIGTERM, then answers what is in flight.
pub(super) async fn serve(
    part: Part,
    settings: &ChainSettings,
    listener: TcpListener,
) -> Result<()> {
    let runtime = Runtime::open(Server::new(&settings.redis)?, &Namespace::default(), 1).await?;
    let router = match part {
        Part::Order => order::router(runtime, settings)?,
        Part::Inventory => inventory::router(runtime),
        Part::Payment => payment::router(runtime, settings)?,
        Part::Notification => notification::router(runtime, settings)?,
    };
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
    });
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    let stopped = async move {
        terminate.recv().await;
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(stopped)
        .await?;
    Ok(())
}

/// A failure that a repeated request may not meet.
struct Unavailable(anyhow::Error);

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        tracing::info!(error = format!("{:#}", self.0), "answering 503");
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

impl<E: Into<anyhow::Error>> From<E> for Unavailable {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
