//! The catalogue, for everybody.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State},
};
use contracts::{Product, ProductId};
use serde::{Serialize, Serializer};

use crate::{
    Api,
    page::{Page, Params, cursor, limit},
    problem::Problem,
};

const LONGEST_QUERY: usize = 100;

/// A product and how many of it can be ordered now.
#[derive(Serialize)]
pub(super) struct ProductJson {
    #[serde(flatten, serialize_with = "shared")]
    product: Arc<Product>,
    available: i64,
}

fn shared<S: Serializer>(product: &Arc<Product>, serializer: S) -> Result<S::Ok, S::Error> {
    product.serialize(serializer)
}

pub(super) async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Answer<Page<ProductJson>>, Problem> {
    let after: Option<ProductId> = cursor(&params, "after")?;
    let query = params
        .get("query")
        .map(|query| query.to_lowercase())
        .unwrap_or_default();
    if query.len() > LONGEST_QUERY {
        let detail = format!("query may have {LONGEST_QUERY} bytes.");
        return Err(Problem::parameter("query", detail));
    }
    let (products, has_more) = api.catalog().page(&query, after.as_ref(), limit(&params)?);
    let ids: Vec<_> = products.iter().map(|product| product.id.clone()).collect();
    let available = store::inventory::available(api.runtime(), &ids).await?;
    let next = ids.last().filter(|_| has_more).map(ToString::to_string);
    let data = products.into_iter().zip(available);
    let data = data
        .map(|(product, available)| ProductJson { product, available })
        .collect();
    Ok(Answer(Page {
        data,
        has_more,
        next,
    }))
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Answer<ProductJson>, Problem> {
    let product = known(&api, &id)?;
    with_stock(&api, product).await.map(Answer)
}

/// The product `id` of the read model.
pub(super) fn known(api: &Api, id: &str) -> Result<Arc<Product>, Problem> {
    let id: Option<ProductId> = id.parse().ok();
    id.and_then(|id| api.catalog().get(&id))
        .ok_or_else(Problem::not_found)
}

pub(super) async fn with_stock(api: &Api, product: Arc<Product>) -> Result<ProductJson, Problem> {
    let ids = std::slice::from_ref(&product.id);
    let available = store::inventory::available(api.runtime(), ids).await?;
    Ok(ProductJson {
        available: available.first().copied().unwrap_or(0),
        product,
    })
}
