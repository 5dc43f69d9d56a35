//! Requests of a careful client: what was not answered is asked again under the same key.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use shop::api_client::ApiClient;
use tokio::time::{Instant, sleep};

const PAUSE: Duration = Duration::from_millis(200);

/// What became of a request to place an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The order's id.
    Accepted(String),
    /// 409: the shop says why, by the last word of the problem's type.
    Refused(String),
    /// Anything else, by the last answer.
    Failed(String),
}

/// Places an order.
pub(super) async fn place(client: &ApiClient, key: &str, body: &str, patience: Duration) -> Answer {
    let request = || {
        client
            .request(Method::POST, "/v1/orders")
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(body.to_owned())
    };
    match persist(request, patience).await {
        Ok(answer) => read(answer).await,
        Err(last) => Answer::Failed(last),
    }
}

async fn read(answer: Response) -> Answer {
    match answer.status() {
        StatusCode::ACCEPTED => {
            let id = id_of(answer.headers());
            id.map_or_else(
                || Answer::Failed("202 without Location".to_owned()),
                Answer::Accepted,
            )
        }
        StatusCode::CONFLICT => {
            let problem: Value = answer.json().await.unwrap_or_default();
            let kind = problem["type"].as_str().unwrap_or("conflict");
            Answer::Refused(kind.rsplit('/').next().unwrap_or(kind).to_owned())
        }
        other => Answer::Failed(other.to_string()),
    }
}

/// Pays an open order with a card that works. It may have been confirmed or cancelled meanwhile.
pub(super) async fn pay(client: &ApiClient, order: &str, patience: Duration) -> Result<(), String> {
    let body = json!({ "paymentMethod": "pm_card_visa" });
    act(client, &format!("/v1/orders/{order}/pay"), &body, patience).await
}

/// Takes an order back. It may have been confirmed meanwhile.
pub(super) async fn cancel(
    client: &ApiClient,
    order: &str,
    patience: Duration,
) -> Result<(), String> {
    let path = format!("/v1/orders/{order}/cancel");
    act(client, &path, &Value::Null, patience).await
}

async fn act(
    client: &ApiClient,
    path: &str,
    body: &Value,
    patience: Duration,
) -> Result<(), String> {
    let request = || {
        let request = client.request(Method::POST, path);
        if body.is_null() {
            request
        } else {
            request.json(body)
        }
    };
    let status = persist(request, patience).await?.status();
    if status.is_success() || status == StatusCode::CONFLICT {
        Ok(())
    } else {
        Err(format!("{path}: {status}"))
    }
}

/// Sends until something other than a server's error comes back.
async fn persist(
    request: impl Fn() -> reqwest::RequestBuilder,
    patience: Duration,
) -> Result<Response, String> {
    let started = Instant::now();
    loop {
        let last = match request().send().await {
            Ok(answer) if !answer.status().is_server_error() => return Ok(answer),
            Ok(answer) => answer.status().to_string(),
            Err(error) if error.is_connect() => "no connection".to_owned(),
            Err(_) => "no answer".to_owned(),
        };
        if started.elapsed() > patience {
            return Err(last);
        }
        sleep(PAUSE).await;
    }
}

fn id_of(headers: &reqwest::header::HeaderMap) -> Option<String> {
    let location = headers.get("location")?.to_str().ok()?;
    location.rsplit('/').next().map(ToOwned::to_owned)
}
