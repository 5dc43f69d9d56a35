//! The inventory service: reserves all lines of an order, then sells or returns them.

use std::sync::{Arc, LazyLock};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::put,
};
use contracts::{Line, OrderId};
use redis::Script;
use streamward::Runtime;

use super::Unavailable;

/// Reserves all lines or none. KEYS: reservation, stock of each line. ARGV: units of each line.
///
/// Returns the state of the reservation: `held`, or how it ended; `short` without enough units.
static RESERVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local state = redis.call('HGET', KEYS[1], 'state')
if state then return state end
for i = 2, #KEYS do
  if tonumber(redis.call('HGET', KEYS[i], 'available') or '0') < tonumber(ARGV[i - 1]) then return 'short' end
end
for i = 2, #KEYS do
  redis.call('HINCRBY', KEYS[i], 'available', -ARGV[i - 1])
  redis.call('HINCRBY', KEYS[i], 'reserved', ARGV[i - 1])
end
redis.call('HSET', KEYS[1], 'state', 'held')
return 'held'",
    )
});

/// Ends a reservation. KEYS as above. ARGV: `sold` or `returned`, units of each line.
///
/// Returns the state of the reservation. Without one, a later one is refused.
static END: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local state = redis.call('HGET', KEYS[1], 'state')
if state and state ~= 'held' then return state end
if state then
  for i = 2, #KEYS do
    redis.call('HINCRBY', KEYS[i], 'reserved', -ARGV[i])
    redis.call('HINCRBY', KEYS[i], ARGV[1] == 'sold' and 'sold' or 'available', ARGV[i])
  end
end
redis.call('HSET', KEYS[1], 'state', ARGV[1])
return ARGV[1]",
    )
});

pub(super) fn router(runtime: Runtime) -> Router {
    Router::new()
        .route("/reservations/{order}", put(reserve))
        .route("/reservations/{order}/{ending}", put(end))
        .with_state(Arc::new(runtime))
}

async fn reserve(
    State(runtime): State<Arc<Runtime>>,
    Path(order): Path<OrderId>,
    Json(lines): Json<Vec<Line>>,
) -> Result<StatusCode, Unavailable> {
    let state = run(&runtime, &RESERVE, &order, None, &lines).await?;
    Ok(match state.as_str() {
        "held" | "sold" => StatusCode::OK,
        _ => StatusCode::CONFLICT,
    })
}

async fn end(
    State(runtime): State<Arc<Runtime>>,
    Path((order, ending)): Path<(OrderId, String)>,
    Json(lines): Json<Vec<Line>>,
) -> Result<StatusCode, Unavailable> {
    if !matches!(ending.as_str(), "sold" | "returned") {
        return Ok(StatusCode::NOT_FOUND);
    }
    let state = run(&runtime, &END, &order, Some(&ending), &lines).await?;
    Ok(if state == ending {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    })
}

async fn run(
    runtime: &Runtime,
    script: &Script,
    order: &OrderId,
    ending: Option<&str>,
    lines: &[Line],
) -> Result<String, redis::RedisError> {
    let partition = &runtime.partitions()[0];
    let mut call = script.prepare_invoke();
    call.key(partition.key(&["inventory", "reservation", order.as_str()]));
    call.arg(ending);
    for line in lines {
        call.key(partition.key(&["inventory", "stock", line.product_id.as_str()]));
        call.arg(line.quantity);
    }
    call.invoke_async(&mut runtime.server().link()).await
}
