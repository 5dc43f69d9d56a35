//! A gateway that speaks Stripe's wire: form-encoded requests, JSON answers, idempotency keys.

mod answer;

use std::time::Duration;

use contracts::{Money, OrderId};
use reqwest::StatusCode;
use serde::Deserialize;
use store::payment::Intent;
use streamward::Cause;

use crate::{
    Refund, charge_key,
    gateway::{Charged, Gateway, GatewayError, IntentTruth, Voided},
};
use answer::{ErrorBody, ErrorObject, IntentBody, RefundBody, currency_of, failure, truth_of};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Speaks to `base` with a secret key.
#[derive(Clone, Debug)]
pub struct StripeGateway {
    client: reqwest::Client,
    base: String,
    pay_base: String,
    secret_key: String,
}

enum Answer<T> {
    Done(T),
    Error(StatusCode, Box<ErrorObject>),
}

impl StripeGateway {
    /// A gateway to `base` (`https://api.stripe.com` or the simulator's address). People pay under
    /// `pay_base`.
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
    ) -> Result<Answer<T>, GatewayError> {
        let answer = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.secret_key)
            .header("Idempotency-Key", idempotency_key)
            .form(form)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(Answer::Done(
                answer.json().await.map_err(|error| unavailable(&error))?,
            ));
        }
        let body = answer.json::<ErrorBody>().await;
        // 409: the same key is being worked on; 429 and 5xx: not now.
        let later = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::CONFLICT;
        match body {
            Ok(body) if !later => Ok(Answer::Error(status, Box::new(body.error))),
            _ => Err(GatewayError::Unavailable(format!(
                "{path} answered {status}"
            ))),
        }
    }

    fn intent(&self, id: String) -> Intent {
        Intent {
            pay_url: self.pay_url(&id),
            id,
        }
    }
}

/// The error and what caused it.
fn unavailable(error: &reqwest::Error) -> GatewayError {
    GatewayError::Unavailable(Cause::from(error).to_string())
}

fn refused(error: &ErrorObject) -> GatewayError {
    let (code, message) = (error.code.as_deref(), error.message.as_deref());
    let words = format!(
        "{} {}: {}",
        error.kind,
        code.unwrap_or("-"),
        message.unwrap_or("-")
    );
    GatewayError::Refused(words)
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
        match self
            .post::<IntentBody>("/v1/payment_intents", &key, &form)
            .await?
        {
            Answer::Done(body) => Ok(self.intent(body.id)),
            Answer::Error(_, error) => Err(refused(&error)),
        }
    }

    async fn charge(
        &self,
        order: &OrderId,
        intent: &str,
        method: &str,
        attempt: u32,
    ) -> Result<Charged, GatewayError> {
        let key = format!("{}-{attempt}", charge_key(order));
        let path = format!("/v1/payment_intents/{intent}/confirm");
        let form = [("payment_method", method)];
        match self.post::<IntentBody>(&path, &key, &form).await? {
            Answer::Done(_) | Answer::Error(StatusCode::PAYMENT_REQUIRED, _) => Ok(Charged::Begun),
            Answer::Error(_, error)
                if error.code.as_deref() == Some("payment_intent_unexpected_state") =>
            {
                Ok(Charged::Begun)
            }
            Answer::Error(StatusCode::BAD_REQUEST, error)
                if error.kind == "invalid_request_error" =>
            {
                let (code, message) = (error.code.as_deref(), error.message.as_deref());
                tracing::info!(%order, code, message, "charge refused");
                Ok(Charged::Refused(failure(&error)))
            }
            Answer::Error(_, error) => Err(refused(&error)),
        }
    }

    async fn void(&self, order: &OrderId, intent: &str) -> Result<Voided, GatewayError> {
        let key = format!("void-{}", charge_key(order));
        let path = format!("/v1/payment_intents/{intent}/cancel");
        match self.post::<IntentBody>(&path, &key, &[]).await? {
            Answer::Done(_) => Ok(Voided::Voided),
            Answer::Error(_, error)
                if error.code.as_deref() == Some("payment_intent_unexpected_state") =>
            {
                Ok(Voided::TooLate)
            }
            Answer::Error(_, error) => Err(refused(&error)),
        }
    }

    async fn refund(&self, order: &OrderId, intent: &str) -> Result<Refund, GatewayError> {
        let key = format!("refund-{}", charge_key(order));
        let form = [
            ("payment_intent", intent),
            ("metadata[order_id]", order.as_str()),
        ];
        match self.post::<RefundBody>("/v1/refunds", &key, &form).await? {
            Answer::Done(body) => {
                let currency = currency_of(&body.currency, &body.id)?;
                Ok(Refund {
                    id: body.id,
                    amount: Money::new(body.amount, currency),
                })
            }
            Answer::Error(_, error) => Err(refused(&error)),
        }
    }

    async fn look(&self, intent: &str) -> Result<Option<IntentTruth>, GatewayError> {
        let path = format!("/v1/payment_intents/{intent}");
        let request = self.client.get(format!("{}{path}", self.base));
        let answer = request
            .bearer_auth(&self.secret_key)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        match answer.status() {
            status if status.is_success() => {
                let body: IntentBody = answer.json().await.map_err(|error| unavailable(&error))?;
                truth_of(&body).map(Some)
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
