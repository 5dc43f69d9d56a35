//! Gateway to Stripe's API: form-encoded requests, JSON responses, idempotency keys.

mod response;

use std::time::Duration;

use contracts::{Money, OrderId};
use reqwest::StatusCode;
use serde::Deserialize;
use store::payment::Intent;
use streamward::Cause;

use crate::{
    charge_key,
    gateway::{ChargeResponse, Gateway, GatewayError, IntentSnapshot, Refund, VoidResponse},
};
use response::{ErrorBody, ErrorObject, IntentBody, RefundBody, currency_of, failure, snapshot};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// A gateway to Stripe or to the simulator.
#[derive(Clone, Debug)]
pub struct StripeGateway {
    client: reqwest::Client,
    base: String,
    pay_base: String,
    secret_key: String,
}

/// Response to a request, as far as a repetition would not change it.
enum Response<T> {
    Success(T),
    Error(StatusCode, Box<ErrorObject>),
}

impl<T> Response<T> {
    fn into_result(self) -> Result<T, GatewayError> {
        match self {
            Self::Success(body) => Ok(body),
            Self::Error(_, error) => Err(refused(&error)),
        }
    }
}

impl StripeGateway {
    /// Returns a gateway to `base` (`https://api.stripe.com` or the simulator's address), with payment
    /// pages under `pay_base`.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn new(base: &str, pay_base: &str, secret_key: &str) -> Result<Self, GatewayError> {
        let client = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .pool_max_idle_per_host(64)
            .tcp_nodelay(true)
            .build()
            .map_err(|error| GatewayError::Unavailable(error.to_string()))?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            pay_base: pay_base.trim_end_matches('/').to_owned(),
            secret_key: secret_key.to_owned(),
        })
    }

    async fn post<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        idempotency_key: &str,
        form: &[(&str, &str)],
    ) -> Result<Response<T>, GatewayError> {
        let response = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.secret_key)
            .header("Idempotency-Key", idempotency_key)
            .form(form)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        let status = response.status();
        if status.is_success() {
            let body = response.json().await;
            return body
                .map(Response::Success)
                .map_err(|error| unavailable(&error));
        }
        let body = response.json::<ErrorBody>().await;
        // 409: a request with this key is in progress; 429 and 5xx: temporary.
        let temporary = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::CONFLICT;
        match body {
            Ok(body) if !temporary => Ok(Response::Error(status, Box::new(body.error))),
            _ => Err(GatewayError::Unavailable(format!(
                "{path} answered {status}"
            ))),
        }
    }
}

fn unavailable(error: &reqwest::Error) -> GatewayError {
    GatewayError::Unavailable(Cause::of(error).to_string())
}

fn refused(error: &ErrorObject) -> GatewayError {
    let code = error.code.as_deref().unwrap_or("-");
    let message = error.message.as_deref().unwrap_or("-");
    GatewayError::Refused(format!("{} {code}: {message}", error.kind))
}

/// Returns whether the intent is past the request: paid, cancelled or being charged.
fn is_past(error: &ErrorObject) -> bool {
    error.code.as_deref() == Some("payment_intent_unexpected_state")
}

impl Gateway for StripeGateway {
    async fn open(&self, order: &OrderId, amount: Money) -> Result<Intent, GatewayError> {
        let minor = amount.amount.to_string();
        let currency = amount.currency.as_str().to_lowercase();
        let form = [
            ("amount", minor.as_str()),
            ("currency", currency.as_str()),
            ("metadata[order_id]", order.as_str()),
        ];
        let key = charge_key(order);
        let response = self.post::<IntentBody>("/v1/payment_intents", &key, &form);
        let id = response.await?.into_result()?.id;
        Ok(Intent {
            pay_url: self.pay_url(&id),
            id,
        })
    }

    async fn charge(
        &self,
        order: &OrderId,
        intent: &str,
        method: &str,
        attempt: u32,
    ) -> Result<ChargeResponse, GatewayError> {
        let key = format!("{}-{attempt}", charge_key(order));
        let path = format!("/v1/payment_intents/{intent}/confirm");
        let form = [("payment_method", method)];
        match self.post::<IntentBody>(&path, &key, &form).await? {
            Response::Success(_) | Response::Error(StatusCode::PAYMENT_REQUIRED, _) => {
                Ok(ChargeResponse::Accepted)
            }
            Response::Error(_, error) if is_past(&error) => Ok(ChargeResponse::Accepted),
            Response::Error(StatusCode::BAD_REQUEST, error)
                if error.kind == "invalid_request_error" =>
            {
                let (code, message) = (error.code.as_deref(), error.message.as_deref());
                tracing::info!(%order, code, message, "charge refused");
                Ok(ChargeResponse::Refused(failure(&error)))
            }
            Response::Error(_, error) => Err(refused(&error)),
        }
    }

    async fn void(&self, order: &OrderId, intent: &str) -> Result<VoidResponse, GatewayError> {
        let key = format!("void-{}", charge_key(order));
        let path = format!("/v1/payment_intents/{intent}/cancel");
        match self.post::<IntentBody>(&path, &key, &[]).await? {
            Response::Success(_) => Ok(VoidResponse::Voided),
            Response::Error(_, error) if is_past(&error) => Ok(VoidResponse::TooLate),
            Response::Error(_, error) => Err(refused(&error)),
        }
    }

    async fn refund(&self, order: &OrderId, intent: &str) -> Result<Refund, GatewayError> {
        let key = format!("refund-{}", charge_key(order));
        let form = [
            ("payment_intent", intent),
            ("metadata[order_id]", order.as_str()),
        ];
        let response = self.post::<RefundBody>("/v1/refunds", &key, &form);
        let body = response.await?.into_result()?;
        let currency = currency_of(&body.currency, &body.id)?;
        Ok(Refund {
            id: body.id,
            amount: Money::new(body.amount, currency),
        })
    }

    async fn look_up(&self, intent: &str) -> Result<Option<IntentSnapshot>, GatewayError> {
        let path = format!("/v1/payment_intents/{intent}");
        let request = self.client.get(format!("{}{path}", self.base));
        let response = request
            .bearer_auth(&self.secret_key)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        match response.status() {
            status if status.is_success() => {
                let body = response.json().await.map_err(|error| unavailable(&error))?;
                snapshot(&body).map(Some)
            }
            StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => Ok(None),
            status => Err(GatewayError::Unavailable(format!(
                "{path} answered {status}"
            ))),
        }
    }

    fn pay_url(&self, intent: &str) -> String {
        format!("{}/pay/{intent}", self.pay_base)
    }
}
