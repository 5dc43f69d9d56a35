//! Coupons, for administrators.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::{CouponCode, Discount, Money};
use serde::Serialize;
use store::promotion::{self, Added, CouponBook};
use streamward::clock::rfc3339;

use super::coupon_fields;
use crate::{
    Api,
    body::Json,
    caller::Admin,
    page::{Page, Params, cursor, limit},
    problem::{Problem, kinds},
};

/// A coupon in JSON; what it does not limit is null.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CouponJson {
    code: CouponCode,
    percent: Option<u8>,
    amount: Option<Money>,
    minimum: Option<Money>,
    valid_from: Option<String>,
    valid_until: Option<String>,
    max_uses: Option<u64>,
    max_uses_per_customer: Option<u64>,
    active: bool,
    uses: u64,
    holds: u64,
}

impl From<CouponBook> for CouponJson {
    fn from(book: CouponBook) -> Self {
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

pub(super) async fn add(State(api): State<Api>, _: Admin, body: Json) -> Result<Response, Problem> {
    let coupon = coupon_fields::new(&body.value()?)?;
    match promotion::add(api.runtime(), &coupon).await? {
        Added::Added => {}
        Added::Exists => {
            return Err(Problem::new(&kinds::COUPON_EXISTS)
                .detail("Choose another code; one that orders have used is not given out again."));
        }
    }
    let location = HeaderValue::try_from(format!("/v1/coupons/{}", coupon.code));
    let location = [(header::LOCATION, location.map_err(Problem::internal)?)];
    let answer = known(&api, &coupon.code).await?;
    Ok((StatusCode::CREATED, location, Answer(answer)).into_response())
}

pub(super) async fn list(
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

pub(super) async fn show(
    State(api): State<Api>,
    _: Admin,
    Path(code): Path<String>,
) -> Result<Answer<CouponJson>, Problem> {
    known(&api, &code_of(&code)?).await.map(Answer)
}

pub(super) async fn change(
    State(api): State<Api>,
    _: Admin,
    Path(code): Path<String>,
    body: Json,
) -> Result<Answer<CouponJson>, Problem> {
    let active = coupon_fields::active(&body.value()?)?;
    let code = code_of(&code)?;
    if promotion::switch(api.runtime(), &code, active).await? {
        known(&api, &code).await.map(Answer)
    } else {
        Err(Problem::not_found())
    }
}

pub(super) async fn remove(
    State(api): State<Api>,
    _: Admin,
    Path(code): Path<String>,
) -> Result<StatusCode, Problem> {
    if promotion::remove(api.runtime(), &code_of(&code)?).await? {
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
