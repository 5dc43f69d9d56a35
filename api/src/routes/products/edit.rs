//! Adding, changing and removing products.

use axum::{
    http::{HeaderMap, StatusCode},
    response::IntoResponse as _,
};
use contracts::{Product, ProductId};
use store::{
    catalog::{self, Change, Mode, VersionedProduct},
    inventory,
    read_model::Update,
};

use super::{
    ProductJson,
    fields::{NewProduct, ProductChange},
    known,
};
use crate::{
    Api,
    auth::principal::Admin,
    http::{
        Id, JsonBody,
        etag::{self, IfMatch},
        location,
    },
    middleware::trace_context::Trace,
    openapi::params,
    problem::{ApiResult, Problem, kinds},
};

/// Attempts of a change without `If-Match` when it conflicts with another change.
const ATTEMPTS: u32 = 8;

/// Adds a product, without stock.
#[utoipa::path(
    post, path = "/v1/products", tag = "catalogue", operation_id = "addProduct",
    security(("bearer" = ["admin"])),
    request_body = NewProduct,
    responses((status = 201, description = "The product.", body = ProductJson, headers(("Location" = String, description = "URL of the product."), ("ETag" = String, description = "Tag of this version.")))),
    extensions(("x-problems" = json!(["product-exists"]))),
)]
pub(crate) async fn add(Admin(api): Admin, Trace(trace): Trace, body: JsonBody) -> ApiResult {
    let product = Product::from(body.read::<NewProduct>()?);
    let id = product.id.clone();
    match catalog::put_product(&api.runtime, &product, Mode::Add, trace).await? {
        Change::Written(version) => {
            inventory::set_low_stock_threshold(&api.runtime, &id, product.low_stock_threshold)
                .await?;
            let stored = VersionedProduct { product, version };
            api.catalog.apply(Update::Changed(stored));
        }
        Change::Exists | Change::Unknown | Change::Conflict => {
            return Err(Problem::new(&kinds::PRODUCT_EXISTS)
                .detail("Choose another id, or change the product with PATCH."));
        }
    }
    // An earlier product of this id may have left stock.
    api.look_at_shelves(std::slice::from_ref(&id)).await?;
    let location = location(format!("/v1/products/{id}"))?;
    // A concurrent request may have removed it; a retry then finds that.
    let answer = shown(&api, &id)
        .map_err(|_| Problem::unavailable("a new product has been removed again"))?;
    Ok((StatusCode::CREATED, location, answer).into_response())
}

/// Returns the current product with its tag.
fn shown(api: &Api, id: &ProductId) -> ApiResult {
    Ok(etag::product(&HeaderMap::new(), &known(api, id)?))
}

/// Changes a product.
///
/// Concurrent changes of one product are both applied; for the same member the later one wins.
#[utoipa::path(
    patch, path = "/v1/products/{id}", tag = "catalogue", operation_id = "changeProduct",
    security(("bearer" = ["admin"])),
    params(("id" = inline(ProductId), Path, description = "The product's id.", example = "mug-01"), params::IfMatch),
    request_body = ProductChange,
    responses((status = 200, description = "The product.", body = ProductJson, headers(("ETag" = String, description = "Tag of this version.")))),
    extensions(("x-problems" = json!(["precondition-failed", "invalid-parameter"]))),
)]
pub(crate) async fn change(
    Admin(api): Admin,
    Id(id): Id<ProductId>,
    Trace(trace): Trace,
    if_match: IfMatch,
    body: JsonBody,
) -> ApiResult {
    let change: ProductChange = body.read()?;
    for _ in 0..ATTEMPTS {
        let found = catalog::find(&api.runtime, &id).await?;
        let found = found.ok_or_else(Problem::not_found)?;
        if !if_match.allows(found.version) {
            return Err(IfMatch::refusal());
        }
        let product = change.apply(found.product);
        let mode = Mode::Replace(found.version);
        match catalog::put_product(&api.runtime, &product, mode, trace).await? {
            Change::Written(version) => {
                // Set whenever it is named: a retry completes a change that failed between the two writes.
                if change.low_stock_threshold.is_some() {
                    inventory::set_low_stock_threshold(
                        &api.runtime,
                        &id,
                        product.low_stock_threshold,
                    )
                    .await?;
                }
                let stored = VersionedProduct { product, version };
                api.catalog.apply(Update::Changed(stored));
                return shown(&api, &id);
            }
            Change::Conflict => {}
            Change::Exists | Change::Unknown => return Err(Problem::not_found()),
        }
    }
    Err(Problem::unavailable(format!("{id} changes too often")))
}

/// Removes a product from the catalogue. Its orders continue.
#[utoipa::path(
    delete, path = "/v1/products/{id}", tag = "catalogue", operation_id = "removeProduct",
    security(("bearer" = ["admin"])),
    params(("id" = inline(ProductId), Path, description = "The product's id.", example = "mug-01"), params::IfMatch),
    responses((status = 204, description = "It is removed.")),
    extensions(("x-problems" = json!(["precondition-failed", "invalid-parameter"]))),
)]
pub(crate) async fn remove(
    Admin(api): Admin,
    Id(id): Id<ProductId>,
    Trace(trace): Trace,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let version = if if_match.is_given() {
        let found = catalog::find(&api.runtime, &id).await?;
        let version = found.ok_or_else(Problem::not_found)?.version;
        if !if_match.allows(version) {
            return Err(IfMatch::refusal());
        }
        Some(version)
    } else {
        None
    };
    match catalog::remove_product(&api.runtime, &id, version, trace).await? {
        Change::Written(entry) => {
            api.catalog.apply(Update::Removed(id, entry));
            Ok(StatusCode::NO_CONTENT)
        }
        Change::Conflict => Err(IfMatch::refusal()),
        Change::Exists | Change::Unknown => Err(Problem::not_found()),
    }
}
