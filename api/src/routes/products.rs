//! The catalogue, which is public.

pub(crate) mod edit;
pub(crate) mod fields;
mod query;
pub(crate) mod stock;

use std::{collections::BTreeMap, sync::Arc};

use axum::{extract::State, http::HeaderMap};
use contracts::{Product, ProductId};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use self::query::Wanted;
use crate::{
    Api,
    http::{Id, Params, etag},
    openapi::params::{IfNoneMatch, ProductQuery},
    problem::{ApiResult, Problem},
    read_model::{catalog::Browsed, item::Shown},
};

/// A product and its availability, as [`Shown`] writes it.
#[derive(ToSchema)]
#[schema(as = ProductWithStock, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what the read model writes")]
pub(crate) struct ProductJson {
    #[serde(flatten)]
    product: Product,
    /// Units that can be ordered now.
    available: i64,
    in_stock: bool,
}

/// A page of products, and on request the number of products in each category.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is written as text")]
pub(crate) struct Products {
    data: Vec<ProductJson>,
    has_more: bool,
    /// The cursor of the next page, when there is one.
    next: Option<String>,
    #[schema(nullable = false)]
    facets: Option<Facets>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written as text")]
struct Facets {
    categories: BTreeMap<String, u64>,
}

const START: &[u8] = b"{\"data\":[";

/// A page of products as it is written.
struct ProductList {
    products: Vec<Shown>,
    /// The JSON after the products.
    rest: String,
}

impl From<Browsed> for ProductList {
    fn from(found: Browsed) -> Self {
        let next = found.next.map(|cursor| cursor.to_string());
        let mut rest = format!("],\"hasMore\":{},\"next\":{}", next.is_some(), json!(next));
        if let Some(categories) = found.categories {
            let facets = json!({ "categories": categories });
            rest.push_str(&format!(",\"facets\":{facets}"));
        }
        rest.push('}');
        Self {
            products: found.products,
            rest,
        }
    }
}

impl ProductList {
    /// Returns a digest that no other list has.
    fn digest(&self) -> Sha256 {
        let mut digest = Sha256::new();
        for shown in &self.products {
            shown.digest(&mut digest);
        }
        digest.update(&self.rest);
        digest
    }

    fn body(&self) -> Vec<u8> {
        let products: usize = self.products.iter().map(Shown::json_len).sum();
        let mut body = Vec::with_capacity(START.len() + products + self.rest.len());
        body.extend_from_slice(START);
        for (place, shown) in self.products.iter().enumerate() {
            if place > 0 {
                body.push(b',');
            }
            shown.write_json(&mut body);
        }
        body.extend_from_slice(self.rest.as_bytes());
        body
    }
}

/// Lists products: all by id, or those of a query and filters in another order.
#[utoipa::path(
    get, path = "/v1/products", tag = "catalogue", operation_id = "listProducts",
    params(ProductQuery, IfNoneMatch),
    responses(
        (status = 200, description = "A page of products.", body = Products, headers(("ETag" = String, description = "Tag of the answer."))),
        (status = 304, description = "The client has the current version.", headers(("ETag" = String, description = "Tag of the answer."))),
    ),
)]
pub(crate) async fn list(State(api): State<Api>, params: Params, headers: HeaderMap) -> ApiResult {
    let list = ProductList::from(find(&api, &params).await?);
    Ok(etag::list(&headers, list.digest(), || list.body()))
}

/// Finds the page of products that the parameters of a query describe.
pub(crate) async fn find(api: &Api, params: &Params) -> ApiResult<Browsed> {
    let wanted = Wanted::read(params)?;
    match wanted.find_at_once(api) {
        Some(found) => Ok(found),
        None => search(api, wanted).await,
    }
}

/// Searches on a blocking thread: a scan of all products would delay other requests.
async fn search(api: &Api, wanted: Wanted) -> ApiResult<Browsed> {
    let permit = Arc::clone(&api.scans).acquire_owned().await;
    let api = api.clone();
    let search = spawn_blocking(move || {
        // The search counts until it ends, even if the client disconnects.
        let _permit = permit;
        wanted.find(&api)
    });
    search.await.map_err(Problem::internal)?
}

/// Shows a product.
#[utoipa::path(
    get, path = "/v1/products/{id}", tag = "catalogue", operation_id = "showProduct",
    params(("id" = inline(ProductId), Path, description = "The product's id.", example = "mug-01"), IfNoneMatch),
    responses(
        (status = 200, description = "The product.", body = ProductJson, headers(("ETag" = String, description = "Tag of the answer."))),
        (status = 304, description = "The client has the current version.", headers(("ETag" = String, description = "Tag of the answer."))),
    ),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Id(id): Id<ProductId>,
    headers: HeaderMap,
) -> ApiResult {
    Ok(etag::product(&headers, &known(&api, &id)?))
}

/// Returns the product `id` of the read model.
pub(crate) fn known(api: &Api, id: &ProductId) -> ApiResult<Shown> {
    api.catalog.get(id).ok_or_else(Problem::not_found)
}
