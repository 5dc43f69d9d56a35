//! Coupons, for administrators.

mod fields;

use axum::{Json, http::StatusCode, response::IntoResponse as _};
use contracts::{Coupon, CouponCode, Discount, Money};
use serde::Serialize;
use store::promotion::{self, Added, CouponUsage};
use streamward::clock::rfc3339;
use utoipa::ToSchema;

use self::fields::{CouponChange, NewCoupon};
use crate::{
    Api,
    auth::principal::Admin,
    http::{Id, JsonBody, Page, Params, cursor, limit, location, no_content},
    openapi::params::CouponsQuery,
    problem::{ApiResult, JsonResult, Problem, kinds},
};

/// A coupon; a limit that it does not have is null.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Coupon)]
pub(crate) struct CouponJson {
    code: CouponCode,
    percent: Option<u8>,
    amount: Option<Money>,
    minimum: Option<Money>,
    #[schema(format = DateTime)]
    valid_from: Option<String>,
    #[schema(format = DateTime)]
    valid_until: Option<String>,
    max_uses: Option<u64>,
    max_uses_per_customer: Option<u64>,
    active: bool,
    /// Number of orders that redeemed it.
    uses: u64,
    /// Number of open orders that hold it.
    holds: u64,
}

impl From<CouponUsage> for CouponJson {
    fn from(usage: CouponUsage) -> Self {
        let coupon = usage.coupon;
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
            uses: usage.uses,
            holds: usage.holds,
        }
    }
}

/// Adds a coupon.
#[utoipa::path(
    post, path = "/v1/coupons", tag = "coupons", operation_id = "addCoupon",
    security(("bearer" = ["admin"])),
    request_body = NewCoupon,
    responses((status = 201, description = "The coupon.", body = CouponJson, headers(("Location" = String, description = "URL of the coupon.")))),
    extensions(("x-problems" = json!(["coupon-exists"]))),
)]
pub(crate) async fn add(Admin(api): Admin, body: JsonBody) -> ApiResult {
    let coupon = Coupon::try_from(body.read::<NewCoupon>()?)?;
    match promotion::add_coupon(&api.runtime, &coupon).await? {
        Added::Added => {}
        Added::Exists => {
            return Err(Problem::new(&kinds::COUPON_EXISTS)
                .detail("Choose another code; the code of a used coupon is not given out again."));
        }
    }
    let location = location(format!("/v1/coupons/{}", coupon.code))?;
    let usage = CouponUsage {
        coupon,
        uses: 0,
        holds: 0,
    };
    let coupon = Json(CouponJson::from(usage));
    Ok((StatusCode::CREATED, location, coupon).into_response())
}

/// Lists coupons by code.
#[utoipa::path(
    get, path = "/v1/coupons", tag = "coupons", operation_id = "listCoupons",
    security(("bearer" = ["admin"])),
    params(CouponsQuery),
    responses((status = 200, description = "A page of coupons.", body = Page<CouponJson>)),
)]
pub(crate) async fn list(Admin(api): Admin, params: Params) -> JsonResult<Page<CouponJson>> {
    let limit = limit(&params)?;
    let after: Option<CouponCode> = cursor(&params, "after")?;
    let found = promotion::list(&api.runtime, after.as_ref(), limit + 1).await?;
    let next = |usage: &CouponUsage| usage.coupon.code.to_string();
    Ok(Json(Page::of(found, limit, next)))
}

/// Shows a coupon.
#[utoipa::path(
    get, path = "/v1/coupons/{code}", tag = "coupons", operation_id = "showCoupon",
    security(("bearer" = ["admin"])),
    params(("code" = inline(CouponCode), Path, description = "The coupon's code.", example = "WELCOME10")),
    responses((status = 200, description = "The coupon.", body = CouponJson)),
)]
pub(crate) async fn show(Admin(api): Admin, Id(code): Id<CouponCode>) -> JsonResult<CouponJson> {
    known(&api, &code).await
}

/// Activates or deactivates a coupon. Orders that have it keep it.
#[utoipa::path(
    patch, path = "/v1/coupons/{code}", tag = "coupons", operation_id = "changeCoupon",
    security(("bearer" = ["admin"])),
    params(("code" = inline(CouponCode), Path, description = "The coupon's code.", example = "WELCOME10")),
    request_body = CouponChange,
    responses((status = 200, description = "The coupon.", body = CouponJson)),
)]
pub(crate) async fn change(
    Admin(api): Admin,
    Id(code): Id<CouponCode>,
    body: JsonBody,
) -> JsonResult<CouponJson> {
    let CouponChange { active } = body.read()?;
    if promotion::set_coupon_active(&api.runtime, &code, active).await? {
        known(&api, &code).await
    } else {
        Err(Problem::not_found())
    }
}

/// Removes a coupon. Orders that have it keep it.
#[utoipa::path(
    delete, path = "/v1/coupons/{code}", tag = "coupons", operation_id = "removeCoupon",
    security(("bearer" = ["admin"])),
    params(("code" = inline(CouponCode), Path, description = "The coupon's code.", example = "WELCOME10")),
    responses((status = 204, description = "It is removed.")),
)]
pub(crate) async fn remove(Admin(api): Admin, Id(code): Id<CouponCode>) -> ApiResult<StatusCode> {
    no_content(promotion::remove_coupon(&api.runtime, &code).await?)
}

async fn known(api: &Api, code: &CouponCode) -> JsonResult<CouponJson> {
    let found = promotion::find(&api.runtime, code).await?;
    let coupon = found.map(CouponJson::from).ok_or_else(Problem::not_found)?;
    Ok(Json(coupon))
}
