//! Coupons, for administrators.

pub(crate) mod fields;

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::{CouponCode, Discount, Money};
use serde::Serialize;
use store::promotion::{self, Added, CouponUsage};
use streamward::clock::rfc3339;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::principal::Admin,
    http::body::Json,
    http::page::{Page, Params, cursor, limit},
    openapi::{
        answers,
        bodies::{CouponChange, NewCoupon},
        params::{CouponPath, CouponsQuery},
    },
    problem::{Problem, kinds},
};

/// A coupon; what it does not limit is null.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Coupon)]
pub(crate) struct CouponJson {
    #[schema(value_type = String)]
    code: CouponCode,
    percent: Option<u8>,
    #[schema(value_type = Option<answers::Money>)]
    amount: Option<Money>,
    #[schema(value_type = Option<answers::Money>)]
    minimum: Option<Money>,
    #[schema(format = DateTime)]
    valid_from: Option<String>,
    #[schema(format = DateTime)]
    valid_until: Option<String>,
    max_uses: Option<u64>,
    max_uses_per_customer: Option<u64>,
    active: bool,
    /// How often it was redeemed.
    uses: u64,
    /// How often it is held for open orders.
    holds: u64,
}

impl From<CouponUsage> for CouponJson {
    fn from(book: CouponUsage) -> Self {
        let coupon = book.coupon;
        let (percent, amount) = match coupon.discount {
            Discount::Percent(percent) => (Some(percent), None),
            Discount::Amount(amount) => (None, Some(amount)),
        };
        Self {
            code: coupon.code,
            percent,
            amount,
            minimum: coupon.minimum,
            valid_from: coupon.valid_from.map(rfc3339),
            valid_until: coupon.valid_until.map(rfc3339),
            max_uses: coupon.max_uses,
            max_uses_per_customer: coupon.max_uses_per_customer,
            active: coupon.active,
            uses: book.uses,
            holds: book.holds,
        }
    }
}

/// Adds a coupon.
#[utoipa::path(
    post,
    path = "/v1/coupons",
    tag = "coupons",
    operation_id = "addCoupon",
    security(("bearer" = ["admin"])),
    request_body = NewCoupon,
    responses((status = 201, description = "The coupon.", body = CouponJson, headers(("Location" = String, description = "Where the coupon is.")))),
    extensions(("x-problems" = json!(["coupon-exists"]))),
)]
pub(crate) async fn add(State(api): State<Api>, _: Admin, body: Json) -> Result<Response, Problem> {
    let coupon = fields::new(&body.value()?)?;
    match promotion::add_coupon(api.runtime(), &coupon).await? {
        Added::Added => {}
        Added::Exists => {
            return Err(Problem::new(&kinds::COUPON_EXISTS)
                .detail("Choose another code; one that orders have used is not given out again."));
        }
    }
    let location = HeaderValue::try_from(format!("/v1/coupons/{}", coupon.code));
    let location = [(header::LOCATION, location.map_err(Problem::internal)?)];
    let book = CouponUsage {
        coupon,
        uses: 0,
        holds: 0,
    };
    Ok((
        StatusCode::CREATED,
        location,
        Answer(CouponJson::from(book)),
    )
        .into_response())
}

/// Lists coupons by code.
#[utoipa::path(
    get,
    path = "/v1/coupons",
    tag = "coupons",
    operation_id = "listCoupons",
    security(("bearer" = ["admin"])),
    params(CouponsQuery),
    responses((status = 200, description = "A page of coupons.", body = Page<CouponJson>)),
)]
pub(crate) async fn list(
    State(api): State<Api>,
    _: Admin,
    params: Params,
) -> Result<Answer<Page<CouponJson>>, Problem> {
    let limit = limit(&params)?;
    let after: Option<CouponCode> = cursor(&params, "after")?;
    // One more than asked for tells whether there are more.
    let mut found = promotion::list(api.runtime(), after.as_ref(), limit + 1).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next = last.map(|book| book.coupon.code.to_string());
    Ok(Answer(Page {
        data: found.into_iter().map(CouponJson::from).collect(),
        has_more,
        next,
    }))
}

/// Shows a coupon.
#[utoipa::path(
    get,
    path = "/v1/coupons/{code}",
    tag = "coupons",
    operation_id = "showCoupon",
    security(("bearer" = ["admin"])),
    params(CouponPath),
    responses((status = 200, description = "The coupon.", body = CouponJson)),
)]
pub(crate) async fn show(
    State(api): State<Api>,
    _: Admin,
    Path(code): Path<String>,
) -> Result<Answer<CouponJson>, Problem> {
    known(&api, &code_of(&code)?).await.map(Answer)
}

/// Switches a coupon on or off. Orders that have it keep it.
#[utoipa::path(
    patch,
    path = "/v1/coupons/{code}",
    tag = "coupons",
    operation_id = "changeCoupon",
    security(("bearer" = ["admin"])),
    params(CouponPath),
    request_body = CouponChange,
    responses((status = 200, description = "The coupon.", body = CouponJson)),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    _: Admin,
    Path(code): Path<String>,
    body: Json,
) -> Result<Answer<CouponJson>, Problem> {
    let active = fields::active(&body.value()?)?;
    let code = code_of(&code)?;
    if promotion::set_coupon_active(api.runtime(), &code, active).await? {
        known(&api, &code).await.map(Answer)
    } else {
        Err(Problem::not_found())
    }
}

/// Removes a coupon. Orders that have it keep it.
#[utoipa::path(
    delete,
    path = "/v1/coupons/{code}",
    tag = "coupons",
    operation_id = "removeCoupon",
    security(("bearer" = ["admin"])),
    params(CouponPath),
    responses((status = 204, description = "It is gone.")),
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    _: Admin,
    Path(code): Path<String>,
) -> Result<StatusCode, Problem> {
    if promotion::remove_coupon(api.runtime(), &code_of(&code)?).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

fn code_of(text: &str) -> Result<CouponCode, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn known(api: &Api, code: &CouponCode) -> Result<CouponJson, Problem> {
    let found = promotion::find(api.runtime(), code).await?;
    found.map(CouponJson::from).ok_or_else(Problem::not_found)
}
