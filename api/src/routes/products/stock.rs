//! The stock ledger of a product, for administrators.

use axum::{Extension, Json, extract::State};
use contracts::ProductId;
use serde::Serialize;
use serde_json::{Value, json};
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
    http::{
        At, Faults, Field, Id, JsonBody, Page, Params, cursor, fields::Line, limit, request_body,
    },
    middleware::{idempotency::RequestFingerprint, trace_context::Trace},
    openapi::params::EntriesQuery,
    problem::{JsonResult, Problem, kinds},
};

request_body! {
    /// Units that came in, or are written off.
    pub(crate) struct StockChange {
        /// Units that came in; below 0, units that are written off. Not 0.
        delta: Delta, example = 10;
        /// For the ledger, in one line.
        reason: Option<Line<200>>, example = "Delivery 4711";
    }
}

/// Units of one delivery or write-off.
pub(crate) struct Delta;

const MOST: i64 = 1_000_000_000;

impl Field for Delta {
    type Value = i64;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<i64> {
        let units = value.as_i64();
        let units = units.filter(|units| *units != 0 && (-MOST..=MOST).contains(units));
        if units.is_none() {
            let detail = format!("must be an integer from -{MOST} to {MOST}, not 0");
            faults.add(at, detail);
        }
        units
    }

    fn schema() -> Value {
        json!({ "type": "integer", "format": "int64", "minimum": -MOST, "maximum": MOST })
    }
}

/// The stock of a product. `received + transferredIn - transferredOut = available + reserved + sold`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ProductStock)]
pub(crate) struct StockJson {
    product_id: ProductId,
    #[serde(flatten)]
    stock: Stock,
}

/// Shows the stock of a product.
#[utoipa::path(
    get, path = "/v1/products/{id}/stock", tag = "catalogue", operation_id = "showStock",
    security(("bearer" = ["admin"])),
    params(("id" = inline(ProductId), Path, description = "The product's id.", example = "mug-01")),
    responses((status = 200, description = "The stock.", body = StockJson)),
)]
pub(crate) async fn show(Admin(api): Admin, Id(id): Id<ProductId>) -> JsonResult<StockJson> {
    known(&api, &id)?;
    ledger(&api, id).await
}

/// Receives units, or writes them off.
#[utoipa::path(
    post, path = "/v1/products/{id}/stock", tag = "catalogue", operation_id = "adjustStock",
    security(("bearer" = ["admin"])),
    params(("id" = inline(ProductId), Path, description = "The product's id.", example = "mug-01")),
    request_body = StockChange,
    responses((status = 200, description = "The stock after the change.", body = StockJson)),
    extensions(("x-problems" = json!(["insufficient-stock"]))),
)]
pub(crate) async fn adjust(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id<ProductId>,
    Trace(trace): Trace,
    fingerprint: Option<Extension<RequestFingerprint>>,
    body: JsonBody,
) -> JsonResult<StockJson> {
    caller.require(&[Role::Admin])?;
    let change: StockChange = body.read()?;
    let adjustment = Adjustment {
        delta: change.delta,
        reason: change.reason.as_deref().unwrap_or_default(),
        actor: &caller.0.email,
        when: fingerprint
            .as_ref()
            .map_or(When::Any, |fingerprint| When::Once(&fingerprint.0.0)),
        low_stock: Some(api.settings.low_stock),
    };
    known(&api, &id)?;
    match inventory::adjust_stock(&api.runtime, &id, adjustment, trace).await? {
        Adjusted::Adjusted(stock, revision) => {
            api.catalog.apply(Update::Counted(Shelf {
                // All adjustments are made in the first partition.
                partition: 0,
                product: id.clone(),
                available: stock.available,
                revision,
            }));
            ledger(&api, id).await
        }
        Adjusted::Short { available } => Err(Problem::new(&kinds::INSUFFICIENT_STOCK)
            .detail(format!("{available} units of {id} are available."))
            .with("available", available)),
        Adjusted::Kept => ledger(&api, id).await,
    }
}

async fn ledger(api: &Api, product_id: ProductId) -> JsonResult<StockJson> {
    let stock = inventory::stock(&api.runtime, &product_id).await?;
    Ok(Json(StockJson { product_id, stock }))
}

/// An adjustment, and the stock after it.
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
    get, path = "/v1/products/{id}/stock/ledger", tag = "catalogue", operation_id = "listStockChanges",
    security(("bearer" = ["admin"])),
    params(("id" = inline(ProductId), Path, description = "The product's id.", example = "mug-01"), EntriesQuery),
    responses((status = 200, description = "A page of adjustments.", body = Page<LineJson>)),
)]
pub(crate) async fn lines(
    Admin(api): Admin,
    Id(id): Id<ProductId>,
    params: Params,
) -> JsonResult<Page<LineJson>> {
    known(&api, &id)?;
    let (before, limit) = (cursor::<EntryId>(&params, "after")?, limit(&params)?);
    let found = inventory::ledger(&api.runtime, &id, before, limit + 1).await?;
    let next = |line: &LedgerLine| line.id.to_string();
    Ok(Json(Page::of(found, limit, next)))
}
