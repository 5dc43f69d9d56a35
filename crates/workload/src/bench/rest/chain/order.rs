//! The order service: takes the buyer's request and runs the whole chain before it answers.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use anyhow::{Result, bail};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use contracts::{
    Contact, Currency, CustomerId, Line, OrderDocument, OrderId, OrderStatus, Product, ProductId,
};
use redis::Script;
use serde::{Deserialize, Serialize};
use shop::demo_catalog;
use store::{
    durability::Durability,
    order::{OpenLimits, Placed, Placement},
};
use streamward::{Runtime, TraceParent};
use tokio_util::task::TaskTracker;

use super::{ChainSettings, Unavailable, payment::Charge};
use crate::bench::{
    fixture::PRODUCTS,
    rest::client::{PERSISTENT, Peer, QUICK},
};

const INVENTORY_TIMEOUT: Duration = Duration::from_secs(1);
/// Above two requests to the provider, which may take 5 s each.
const PAYMENT_TIMEOUT: Duration = Duration::from_secs(11);
const NOTIFICATION_TIMEOUT: Duration = Duration::from_secs(5);

/// Ends an order that is still placed, and returns its state. KEYS: order. ARGV: state.
static END: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'placed' then return status end
redis.call('HSET', KEYS[1], 'status', ARGV[1])
return ARGV[1]",
    )
});

struct Orders {
    runtime: Runtime,
    catalog: HashMap<ProductId, Product>,
    inventory: Peer,
    payment: Peer,
    notification: Peer,
    /// Chains, which continue when their buyer hangs up, and retries that outlast an answer.
    tasks: TaskTracker,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cart {
    items: Vec<Item>,
    payment_method: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    product_id: ProductId,
    quantity: u32,
}

pub(super) fn router(runtime: Runtime, settings: &ChainSettings) -> Result<Router> {
    let products = demo_catalog::products(PRODUCTS).into_iter();
    let products = products.map(|demo| (demo.product.id.clone(), demo.product));
    let orders = Orders {
        runtime,
        catalog: products.collect(),
        inventory: Peer::new(&settings.inventory, INVENTORY_TIMEOUT)?,
        payment: Peer::new(&settings.payment, PAYMENT_TIMEOUT)?,
        notification: Peer::new(&settings.notification, NOTIFICATION_TIMEOUT)?,
        tasks: TaskTracker::new(),
    };
    let tasks = async |State(orders): State<Arc<Orders>>| orders.tasks.len().to_string();
    Ok(Router::new()
        .route("/v1/orders", post(place))
        .route("/tasks", get(tasks))
        .with_state(Arc::new(orders)))
}

async fn place(
    State(orders): State<Arc<Orders>>,
    headers: HeaderMap,
    Json(cart): Json<Cart>,
) -> Result<Response, Unavailable> {
    let header = |name| headers.get(name)?.to_str().ok();
    let customer = header("x-customer").and_then(|text| text.parse().ok());
    let (Some(customer), Some(key)) = (customer, header("idempotency-key")) else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    let Some(document) = orders.price(customer, &cart) else {
        return Ok(StatusCode::UNPROCESSABLE_ENTITY.into_response());
    };
    let (chain, key) = (Arc::clone(&orders), key.to_owned());
    let chain = async move { chain.run(&document, &cart.payment_method, &key).await };
    let (order, status) = orders.tasks.spawn(chain).await??;
    let location = [(LOCATION, format!("/v1/orders/{order}"))];
    Ok((status, location).into_response())
}

impl Orders {
    fn price(&self, customer_id: CustomerId, cart: &Cart) -> Option<OrderDocument> {
        let line = |item: &Item| {
            let product = self.catalog.get(&item.product_id)?;
            Some(Line {
                product_id: product.id.clone(),
                name: product.name.clone(),
                quantity: item.quantity,
                unit_price: product.price.amount,
            })
        };
        let items: Vec<Line> = cart.items.iter().map(line).collect::<Option<_>>()?;
        Some(OrderDocument {
            customer_id,
            contact: Contact {
                name: "Bench Mark".to_owned(),
                email: "bench@example.com".to_owned(),
                phone: Some("+15550101".to_owned()),
            },
            coupon: None,
            discount: 0,
            subtotal: items.iter().map(Line::total).sum(),
            currency: Currency::EUR,
            items,
        })
    }

