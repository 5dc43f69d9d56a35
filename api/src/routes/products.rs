//! The catalogue, for everybody.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use contracts::{Product, ProductId};
use serde::{Serialize, Serializer};
use tokio::task::spawn_blocking;

use super::product_query::Wanted;
use crate::{
    Api,
    catalog::{Browsed, Shown},
    etag,
    openapi::{
        answers,
        params::{IfNoneMatch, ProductPath, ProductQuery},
    },
    page::{Page, Params},
    problem::Problem,
};

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

/// A page, and when they were asked for how many products each category has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListJson {
    #[serde(flatten)]
    page: Page<ProductJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<Facets>,
}

#[derive(Serialize)]
struct Facets {
    categories: BTreeMap<String, u64>,
}

impl From<Browsed> for ListJson {
    fn from(found: Browsed) -> Self {
        Self {
            page: Page {
                has_more: found.next.is_some(),
                next: found.next.map(|cursor| cursor.to_string()),
                data: found.products.into_iter().map(ProductJson).collect(),
            },
            facets: found.categories.map(|categories| Facets { categories }),
        }
    }
}

/// Lists products: all of them by id, or what a query, filters and an order ask for.
#[utoipa::path(
    get,
    path = "/v1/products",
    tag = "catalogue",
    operation_id = "listProducts",
    params(ProductQuery, IfNoneMatch),
    responses(
        (status = 200, description = "A page of products.", body = answers::Products, headers(("ETag" = String, description = "Names what is answered."))),
        (status = 304, description = "It is as the client knows it.", headers(("ETag" = String, description = "Names what is answered."))),
    ),
)]
pub(super) async fn list(
    State(api): State<Api>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = Wanted::read(&params)?;
    let found = if wanted.is_plain() {
        api.catalog()
            .browse(None, &wanted.criteria, wanted.after.as_ref(), wanted.limit)
    } else {
        // It may look at every product there is, which would hold up others on this thread.
        let looking = spawn_blocking(move || wanted.find(&api));
        looking.await.map_err(Problem::internal)??
    };
    Ok(etag::list(&headers, &ListJson::from(found)))
}

/// Shows a product.
#[utoipa::path(
    get,
    path = "/v1/products/{id}",
    tag = "catalogue",
    operation_id = "showProduct",
    params(ProductPath, IfNoneMatch),
    responses(
        (status = 200, description = "The product.", body = answers::Product, headers(("ETag" = String, description = "Names what is answered."))),
        (status = 304, description = "It is as the client knows it.", headers(("ETag" = String, description = "Names what is answered."))),
    ),
)]
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let shown = known(&api, &id)?;
    let tag = etag::of_product(&shown);
    Ok(etag::product(&headers, &tag, &ProductJson(shown)))
}

/// The product `id` of the read model.
pub(super) fn known(api: &Api, id: &str) -> Result<Shown, Problem> {
    let id: Option<ProductId> = id.parse().ok();
    id.and_then(|id| api.catalog().get(&id))
        .ok_or_else(Problem::not_found)
}
