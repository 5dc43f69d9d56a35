//! Placing an order.

use std::time::Duration;

use contracts::{CustomerId, OrderDocument, OrderId, Service, event::OrderPlaced};
use streamward::{Envelope, Runtime, TraceParent, clock, pack};

use super::open_orders::{self, OpenLimits, OverLimit};
use crate::{Result, durability::Durability, keys, script::Answer, step::pack_head};

/// Retention of an idempotency key.
const KEY_TTL: Duration = Duration::from_secs(24 * 3600);

/// A validated and priced order request.
#[derive(Clone, Debug)]
pub struct Placement<'a> {
    /// The order itself.
    pub doc: &'a OrderDocument,
    /// Charge this method as soon as the holds are granted.
    pub payment_method: Option<&'a str>,
    /// The client's idempotency key and the digest of its request.
    pub idempotency: Option<(&'a str, &'a str)>,
    /// Limits on open, unpaid orders of the customer.
    pub limits: OpenLimits,
    /// The trace of the request.
    pub trace: TraceParent,
}

replies! {
    /// Result of a placement.
    pub Placed {
        /// The order exists now.
        New(OrderId) = "PLACED",
        /// The same request was accepted before; this is its order.
        Replay(OrderId) = "REPLAY",
        /// The idempotency key was used for another request.
        KeyReused = "MISMATCH",
        /// The customer has too much open and unpaid.
        OverLimit(OverLimit) = "TOO_MANY_ORDERS" | "TOO_MANY_UNITS",
    }
}

/// Accepts an order, durably as `durability` says.
///
/// # Errors
/// [`streamward::Error`]; when the answer was lost the order may exist, and the same idempotency
/// key finds it.
pub async fn place_order(
    runtime: &Runtime,
    durability: Durability,
    placement: &Placement<'_>,
) -> Result<Placed> {
    let doc = placement.doc;
    debug_assert_eq!(doc.discount, 0, "a discount is granted, not placed");
    let customer = &doc.customer_id;
    let partition = keys::home(runtime, customer.as_str());
    let now = clock::now_ms();
    let order = OrderId::new(partition.index(), now, rand::random());

    let mut keys = vec![
        keys::order(partition, &order),
        keys::topics(partition, Service::Order),
        keys::orders_of(partition, customer),
        keys::open_of(partition, customer),
    ];
    if let Some((key, _)) = placement.idempotency {
        keys.push(keys::idempotency(partition, &scope(customer, key)));
    }
    let script = script!("order/place_order" {
        order: &order,
        customer,
        now,
        head: pack_head(|document| OrderPlaced {
            order_id: order.clone(),
            order: document,
        })?,
        doc: pack("OrderDocument", doc)?,
        subtotal: doc.subtotal,
        currency: doc.currency,
        needs: needs(doc),
        method: placement.payment_method,
        envelope: Envelope::next(placement.trace),
        fingerprint: placement.idempotency.map(|(_, fingerprint)| fingerprint),
        key_ttl: KEY_TTL,
        lines: open_orders::lines_of(&doc.items),
        most_open_orders: placement.limits.orders,
        most_units: placement.limits.units,
        open_ttl: open_orders::TTL,
    });
    Placed::read(durability.run(runtime, script.call(&keys, &[])).await?)
}

/// The services whose holds the order waits for.
const fn needs(doc: &OrderDocument) -> &'static str {
    match doc.coupon {
        None => "inventory",
        Some(_) => "inventory,promotion",
    }
}

/// Returns the earlier result of a request under this idempotency key.
pub async fn placed_before(
    runtime: &Runtime,
    customer: &CustomerId,
    (key, fingerprint): (&str, &str),
) -> Result<Option<Placed>> {
    let partition = keys::home(runtime, customer.as_str());
    let mut get = redis::cmd("GET");
    get.arg(keys::idempotency(partition, &scope(customer, key)));
    let taken: Option<String> = get.query_async(&mut runtime.server().link()).await?;
    let Some((theirs, first)) = taken.as_deref().and_then(|taken| taken.split_once(' ')) else {
        return Ok(None);
    };
    Ok(Some(match first.parse() {
        Ok(order) if theirs == fingerprint => Placed::Replay(order),
        _ => Placed::KeyReused,
    }))
}

/// Scopes a key to its customer, so that no other customer can read or block it.
fn scope(customer: &CustomerId, key: &str) -> String {
    keys::digest(&[customer.as_str().as_bytes(), key.as_bytes()])
}
