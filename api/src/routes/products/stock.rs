//! The stock ledger of a product, for administrators.

use axum::{
    Extension, Json as Answer,
    extract::{Path, State},
};
use contracts::ProductId;
use serde::Serialize;
use serde_json::Value;
use store::{
    EntryId,
    account::Role,
    inventory::{self, Adjusted, Adjustment, LedgerLine, Stock, When},
    read_model::{Shelf, Update},
};
use streamward::clock::rfc3339;
use utoipa::ToSchema;

use super::known;
use crate::{
    Api,
    auth::principal::{Admin, Caller},
    http::body::{At, Faults, Json, one_line},
    http::page::{Page, Params, cursor, limit},
    middleware::idempotency::RequestFingerprint,
    middleware::trace_context::Trace,
    openapi::{
        answers,
        bodies::StockChange,
        params::{EntriesQuery, ProductPath},
    },
    problem::{Problem, kinds},
};

/// The most units one delivery or write-off may have.
const MOST: u64 = 1_000_000_000;
const LONGEST_REASON: usize = 200;

/// What became of every unit ever received.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StockJson {
    product_id: ProductId,
    #[serde(flatten)]
    stock: Stock,
}

/// Shows what became of every unit ever received.
#[utoipa::path(
    get,
    path = "/v1/products/{id}/stock",
    tag = "catalogue",
    operation_id = "showStock",
    security(("bearer" = ["admin"])),
    params(ProductPath),
    responses((status = 200, description = "The stock.", body = answers::Stock)),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
) -> Result<Answer<StockJson>, Problem> {
    ledger(&api, known(&api, &id)?.stored().product.id.clone()).await
}

/// Takes units in, or writes them off.
#[utoipa::path(
    post,
    path = "/v1/products/{id}/stock",
    tag = "catalogue",
    operation_id = "adjustStock",
    security(("bearer" = ["admin"])),
    params(ProductPath),
    request_body = StockChange,
    responses((status = 200, description = "The stock after it.", body = answers::Stock)),
    extensions(("x-problems" = json!(["insufficient-stock"]))),
)]
pub(crate) async fn adjust(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Trace(trace): Trace,
    deed: Option<Extension<RequestFingerprint>>,
    body: Json,
) -> Result<Answer<StockJson>, Problem> {
    caller.require(&[Role::Admin])?;
    let value = body.value()?;
    let (delta, reason) = read(&value)?;
    let adjustment = Adjustment {
        delta,
        reason: reason.as_deref().unwrap_or_default(),
        actor: &caller.0.email,
        when: deed
            .as_ref()
            .map_or(When::Any, |deed| When::Once(&deed.0.0)),
    };
    let id = known(&api, &id)?.stored().product.id.clone();
    match inventory::adjust_stock(api.runtime(), &id, adjustment, trace).await? {
        Adjusted::Adjusted(stock, as_of) => {
            api.catalog().apply(Update::Counted(Shelf {
                // The first partition takes all adjustments.
                partition: 0,
                product: id.clone(),
                available: stock.available,
                as_of,
            }));
            ledger(&api, id).await
        }
        Adjusted::Short { available } => Err(Problem::new(&kinds::INSUFFICIENT_STOCK)
            .detail(format!("{available} units of {id} are available."))
            .with("available", available)),
        Adjusted::Kept => ledger(&api, id).await,
    }
}

async fn ledger(api: &Api, product_id: ProductId) -> Result<Answer<StockJson>, Problem> {
    let stock = inventory::stock(api.runtime(), &product_id).await?;
    Ok(Answer(StockJson { product_id, stock }))
}

/// How many units, and why.
fn read(body: &Value) -> Result<(i64, Option<String>), Problem> {
    let mut faults = Faults::default();
    let Some(fields) = faults.object(body, At::Root, &["delta", "reason"]) else {
        return Err(faults.problem());
    };
    let given = faults.required(&fields, "delta");
    let delta = given.and_then(Value::as_i64);
    let delta = delta.filter(|units| (1..=MOST).contains(&units.unsigned_abs()));
    if given.is_some() && delta.is_none() {
        let detail = format!("must be an integer from -{MOST} to {MOST}, not 0");
        faults.add(At::Root.field("delta"), detail);
    }
    let reason = faults.optional_text(&fields, "reason", |text| one_line(text, LONGEST_REASON));
    match delta {
        Some(delta) => faults.finish().map(|()| (delta, reason)),
        None => Err(faults.problem()),
    }
}

/// One adjustment: how many units, why, by whom and when, and what there was after it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StockLine)]
pub(crate) struct LineJson {
    id: String,
    #[schema(format = DateTime)]
    at: String,
    delta: i64,
    reason: Option<String>,
    actor: String,
    received: i64,
    available: i64,
}

impl From<LedgerLine> for LineJson {
    fn from(line: LedgerLine) -> Self {
        Self {
            id: line.id.to_string(),
            at: rfc3339(line.id.ms()),
            delta: line.delta,
            reason: Some(line.reason).filter(|reason| !reason.is_empty()),
            actor: line.actor,
            received: line.received,
            available: line.available,
        }
    }
}

/// Lists the adjustments, newest first.
#[utoipa::path(
    get,
    path = "/v1/products/{id}/stock/ledger",
    tag = "catalogue",
    operation_id = "listStockChanges",
    security(("bearer" = ["admin"])),
    params(ProductPath, EntriesQuery),
    responses((status = 200, description = "A page of adjustments.", body = Page<LineJson>)),
)]
pub(crate) async fn lines(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    params: Params,
) -> Result<Answer<Page<LineJson>>, Problem> {
    let id = known(&api, &id)?.stored().product.id.clone();
    let (before, limit) = (cursor::<EntryId>(&params, "after")?, limit(&params)?);
    let mut found = inventory::ledger(api.runtime(), &id, before, limit + 1).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    Ok(Answer(Page {
        next: last.map(|line| line.id.to_string()),
        data: found.into_iter().map(LineJson::from).collect(),
        has_more,
    }))
}
