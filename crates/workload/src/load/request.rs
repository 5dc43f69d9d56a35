//! Requests of a careful client: failed ones are retried with the same idempotency key.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use shop::api_client::ApiClient;
use tokio::time::{Instant, sleep};

const PAUSE: Duration = Duration::from_millis(200);

/// Result of a request to place an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The order's id.
    Accepted(String),
    /// 409: the last segment of the problem's type.
    Refused(String),
    /// Anything else: the last response.
    Failed(String),
}

/// Places an order.
pub(super) async fn place(client: &ApiClient, key: &str, body: &str, patience: Duration) -> Answer {
    let request = || {
        let request = client.request(Method::POST, "/v1/orders");
        let request = request.header("content-type", "application/json");
        let request = request.header("idempotency-key", key);
        request.body(body.to_owned())
    };
    match send(request, patience).await {
        Ok(response) => read(response).await,
        Err(last) => Answer::Failed(last),
    }
}

async fn read(response: Response) -> Answer {
    match response.status() {
        StatusCode::ACCEPTED => match id_of(response.headers()) {
            Some(id) => Answer::Accepted(id),
            None => Answer::Failed("202 without Location".to_owned()),
        },
        StatusCode::CONFLICT => {
            let problem: Value = response.json().await.unwrap_or_default();
            let kind = problem["type"].as_str().unwrap_or("conflict");
            Answer::Refused(kind.rsplit('/').next().unwrap_or(kind).to_owned())
        }
        other => Answer::Failed(other.to_string()),
    }
}

/// Pays an open order with a valid card. It may have been confirmed or cancelled meanwhile.
pub(super) async fn pay(client: &ApiClient, order: &str, patience: Duration) -> Result<(), String> {
    let body = json!({ "paymentMethod": "pm_card_visa" });
    let path = format!("/v1/orders/{order}/pay");
    change(|| client.request(Method::POST, &path).json(&body), patience).await
}

/// Cancels an order. It may have been confirmed meanwhile.
pub(super) async fn cancel(
    client: &ApiClient,
    order: &str,
    patience: Duration,
) -> Result<(), String> {
    let path = format!("/v1/orders/{order}/cancel");
    change(|| client.request(Method::POST, &path), patience).await
}

async fn change(request: impl Fn() -> RequestBuilder, patience: Duration) -> Result<(), String> {
    let response = send(request, patience).await?;
    let status = response.status();
    if status.is_success() || status == StatusCode::CONFLICT {
        Ok(())
    } else {
        Err(format!("{}: {status}", response.url().path()))
    }
}

/// Retries while the server fails or does not respond.
async fn send(
    request: impl Fn() -> RequestBuilder,
    patience: Duration,
) -> Result<Response, String> {
    let started = Instant::now();
    loop {
        let last = match request().send().await {
            Ok(response) if !response.status().is_server_error() => return Ok(response),
            Ok(response) => response.status().to_string(),
            Err(error) if error.is_connect() => "no connection".to_owned(),
            Err(_) => "no answer".to_owned(),
        };
        if started.elapsed() > patience {
            return Err(last);
        }
        sleep(PAUSE).await;
    }
}

fn id_of(headers: &HeaderMap) -> Option<String> {
    let location = headers.get("location")?.to_str().ok()?;
    location.rsplit('/').next().map(ToOwned::to_owned)
}
