//! One attempt to deliver an event.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;

use super::deck::Parcel;
use crate::clock;
use crate::core::Core;
use crate::signature::sign;
use crate::wire;

/// How old a stale callback says it is; twice what verifiers commonly tolerate.
const STALE_SECONDS: i64 = 600;

/// What is wrong with an attempt, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Forgery {
    /// Signed with another secret.
    Signature,
    /// Signed long ago.
    Timestamp,
}

/// Sends the parcel's event, and says whether that settles it. A forged attempt never does,
/// whatever the receiver answers: the right one must follow.
pub(super) async fn make(
    core: Arc<Core>,
    client: Client,
    url: Arc<str>,
    parcel: Parcel,
) -> (Parcel, bool) {
    let (body, position) = {
        let book = core.book();
        (wire::event(&book, parcel.event), core.journal.end())
    };
    let Some(body) = body.map(Bytes::from) else {
        tracing::error!(event = %parcel.event, "an event names an intent that is not there");
        return (parcel, true);
    };
    // The shop must not learn what a crash could still take back.
    if core.journal.reached(position).await.is_err() {
        return (parcel, false);
    }
    let secret = core.settings.webhook_secret.as_str();
    let signature = match parcel.forgery {
        None => sign(secret, clock::now(), &body),
        Some(Forgery::Signature) => sign(&format!("{secret}~"), clock::now(), &body),
        Some(Forgery::Timestamp) => sign(secret, clock::now() - STALE_SECONDS, &body),
    };
    let mut accepted = send(&client, &url, &signature, body.clone(), parcel).await;
    if parcel.twice {
        accepted |= send(&client, &url, &signature, body, parcel).await;
    }
    (parcel, accepted && parcel.forgery.is_none())
}

async fn send(client: &Client, url: &str, signature: &str, body: Bytes, parcel: Parcel) -> bool {
    let request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header("Stripe-Signature", signature)
        .body(body);
    match request.send().await {
        Ok(response) => {
            let status = response.status();
            // Read to the end, or the connection cannot be used again.
            let read = response.bytes().await;
            if !status.is_success() {
                let (event, attempt) = (parcel.event, parcel.attempt);
                tracing::debug!(%event, attempt, %status, "the receiver refused a callback");
            }
            status.is_success() && read.is_ok()
        }
        Err(error) => {
            let (event, attempt) = (parcel.event, parcel.attempt);
            tracing::debug!(%event, attempt, %error, "a callback did not arrive");
            false
        }
    }
}
