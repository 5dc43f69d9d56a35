//! The payment service's client of the provider: the requests that the event-driven shop sends too,
//! but the result of a charge comes from its answer instead of a callback.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use contracts::{Money, OrderId};
use reqwest::{Client, StatusCode};
use serde_json::Value;

const TIMEOUT: Duration = Duration::from_secs(5);

/// A client of the provider.
#[derive(Debug)]
pub(super) struct Provider {
    client: Client,
    base: String,
    key: String,
}

impl Provider {
    pub(super) fn new(base: &str, key: &str) -> Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).tcp_nodelay(true);
        Ok(Self {
            client: client.pool_max_idle_per_host(256).build()?,
            base: base.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Opens an intent, uncharged, and returns its id.
    pub(super) async fn open(&self, order: &OrderId, amount: Money) -> Result<String> {
        let (minor, currency) = (amount.amount.to_string(), amount.currency.as_str());
        let form = [
            ("amount", minor.as_str()),
            ("currency", &currency.to_lowercase()),
            ("metadata[order_id]", order.as_str()),
        ];
        let (status, intent) = self.post("/v1/payment_intents", order, &form).await?;
        ensure!(status.is_success(), "opening answered {status}");
        Ok(intent["id"].as_str().context("an id")?.to_owned())
    }

    /// Charges an intent; returns whether the amount was captured.
    pub(super) async fn charge(&self, order: &OrderId, intent: &str, method: &str) -> Result<bool> {
        let path = format!("/v1/payment_intents/{intent}/confirm");
        let form = [("payment_method", method)];
        let (status, body) = self.post(&path, order, &form).await?;
        if status == StatusCode::PAYMENT_REQUIRED {
            return Ok(false);
        }
        ensure!(body["status"] == "succeeded", "charging answered {status}");
        Ok(true)
    }

    /// Cancels an intent, or refunds it when it was charged.
    pub(super) async fn cancel(&self, order: &OrderId, intent: &str) -> Result<()> {
        let path = format!("/v1/payment_intents/{intent}/cancel");
        let (status, _) = self.post(&path, order, &[]).await?;
        if status.is_success() {
            return Ok(());
        }
        let form = [("payment_intent", intent)];
        let (status, _) = self.post("/v1/refunds", order, &form).await?;
        ensure!(status.is_success(), "refunding answered {status}");
        Ok(())
    }

    async fn post(
        &self,
        path: &str,
        order: &OrderId,
        form: &[(&str, &str)],
    ) -> Result<(StatusCode, Value)> {
        let request = self.client.post(format!("{}{path}", self.base));
        let action = path.rsplit('/').next().unwrap_or_default();
        let request = request.header("idempotency-key", format!("{order}-{action}"));
        let answer = request.bearer_auth(&self.key).form(form).send().await?;
        let status = answer.status();
        // 409: a request with this key is in progress.
        let temporary = status.is_server_error() || status == StatusCode::CONFLICT;
        ensure!(!temporary, "the provider answered {status}");
        Ok((status, answer.json().await?))
    }
}
