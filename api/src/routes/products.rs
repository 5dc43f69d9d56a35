//! The catalogue, for everybody.

use axum::{
    Json as Answer,
    extract::{Path, State},
};
use contracts::{Product, ProductId};
use serde::{Serialize, Serializer};

use crate::{
    Api,
    catalog::Shown,
    page::{Page, Params, cursor, limit},
    problem::Problem,
};

const LONGEST_QUERY: usize = 100;

/// A product and how many of it can be ordered now.
pub(super) struct ProductJson(pub(super) Shown);

impl Serialize for ProductJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Json<'a> {
            #[serde(flatten)]
            product: &'a Product,
            available: i64,
            in_stock: bool,
        }
        let available = self.0.available;
        let json = Json {
            product: &self.0.stored.product,
            available,
            in_stock: available > 0,
        };
        json.serialize(serializer)
    }
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
    let last = products.last().filter(|_| has_more);
    Ok(Answer(Page {
        next: last.map(|shown| shown.stored.product.id.to_string()),
        data: products.into_iter().map(ProductJson).collect(),
        has_more,
    }))
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Answer<ProductJson>, Problem> {
    known(&api, &id).map(ProductJson).map(Answer)
}

/// The product `id` of the read model.
pub(super) fn known(api: &Api, id: &str) -> Result<Shown, Problem> {
    let id: Option<ProductId> = id.parse().ok();
    id.and_then(|id| api.catalog().get(&id))
        .ok_or_else(Problem::not_found)
}
