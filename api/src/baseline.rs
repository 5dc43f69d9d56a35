//! Baselines for benchmarks: the minimum cost of an answer over HTTP, and of placing an order.
//!
//! The latter neither parses nor authenticates; it runs the one script that every placement needs.

use std::{io, sync::Arc};

use axum::{
    Router,
    extract::Path,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt as _,
};
use bytes::Bytes;
use contracts::OrderDocument;
use store::{
    durability::Durability,
    order::{OpenLimits, Placed, Placement, place_order},
};
use streamward::{Runtime, TraceParent};
use tokio::net::{TcpListener, TcpStream};

/// Serves `POST /v1/orders` on `listener`: every request places `doc`, whatever its body.
///
/// # Errors
/// When the listener fails.
pub async fn placement_baseline(
    runtime: Runtime,
    durability: Durability,
    doc: Arc<OrderDocument>,
    listener: TcpListener,
) -> io::Result<()> {
    let accept = async move |_body: Bytes| accept(&runtime, durability, &doc).await;
    axum::serve(listener, Router::new().route("/v1/orders", post(accept))).await
}

/// Serves, without middleware, two letters at `GET /` and as many bytes as asked for at `GET /{bytes}`: the maximum
/// throughput of the HTTP server.
///
/// # Errors
/// When the listener fails.
pub async fn http_baseline(listener: TcpListener) -> io::Result<()> {
    let router = Router::new()
        .route("/", get(async || "ok"))
        .route("/{bytes}", get(bytes));
    axum::serve(listener.tap_io(no_delay), router).await
}

/// Disables Nagle's algorithm, as the API's own server does.
fn no_delay(stream: &mut TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
}

/// Returns as many bytes as asked for, up to the size of the largest list.
async fn bytes(Path(bytes): Path<usize>) -> impl IntoResponse {
    static LIST: [u8; 1 << 20] = [b' '; 1 << 20];
    let list = &LIST[..bytes.min(LIST.len())];
    ([(CONTENT_TYPE, "application/json")], list)
}

async fn accept(runtime: &Runtime, durability: Durability, doc: &OrderDocument) -> Response {
    let placement = Placement {
        doc,
        payment_method: Some("pm_card_visa"),
        idempotency: None,
        limits: OpenLimits::default(),
        trace: TraceParent::start(),
    };
    match place_order(runtime, durability, &placement).await {
        Ok(Placed::New(order) | Placed::Replay(order)) => {
            let location = [(LOCATION, format!("/v1/orders/{order}"))];
            (StatusCode::ACCEPTED, location).into_response()
        }
        Ok(Placed::KeyReused | Placed::OverLimit(_)) | Err(_) => {
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
