//! A gateway that speaks Stripe's wire: form-encoded requests, JSON answers, idempotency keys.

use std::{collections::HashMap, time::Duration};

use contracts::{Currency, Money, OrderId};
use reqwest::StatusCode;
use serde::Deserialize;
use store::payment::Intent;
use streamward::Cause;

use crate::{
    Refund, charge_key,
    gateway::{Gateway, GatewayError, IntentTruth, Opened, Voided},
};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Speaks to `base` with a secret key.
#[derive(Clone, Debug)]
pub struct StripeGateway {
    client: reqwest::Client,
    base: String,
    pay_base: String,
    secret_key: String,
}

#[derive(Deserialize)]
struct IntentBody {
    id: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    amount_received: i64,
    #[serde(default)]
    currency: String,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Deserialize)]
struct RefundBody {
    id: String,
    amount: i64,
    currency: String,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorObject,
}

#[derive(Deserialize)]
struct ErrorObject {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    payment_intent: Option<IntentBody>,
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

fn currency_of(lower_case: &str, id: &str) -> Result<Currency, GatewayError> {
    let currency = lower_case.to_uppercase().parse();
    currency.map_err(|error| GatewayError::Refused(format!("currency of {id}: {error}")))
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
    async fn open(
        &self,
        order: &OrderId,
        amount: Money,
        method: Option<&str>,
    ) -> Result<Opened, GatewayError> {
        let minor = amount.amount.to_string();
        let currency = amount.currency.as_str().to_lowercase();
        let mut form = vec![
            ("amount", minor.as_str()),
            ("currency", currency.as_str()),
            ("metadata[order_id]", order.as_str()),
        ];
        if let Some(method) = method {
            form.extend([("payment_method", method), ("confirm", "true")]);
        }
        match self
            .post::<IntentBody>("/v1/payment_intents", &charge_key(order), &form)
            .await?
        {
            Answer::Done(body) => Ok(Opened {
                intent: self.intent(body.id),
                refused: false,
            }),
            // A declined card: the intent exists, and the callback says so too.
            Answer::Error(StatusCode::PAYMENT_REQUIRED, error) => match error.payment_intent {
                Some(body) => Ok(Opened {
                    intent: self.intent(body.id),
                    refused: false,
                }),
                None => Err(refused(&error)),
            },
            // An unknown method must not cost the customer the order: open it without one.
            Answer::Error(_, error) if method.is_some() => {
                let key = format!("{}-open", charge_key(order));
                match self
                    .post::<IntentBody>("/v1/payment_intents", &key, &form[..3])
                    .await?
                {
                    Answer::Done(body) => Ok(Opened {
                        intent: self.intent(body.id),
                        refused: true,
                    }),
                    Answer::Error(..) => Err(refused(&error)),
                }
            }
            Answer::Error(_, error) => Err(refused(&error)),
        }
    }

    async fn charge(
        &self,
        order: &OrderId,
        intent: &str,
        method: &str,
        attempt: u32,
    ) -> Result<(), GatewayError> {
        let key = format!("{}-{attempt}", charge_key(order));
        let path = format!("/v1/payment_intents/{intent}/confirm");
        match self
            .post::<IntentBody>(&path, &key, &[("payment_method", method)])
            .await?
        {
            Answer::Done(_) => Ok(()),
            // Declined, unknown, or paid meanwhile: callbacks tell what there is to tell.
            Answer::Error(status, error) => {
                let (code, message) = (error.code, error.message);
                tracing::info!(%order, %status, ?code, ?message, "charge refused");
                Ok(())
            }
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
                let currency = currency_of(&body.currency, &body.id)?;
                Ok(Some(IntentTruth {
                    order_id: body.metadata.get("order_id").cloned(),
                    succeeded: body.status == "succeeded",
                    captured: Money::new(body.amount_received, currency),
                }))
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
