//! Changing the catalogue.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::ProductId;
use store::catalog::{self, Change, Mode};

use super::{
    product_fields::{self, Patch},
    products::{ProductJson, known, with_stock},
};
use crate::{
    Api,
    body::Json,
    caller::Admin,
    problem::{Problem, kinds},
    trace::Trace,
};

pub(super) async fn add(
    State(api): State<Api>,
    _: Admin,
    Trace(trace): Trace,
    body: Json,
) -> Result<Response, Problem> {
    let product = product_fields::new(&body.value()?)?;
    match catalog::put(api.runtime(), &product, Mode::Add, trace).await? {
        Change::Written => {}
        Change::Exists | Change::Unknown => {
            return Err(Problem::new(&kinds::PRODUCT_EXISTS)
                .detail("Choose another id, or change the product with PATCH."));
        }
    }
    api.catalog().refresh(api.runtime(), &product.id).await?;
    let location = HeaderValue::try_from(format!("/v1/products/{}", product.id));
    let location = location.map_err(Problem::internal)?;
    let answer = with_stock(&api, product.into()).await?;
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Answer(answer),
    )
        .into_response())
}

/// Two administrators who change one product at the same moment: the later one wins.
pub(super) async fn change(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    Trace(trace): Trace,
    body: Json,
) -> Result<Answer<ProductJson>, Problem> {
    let id: ProductId = id.parse().map_err(|_| Problem::not_found())?;
    let patch = Patch::read(&body.value()?)?;
    let product = catalog::find(api.runtime(), &id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let product = patch.apply(product);
    match catalog::put(api.runtime(), &product, Mode::Change, trace).await? {
        Change::Written => {}
        Change::Exists | Change::Unknown => return Err(Problem::not_found()),
    }
    api.catalog().refresh(api.runtime(), &id).await?;
    let product = known(&api, id.as_str())?;
    with_stock(&api, product).await.map(Answer)
}

pub(super) async fn remove(
    State(api): State<Api>,
    _: Admin,
    Path(id): Path<String>,
    Trace(trace): Trace,
) -> Result<StatusCode, Problem> {
    let id: ProductId = id.parse().map_err(|_| Problem::not_found())?;
    let change = catalog::remove(api.runtime(), &id, trace).await?;
    api.catalog().refresh(api.runtime(), &id).await?;
    match change {
        Change::Written => Ok(StatusCode::NO_CONTENT),
        Change::Exists | Change::Unknown => Err(Problem::not_found()),
    }
}
