//! Placing an order: the hot path.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode},
    response::IntoResponse as _,
};
use contracts::{Contact, CustomerId, Money, OrderDocument, OrderId, OrderStatus};
use serde_json::json;
use store::{
    account::Principal,
    order::{OpenLimits, OrderView, OverLimit, Placed, Placement},
};
use streamward::TraceParent;

use super::{
    json::OrderJson,
    request::{NewOrder, PricedOrder},
};
use crate::{
    Api,
    auth::principal::Buyer,
    http::{
        At, JsonBody,
        idempotency_key::{IdempotencyKey, fingerprint, reused},
        location,
    },
    middleware::{idempotency::REPLAYED, trace_context::Trace},
    problem::{ApiResult, Problem, kinds},
    read_model::catalog::Catalog,
};

const PATH: &str = "/v1/orders";

/// Places an order.
///
/// The answer comes as soon as the order is stored; follow it at `Location` or by its events. The customer is notified
/// by mail. A payment method is charged when stock and coupon are held.
#[utoipa::path(
    post, path = "/v1/orders", tag = "orders", operation_id = "placeOrder",
    security(("bearer" = ["customer", "admin"])),
    request_body = NewOrder,
    responses((status = 202, description = "The order is accepted.", body = OrderJson<'_>, headers(("Location" = String, description = "URL of the order.")))),
    extensions(("x-problems" = json!(["price-changed", "sold-out", "too-many-open-orders", "too-many-open-units", "temporary-reduced-capacity"]))),
)]
pub(crate) async fn place(
    State(api): State<Api>,
    Buyer(buyer): Buyer,
    IdempotencyKey(key): IdempotencyKey,
    Trace(trace): Trace,
    body: JsonBody,
) -> ApiResult {
    let order = place_order(&api, buyer, key.as_deref(), trace, &body).await?;
    let mut response = accepted(&order.view)?;
    if order.is_replay {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// An order that is stored.
pub(crate) struct AcceptedOrder {
    pub(crate) view: OrderView,
    /// Whether an earlier request under the same key placed it.
    is_replay: bool,
}

/// Places the order of `body`, a [`NewOrder`], or finds the one that an earlier request under `key` placed.
pub(crate) async fn place_order(
    api: &Api,
    buyer: Principal,
    key: Option<&str>,
    trace: TraceParent,
    body: &JsonBody,
) -> ApiResult<AcceptedOrder> {
    let fingerprint = key.map(|_| fingerprint("POST", PATH, &body.0));
    let idempotency = key.zip(fingerprint.as_deref());
    let request = match read(body, api) {
        Ok(request) => request,
        // The catalogue may have changed since the first request: an accepted order stays accepted.
        Err(problem) => return replay(api, &buyer.customer_id, idempotency, problem).await,
    };
    if let Err(full) = api.high_water.check() {
        let problem = Problem::overloaded(full);
        return replay(api, &buyer.customer_id, idempotency, problem).await;
    }
    let doc = OrderDocument {
        customer_id: buyer.customer_id,
        contact: Contact {
            name: buyer.name,
            email: buyer.email,
            phone: buyer.phone,
        },
        items: request.items,
        currency: request.total.currency,
        coupon: request.coupon,
        subtotal: request.total.amount,
        discount: 0,
    };
    let placement = Placement {
        doc: &doc,
        payment_method: request.payment_method.as_deref(),
        idempotency,
        limits: api.settings.open_limits,
        trace,
    };
    match store::order::place_order(&api.runtime, api.settings.durability, &placement).await? {
        Placed::New(id) => {
            let view = OrderView {
                id,
                status: OrderStatus::Placed,
                doc,
                reason: None,
                shortages: Vec::new(),
                coupon_refusal: None,
                payment_status: None,
                pay_url: None,
                pay_before: None,
                history: Vec::new(),
            };
            Ok(AcceptedOrder {
                view,
                is_replay: false,
            })
        }
        Placed::Replay(id) => replayed(api, &id).await,
        Placed::KeyReused => Err(reused()),
        Placed::OverLimit(over) => Err(over_limit(&over, api.settings.open_limits, &doc)),
    }
}

/// Reads and prices the request.
fn read(body: &JsonBody, api: &Api) -> ApiResult<PricedOrder> {
    let request = PricedOrder::read(body, &api.catalog)?;
    check_total(request.expected_total, request.total)?;
    check_sold_out(&request, &api.catalog)?;
    Ok(request)
}

/// Rejects sold-out products immediately. Where some units are left, the inventory decides: units may be released until
/// it reserves them.
fn check_sold_out(request: &PricedOrder, catalog: &Catalog) -> ApiResult<()> {
    let wanted = request.items.iter().map(|line| &line.product_id);
    let places = catalog.sold_out(wanted);
    if places.is_empty() {
        return Ok(());
    }
    let items = At::Root.field("items");
    let fault = |place: &usize| {
        let item = items.item(*place);
        json!({ "detail": "is sold out", "pointer": item.field("productId").to_string() })
    };
    let ids: Vec<&str> = places
        .iter()
        .map(|place| request.items[*place].product_id.as_str())
        .collect();
    Err(Problem::new(&kinds::SOLD_OUT)
        .detail(format!("Sold out at present: {}.", ids.join(", ")))
        .with("products", json!(ids))
        .with(
            "errors",
            json!(places.iter().map(fault).collect::<Vec<_>>()),
        ))
}

/// Returns the order of an earlier request under the same key, or the problem.
async fn replay(
    api: &Api,
    customer: &CustomerId,
    idempotency: Option<(&str, &str)>,
    problem: Problem,
) -> ApiResult<AcceptedOrder> {
    let Some(idempotency) = idempotency else {
        return Err(problem);
    };
    match store::order::placed_before(&api.runtime, customer, idempotency).await? {
        Some(Placed::Replay(id)) => replayed(api, &id).await,
        Some(Placed::KeyReused) => Err(reused()),
        Some(Placed::New(_) | Placed::OverLimit(_)) | None => Err(problem),
    }
}

/// Returns the id of the order that an earlier request with this body under `key` has placed.
pub(crate) async fn placed_before(
    api: &Api,
    customer: &CustomerId,
    key: &str,
    body: &JsonBody,
) -> ApiResult<Option<OrderId>> {
    let fingerprint = fingerprint("POST", PATH, &body.0);
    let idempotency = (key, fingerprint.as_str());
    let placed = store::order::placed_before(&api.runtime, customer, idempotency).await?;
    Ok(match placed {
        Some(Placed::Replay(id)) => Some(id),
        Some(Placed::New(_) | Placed::KeyReused | Placed::OverLimit(_)) | None => None,
    })
}

async fn replayed(api: &Api, id: &OrderId) -> ApiResult<AcceptedOrder> {
    let order = store::order::find(&api.runtime, id).await?;
    let view = order.ok_or_else(|| Problem::internal(format!("order {id} is gone")))?;
    Ok(AcceptedOrder {
        view,
        is_replay: true,
    })
}

/// Returns 202 with the order and its URL.
pub(crate) fn accepted(order: &OrderView) -> ApiResult {
    let location = location(format!("{PATH}/{}", order.id))?;
    let order = Json(OrderJson::from(order));
    Ok((StatusCode::ACCEPTED, location, order).into_response())
}

/// Refuses a total that differs from the expected one.
fn check_total(expected: Option<Money>, total: Money) -> ApiResult<()> {
    if expected.is_none_or(|expected| expected == total) {
        return Ok(());
    }
    Err(Problem::new(&kinds::PRICE_CHANGED)
        .detail(format!("The items come to {total}."))
        .with("total", json!(total)))
}

/// Returns the problem of a customer with too many unpaid orders or units.
fn over_limit(over: &OverLimit, limits: OpenLimits, doc: &OrderDocument) -> Problem {
    match over {
        OverLimit::Orders(open) => Problem::new(&kinds::TOO_MANY_OPEN_ORDERS)
            .detail(format!(
                "{open} orders are unpaid; the limit is {}. Pay or cancel one first.",
                limits.orders
            ))
            .with(
                "limit",
                json!({ "name": "maxOpenOrders", "max": limits.orders, "open": open }),
            ),
        OverLimit::Units(product, open) => {
            let line = doc
                .items
                .iter()
                .position(|line| line.product_id == *product);
            let detail = format!(
                "{open} units of {product} are in unpaid orders; the limit is {}.",
                limits.units
            );
            let error = json!({
                "detail": &detail,
                "pointer": format!("#/items/{}/quantity", line.unwrap_or_default()),
            });
            Problem::new(&kinds::TOO_MANY_OPEN_UNITS)
                .detail(detail)
                .with(
                    "limit",
                    json!({
                        "name": "maxOpenUnits",
                        "max": limits.units,
                        "open": open,
                        "productId": product,
                    }),
                )
                .with("errors", json!([error]))
        }
    }
}
