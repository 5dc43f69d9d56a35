//! Changing the catalogue.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::ProductId;
use store::{
    catalog::{self, Change, Mode, Stored},
    read_model::Update,
};

use super::{
    product_fields::{self, Patch},
    products::{ProductJson, known},
};
use crate::{
    Api,
    body::Json,
    caller::Admin,
    problem::{Problem, kinds},
    trace::Trace,
};

/// A change without `If-Match` that meets another one is made again on top of it, so often at most.
const ATTEMPTS: u32 = 8;

pub(super) async fn add(
    State(api): State<Api>,
    _: Admin,
    Trace(trace): Trace,
    body: Json,
) -> Result<Response, Problem> {
    let product = product_fields::new(&body.value()?)?;
    let id = product.id.clone();
    match catalog::put(api.runtime(), &product, Mode::Add, trace).await? {
        Change::Written(version) => {
            let stored = Stored { product, version };
            api.catalog().apply(Update::Changed(stored));
        }
        Change::Exists | Change::Unknown | Change::Conflict => {
            return Err(Problem::new(&kinds::PRODUCT_EXISTS)
                .detail("Choose another id, or change the product with PATCH."));
        }
    }
    // One of this id may have been here before, and have left units behind.
    api.look_at_shelves(std::slice::from_ref(&id)).await?;
    let location = HeaderValue::try_from(format!("/v1/products/{id}"));
    let location = [(header::LOCATION, location.map_err(Problem::internal)?)];
    let answer = known(&api, id.as_str()).map(ProductJson)?;
    Ok((StatusCode::CREATED, location, Answer(answer)).into_response())
}

/// Two administrators who change one product at the same moment: both changes are made, and where they
/// touch the same field the later one wins.
pub(super) async fn change(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    Trace(trace): Trace,
    body: Json,
) -> Result<Answer<ProductJson>, Problem> {
    let id: ProductId = id.parse().map_err(|_| Problem::not_found())?;
    let patch = Patch::read(&body.value()?)?;
    for _ in 0..ATTEMPTS {
        let found = catalog::find(api.runtime(), &id).await?;
        let found = found.ok_or_else(Problem::not_found)?;
        let product = patch.apply(found.product);
        let mode = Mode::Replace(found.version);
        match catalog::put(api.runtime(), &product, mode, trace).await? {
            Change::Written(version) => {
                let stored = Stored { product, version };
                api.catalog().apply(Update::Changed(stored));
                return known(&api, id.as_str()).map(ProductJson).map(Answer);
            }
            Change::Conflict => {}
            Change::Exists | Change::Unknown => return Err(Problem::not_found()),
        }
    }
    Err(Problem::unavailable(format!(
        "{id} is changed all the time"
    )))
}

pub(super) async fn remove(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    Trace(trace): Trace,
) -> Result<StatusCode, Problem> {
    let id: ProductId = id.parse().map_err(|_| Problem::not_found())?;
    match catalog::remove(api.runtime(), &id, None, trace).await? {
        Change::Written(entry) => {
            api.catalog().apply(Update::Removed(id, entry));
            Ok(StatusCode::NO_CONTENT)
        }
        Change::Exists | Change::Unknown | Change::Conflict => Err(Problem::not_found()),
    }
}
