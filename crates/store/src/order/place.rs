//! Placing an order.

use std::time::Duration;

use contracts::{
    CustomerId, OrderDocument, OrderId,
    event::{Message, OrderPlaced},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use streamward::{Envelope, Runtime, TraceParent, clock, pack, pack_head};

use super::open_orders::{self, OpenLimits, OverLimit};
use crate::{Result, durability::Durability, keys, millis::millis, scripts};

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

/// Result of a placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The order exists now.
    New(OrderId),
    /// The same request was accepted before; this is its order.
    Replay(OrderId),
    /// The idempotency key was used for another request.
    KeyReused,
    /// The customer has too much open and unpaid.
    OverLimit(OverLimit),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    order_id: &'a OrderId,
    order: (),
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
    let index = customer.partition(runtime.partition_count());
    let partition = &runtime.partitions()[usize::from(index)];
    let now = clock::now_ms();
    let order = OrderId::new(index, now, rand::random());
    let envelope = Envelope::next(placement.trace);

    let mut all = vec![
        keys::order(partition, &order),
        keys::stream(partition, contracts::Service::Order),
        keys::orders_of(partition, customer),
        keys::open_of(partition, customer),
    ];
    if let Some((key, _)) = placement.idempotency {
        all.push(keys::idempotency(partition, &scope(customer, key)));
    }
    let head = Head {
        order_id: &order,
        order: (),
    };
    let call = scripts::PLACE_ORDER
        .call(&all)
        .arg(order.as_str())
        .arg(customer.as_str())
        .arg(now)
        .arg(pack_head(OrderPlaced::KIND, &head)?)
        .arg(pack("OrderDocument", doc)?)
        .arg(doc.subtotal)
        .arg(doc.currency.as_str())
        .arg(needs(doc))
        .arg(placement.payment_method.unwrap_or(""))
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(
            placement
                .idempotency
                .map_or("", |(_, fingerprint)| fingerprint),
        )
        .arg(millis(KEY_TTL))
        .arg(open_orders::lines_of(&doc.items))
        .arg(placement.limits.orders)
        .arg(placement.limits.units)
        .arg(millis(open_orders::TTL));
    let mut reply = durability.run(runtime, call).await?;
    match reply.tag() {
        "PLACED" => Ok(Placed::New(order)),
        "REPLAY" => {
            let first: String = reply.take()?;
            first
                .parse()
                .map(Placed::Replay)
                .map_err(|_| reply.unexpected())
        }
        "MISMATCH" => Ok(Placed::KeyReused),
        "TOO_MANY_ORDERS" => Ok(Placed::OverLimit(OverLimit::Orders(reply.take()?))),
        "TOO_MANY_UNITS" => {
            let product: String = reply.take()?;
            let product = product.parse().map_err(|_| reply.unexpected())?;
            Ok(Placed::OverLimit(OverLimit::Units(product, reply.take()?)))
        }
        _ => Err(reply.unexpected()),
    }
}

/// The services whose holds the order waits for.
const fn needs(doc: &OrderDocument) -> &'static str {
    match doc.coupon {
        None => "inventory",
        Some(_) => "inventory,promotion",
    }
}

/// Returns the earlier result of a request under this idempotency key.
///
/// # Errors
/// [`streamward::Error`].
pub async fn placed_before(
    runtime: &Runtime,
    customer: &CustomerId,
    (key, fingerprint): (&str, &str),
) -> Result<Option<Placed>> {
    let index = customer.partition(runtime.partition_count());
    let partition = &runtime.partitions()[usize::from(index)];
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
    let mut digest = Sha256::new();
    digest.update(customer.as_str());
    digest.update([0]);
    digest.update(key);
    hex::encode(&digest.finalize()[..16])
}
