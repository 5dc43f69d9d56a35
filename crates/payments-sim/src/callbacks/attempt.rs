//! An attempt to deliver an event.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;

use super::delivery_queue::{Delivery, SignatureFault};
use crate::clock;
use crate::engine::Engine;
use crate::signature::sign;
use crate::state::Event;
use crate::wire;

/// Age of a stale timestamp; twice the common tolerance of verifiers.
const STALE_SECONDS: i64 = 600;

/// Sends the event and returns whether that settles it.
///
/// An attempt with a signature fault never settles the event, whatever the response: the correct
/// one must follow.
pub(super) async fn attempt(
    engine: Arc<Engine>,
    client: Client,
    url: Arc<str>,
    delivery: Delivery,
) -> (Delivery, bool) {
    let (body, position) = {
        let state = engine.state();
        let body = wire::object::<Event>(&state, &delivery.event, "");
        (body, engine.journal.end())
    };
    let Some(body) = body.map(Bytes::from) else {
        tracing::error!(event = %delivery.event, "an event names an unknown intent");
        return (delivery, true);
    };
    // A crash must not take back what the shop has seen.
    if engine.journal.reached(position).await.is_err() {
        return (delivery, false);
    }
    let secret = engine.settings.webhook_secret.as_str();
    let signature = match delivery.signature_fault {
        None => sign(secret, clock::now(), &body),
        Some(SignatureFault::WrongSecret) => sign(&format!("{secret}~"), clock::now(), &body),
        Some(SignatureFault::StaleTimestamp) => sign(secret, clock::now() - STALE_SECONDS, &body),
    };
    let mut accepted = send(&client, &url, &signature, body.clone(), delivery).await;
    if delivery.duplicate {
        accepted |= send(&client, &url, &signature, body, delivery).await;
    }
    (delivery, accepted && delivery.signature_fault.is_none())
}

async fn send(
    client: &Client,
    url: &str,
    signature: &str,
    body: Bytes,
    Delivery { event, attempt, .. }: Delivery,
) -> bool {
    let request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header("Stripe-Signature", signature)
        .body(body);
    match request.send().await {
        Ok(response) => {
            let status = response.status();
            // Read to the end, or the connection cannot be reused.
            let read = response.bytes().await;
            if !status.is_success() {
                tracing::debug!(%event, attempt, %status, "the receiver rejected a callback");
            }
            status.is_success() && read.is_ok()
        }
        Err(error) => {
            tracing::debug!(%event, attempt, %error, "a callback failed");
            false
        }
    }
}
