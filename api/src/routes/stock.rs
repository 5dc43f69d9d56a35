//! The stock ledger of a product, for administrators.

use axum::{
    Json as Answer,
    extract::{Path, State},
};
use contracts::ProductId;
use serde::Serialize;
use serde_json::Value;
use store::{
    inventory::{self, Adjusted, Stock},
    read_model::{Shelf, Update},
};

use super::products::known;
use crate::{
    Api,
    body::{At, Faults, Json},
    caller::Admin,
    problem::{Problem, kinds},
    trace::Trace,
};

/// The most units one delivery or write-off may have.
const MOST: u64 = 1_000_000_000;

/// What became of every unit ever received.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StockJson {
    product_id: ProductId,
    #[serde(flatten)]
    stock: Stock,
}

pub(super) async fn show(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
) -> Result<Answer<StockJson>, Problem> {
    ledger(&api, known(&api, &id)?.stored.product.id.clone()).await
}

pub(super) async fn adjust(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    Trace(trace): Trace,
    body: Json,
) -> Result<Answer<StockJson>, Problem> {
    let delta = delta(&body.value()?)?;
    let id = known(&api, &id)?.stored.product.id.clone();
    match inventory::adjust(api.runtime(), &id, delta, trace).await? {
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
    }
}

async fn ledger(api: &Api, product_id: ProductId) -> Result<Answer<StockJson>, Problem> {
    let stock = inventory::stock(api.runtime(), &product_id).await?;
    Ok(Answer(StockJson { product_id, stock }))
}

fn delta(body: &Value) -> Result<i64, Problem> {
    let mut faults = Faults::default();
    let fields = faults.object(body, At::Root, &["delta"]);
    let given = fields.and_then(|fields| faults.required(&fields, "delta"));
    let delta = given.and_then(Value::as_i64);
    let delta = delta.filter(|units| (1..=MOST).contains(&units.unsigned_abs()));
    if given.is_some() && delta.is_none() {
        let detail = format!("must be an integer from -{MOST} to {MOST}, not 0");
        faults.add(At::Root.field("delta"), detail);
    }
    match delta {
        Some(delta) => faults.finish().map(|()| delta),
        None => Err(faults.problem()),
    }
}
