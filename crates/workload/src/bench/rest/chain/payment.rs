//! The payment service: charges an order once, and takes a charge back.
//!
//! The intent is recorded before it is charged, so that a charge can be found and refunded after a crash.
//! A charge and its cancellation each write their field, then read the other's: whichever is second
//! refunds.

use std::{collections::HashMap, sync::Arc};

use anyhow::Result;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::put,
};
use contracts::{Money, OrderId};
use serde::{Deserialize, Serialize};
use streamward::Runtime;

use super::{ChainSettings, Unavailable, provider::Provider};

/// Body of a charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Charge {
    pub(super) amount: Money,
    pub(super) method: String,
}

struct Payments {
    runtime: Runtime,
    provider: Provider,
}

pub(super) fn router(runtime: Runtime, settings: &ChainSettings) -> Result<Router> {
    let provider = Provider::new(&settings.provider, &settings.provider_key)?;
    Ok(Router::new()
        .route("/charges/{order}", put(charge))
        .route("/charges/{order}/cancelled", put(cancel))
        .with_state(Arc::new(Payments { runtime, provider })))
}

async fn charge(
    State(payments): State<Arc<Payments>>,
    Path(order): Path<OrderId>,
    Json(charge): Json<Charge>,
) -> Result<StatusCode, Unavailable> {
    let payment = payments.find(&order).await?;
    if payment.contains_key("cancelled") {
        return Ok(StatusCode::CONFLICT);
    }
    if payment.contains_key("captured") {
        return Ok(StatusCode::OK);
    }
    let intent = match payment.get("intent") {
        Some(intent) => intent.clone(),
        None => {
            let intent = payments.provider.open(&order, charge.amount).await?;
            payments.write(&order, "intent", &intent).await?;
            intent
        }
    };
    let provider = &payments.provider;
    if !provider.charge(&order, &intent, &charge.method).await? {
        return Ok(StatusCode::PAYMENT_REQUIRED);
    }
    let payment = payments.write(&order, "captured", "1").await?;
    if payment.contains_key("cancelled") {
        provider.cancel(&order, &intent).await?;
        return Ok(StatusCode::CONFLICT);
    }
    Ok(StatusCode::OK)
}

async fn cancel(
    State(payments): State<Arc<Payments>>,
    Path(order): Path<OrderId>,
) -> Result<StatusCode, Unavailable> {
    let payment = payments.write(&order, "cancelled", "1").await?;
    if let Some(intent) = payment.get("intent") {
        payments.provider.cancel(&order, intent).await?;
    }
    Ok(StatusCode::OK)
}

impl Payments {
    fn key(&self, order: &OrderId) -> String {
        self.runtime.partitions()[0].key(&["rest", "payment", order.as_str()])
    }

    async fn find(&self, order: &OrderId) -> redis::RedisResult<HashMap<String, String>> {
        let mut link = self.runtime.server().link();
        let mut read = redis::cmd("HGETALL");
        read.arg(self.key(order)).query_async(&mut link).await
    }

    /// Writes a field, and returns all of them.
    async fn write(
        &self,
        order: &OrderId,
        field: &str,
        value: &str,
    ) -> redis::RedisResult<HashMap<String, String>> {
        let (key, mut link) = (self.key(order), self.runtime.server().link());
        let mut pipe = redis::pipe();
        pipe.hset(&key, field, value).ignore().hgetall(&key);
        let (fields,) = pipe.query_async(&mut link).await?;
        Ok(fields)
    }
}