    /// Runs the chain and returns the order with the status of the answer. A repeated request continues
    /// an order that has not ended.
    async fn run(
        self: Arc<Self>,
        doc: &OrderDocument,
        method: &str,
        key: &str,
    ) -> Result<(OrderId, StatusCode)> {
        let placement = Placement {
            doc,
            payment_method: Some(method),
            idempotency: Some((key, key)),
            limits: OpenLimits::default(),
            trace: TraceParent::start(),
        };
        let placed = store::order::place_order(&self.runtime, Durability::EverySecond, &placement);
        let order = match placed.await? {
            Placed::New(order) => order,
            Placed::Replay(order) => {
                let known = store::order::find(&self.runtime, &order).await?;
                match known.map(|order| order.status) {
                    Some(OrderStatus::Placed) => order,
                    Some(OrderStatus::Confirmed) => return Ok((order, StatusCode::CREATED)),
                    _ => return Ok((order, StatusCode::SERVICE_UNAVAILABLE)),
                }
            }
            Placed::KeyReused | Placed::OverLimit(_) => bail!("the order was not accepted"),
        };
        let charge = Charge {
            amount: doc.total(),
            method: method.to_owned(),
        };
        if let Err(refusal) = self.reserve_and_charge(&order, doc, &charge).await {
            self.end(&order, "rejected").await?;
            self.compensate(&order, doc);
            return Ok((order, refusal));
        }
        if self.end(&order, "confirmed").await? != "confirmed" {
            return Ok((order, StatusCode::SERVICE_UNAVAILABLE));
        }
        let sold = format!("/reservations/{order}/sold");
        self.ensure(&self.inventory, sold, doc.items.clone()).await;
        let notified = format!("/notifications/{order}");
        self.ensure(&self.notification, notified, doc.clone()).await;
        Ok((order, StatusCode::CREATED))
    }

    async fn reserve_and_charge(
        &self,
        order: &OrderId,
        doc: &OrderDocument,
        charge: &Charge,
    ) -> Result<(), StatusCode> {
        let (reservation, payment) = (
            format!("/reservations/{order}"),
            format!("/charges/{order}"),
        );
        expect_ok(self.inventory.put(&reservation, &doc.items, QUICK).await)?;
        expect_ok(self.payment.put(&payment, charge, QUICK).await)
    }

    async fn end(&self, order: &OrderId, status: &str) -> redis::RedisResult<String> {
        let key = self.runtime.partitions()[0].key(&["order", order.as_str()]);
        let mut link = self.runtime.server().link();
        END.key(key).arg(status).invoke_async(&mut link).await
    }

    /// Takes back what a failed order may hold, without letting the buyer wait.
    fn compensate(&self, order: &OrderId, doc: &OrderDocument) {
        self.retry(&self.payment, format!("/charges/{order}/cancelled"), ());
        let returned = format!("/reservations/{order}/returned");
        self.retry(&self.inventory, returned, doc.items.clone());
    }

    /// Puts `body`; the buyer waits for the quick attempts only.
    async fn ensure<B>(&self, peer: &Peer, path: String, body: B)
    where
        B: Serialize + Send + Sync + 'static,
    {
        if peer.put(&path, &body, QUICK).await.is_err() {
            self.retry(peer, path, body);
        }
    }

    fn retry<B>(&self, peer: &Peer, path: String, body: B)
    where
        B: Serialize + Send + Sync + 'static,
    {
        let peer = peer.clone();
        self.tasks.spawn(async move {
            if let Err(error) = peer.put(&path, &body, PERSISTENT).await {
                tracing::warn!(%error, "given up; a person must reconcile it");
            }
        });
    }
}

/// Returns the status of the answer to a buyer when a step did not succeed.
fn expect_ok(step: Result<StatusCode>) -> Result<(), StatusCode> {
    match step {
        Ok(StatusCode::OK) => Ok(()),
        Ok(refused) => Err(refused),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}
