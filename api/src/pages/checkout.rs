//! The checkout: one page, and the form that places the order.
//!
//! The page carries all that the order is made of: the items, the total, and the cart's idempotency key. A double click,
//! a reload, another tab or a second try after a lost answer therefore places one order, and what another tab has done to
//! the cart or the prices is noticed.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use contracts::{CouponCode, Money, OrderId, event::CouponRefusal};
use serde_json::{Value, json};
use store::{account::Role, promotion};
use streamward::clock;

use super::{
    cart::{Cart, is_key},
    faults::FormFaults,
    form::PageForm,
    format::money,
    frame::Frame,
    notice::Notice,
    priced_cart::PricedCart,
    visitor::{PageError, PageResult, Visitor},
    words::Words,
};
use crate::{
    http::JsonBody,
    middleware::trace_context::Trace,
    problem::{Problem, kinds},
    routes::orders::place::{place_order, placed_before},
};

#[derive(Template)]
#[template(path = "checkout.html")]
struct CheckoutPage {
    w: &'static Words,
    frame: Frame,
    faults: FormFaults,
    name: String,
    email: String,
    phone: String,
    lines: PricedCart,
    /// The items as the form carries them.
    items: String,
    key: String,
    expected: Money,
    coupon: String,
    /// The coupon whose discount is part of the total.
    applied: String,
    /// Minor units of that discount.
    taken: i64,
    coupon_text: String,
    subtotal: String,
    /// Empty without a discount.
    discount: String,
    total: String,
}

/// Contents of the checkout form.
struct Checkout {
    cart: Cart,
    coupon: String,
    key: String,
}

impl Checkout {
    /// Reads a posted form.
    fn read(form: &PageForm) -> Self {
        Self {
            cart: Cart::read(form.text("items")),
            coupon: form.text("coupon").to_owned(),
            key: form.text("key").to_owned(),
        }
    }
}

/// A coupon's effect on an order.
enum CouponEffect {
    None,
    Discount(Money),
    Refused(&'static str),
}

/// Shows the checkout of the cart.
pub(crate) async fn show(
    visitor: Visitor,
    Query(params): Query<HashMap<String, String>>,
) -> PageResult {
    visitor.logged_in()?;
    let coupon = params.get("coupon").map_or("", |code| code.trim());
    let checkout = Checkout {
        cart: visitor.cart.clone(),
        coupon: coupon.to_owned(),
        key: visitor.cart.key().to_owned(),
    };
    page(&visitor, checkout, StatusCode::OK, FormFaults::default()).await
}

/// Places the order of the form.
pub(crate) async fn place(Trace(trace): Trace, mut form: PageForm) -> PageResult {
    let caller = match form.visitor.caller() {
        Err(PageError::LogIn(_)) => return Ok(log_in_first(&form.visitor)),
        caller => caller?,
    };
    let checkout = Checkout::read(&form);
    if !form.text("apply").is_empty() {
        return page(
            &form.visitor,
            checkout,
            StatusCode::OK,
            FormFaults::default(),
        )
        .await;
    }
    caller.require(&[Role::Customer, Role::Admin])?;
    if checkout.cart.is_empty() || !is_key(&checkout.key) {
        return Err(Problem::new(&kinds::BAD_REQUEST).into());
    }
    let body = JsonBody::of(&order(&checkout, &form));
    if let Some(text) = unseen_total(&form, &checkout).await? {
        // An order that was stored before is found whatever has become of its coupon.
        let (api, customer) = (&form.visitor.api, &caller.0.customer_id);
        return match placed_before(api, customer, &checkout.key, &body).await? {
            Some(order) => Ok(placed(&mut form.visitor, &checkout, &order)),
            None => {
                let faults = FormFaults::about(text);
                page(&form.visitor, checkout, StatusCode::CONFLICT, faults).await
            }
        };
    }
    let (api, key) = (&form.visitor.api, Some(checkout.key.as_str()));
    match place_order(api, caller.0, key, trace, &body).await {
        Ok(order) => Ok(placed(&mut form.visitor, &checkout, &order.view.id)),
        Err(problem) => refused(&mut form.visitor, checkout, problem).await,
    }
}

/// Leads to the page of an order, whose units leave the cart.
fn placed(visitor: &mut Visitor, checkout: &Checkout, order: &OrderId) -> Response {
    visitor.cart.remove_ordered(&checkout.cart, &checkout.key);
    let address = format!("/orders/{order}");
    let mut response = visitor.redirect(&address, Some(Notice::Ordered));
    visitor.keep_cart(response.headers_mut());
    response
}

/// Returns why the order would have another total than the page has shown, if it would: a coupon that was not applied,
/// or whose effect has changed.
async fn unseen_total(form: &PageForm, checkout: &Checkout) -> PageResult<Option<&'static str>> {
    let (visitor, words) = (&form.visitor, form.visitor.words);
    let lines = PricedCart::of(&visitor.api, words, &checkout.cart);
    let effect = match lines.subtotal {
        Some(subtotal) => coupon_effect(visitor, &checkout.coupon, subtotal).await?,
        None => CouponEffect::None,
    };
    let discount = match effect {
        CouponEffect::None => 0,
        CouponEffect::Discount(discount) => discount.amount,
        CouponEffect::Refused(_) => return Ok(Some(words.coupon_blocks)),
    };
    let shown: i64 = form.text("discount").parse().unwrap_or(0);
    let is_shown = shown == discount && checkout.coupon == form.text("applied");
    Ok((!is_shown).then_some(words.total_changed))
}

/// Returns the body of the order, as the API's route reads it.
fn order(checkout: &Checkout, form: &PageForm) -> Value {
    let lines = checkout.cart.lines().iter();
    let items: Vec<Value> = lines
        .map(|line| json!({ "productId": line.product, "quantity": line.quantity }))
        .collect();
    let mut order = json!({ "items": items });
    if !checkout.coupon.is_empty() {
        order["coupon"] = checkout.coupon.as_str().into();
    }
    let amount: Option<i64> = form.text("amount").parse().ok();
    order["expectedTotal"] = json!({ "amount": amount, "currency": form.text("currency") });
    order
}

/// Returns the page again, with the reason why nothing was ordered.
async fn refused(visitor: &mut Visitor, mut checkout: Checkout, problem: Problem) -> PageResult {
    let (status, words) = (problem.status(), visitor.words);
    if problem.slug() == kinds::IDEMPOTENCY_KEY_REUSED.slug {
        // The page says so; another order is one that the visitor wants.
        visitor.cart.renew_key();
        visitor.cart.key().clone_into(&mut checkout.key);
    }
    let invalid = problem.slug() == kinds::VALIDATION_FAILED.slug;
    let faults = match FormFaults::of(words, problem) {
        Ok(mut faults) => {
            if invalid && faults.at("coupon").is_empty() {
                words.order_invalid.clone_into(&mut faults.summary);
            }
            faults
        }
        // It may have been stored; under the same key another try finds it.
        Err(problem) if status.is_server_error() => {
            if problem.is_fault() {
                tracing::error!(
                    slug = problem.slug(),
                    cause = problem.for_log(),
                    "checkout failed"
                );
            }
            FormFaults::about(words.order_again_later)
        }
        Err(problem) => return Err(problem.into()),
    };
    let mut response = page(visitor, checkout, status, faults).await?;
    visitor.keep_cart(response.headers_mut());
    Ok(response)
}

async fn page(
    visitor: &Visitor,
    checkout: Checkout,
    status: StatusCode,
    faults: FormFaults,
) -> PageResult {
    let (api, words) = (&visitor.api, visitor.words);
    let lines = PricedCart::of(api, words, &checkout.cart);
    let Some(subtotal) = lines.subtotal else {
        // The cart's page says what is wrong with it.
        let notice = lines.lines.is_empty().then_some(Notice::NothingLeft);
        return Ok(visitor.redirect("/cart", notice));
    };
    let effect = coupon_effect(visitor, &checkout.coupon, subtotal).await?;
    let (discount, coupon_text) = match effect {
        CouponEffect::None => (None, ""),
        CouponEffect::Discount(discount) => (Some(discount), ""),
        CouponEffect::Refused(text) => (None, text),
    };
    let taken = discount.map_or(0, |discount| discount.amount);
    let principal = &visitor.logged_in()?.principal;
    let page = CheckoutPage {
        w: words,
        frame: visitor.frame(),
        name: principal.name.clone(),
        email: principal.email.clone(),
        phone: principal.phone.clone().unwrap_or_default(),
        items: checkout.cart.to_string(),
        key: checkout.key,
        expected: subtotal,
        coupon_text: match faults.at("coupon") {
            "" => coupon_text.to_owned(),
            fault => fault.to_owned(),
        },
        applied: discount.map_or_else(String::new, |_| checkout.coupon.clone()),
        taken,
        coupon: checkout.coupon,
        subtotal: money(words, subtotal),
        discount: discount.map_or_else(String::new, |discount| {
            money(words, Money::new(-discount.amount, discount.currency))
        }),
        total: money(
            words,
            Money::new(subtotal.amount - taken, subtotal.currency),
        ),
        lines,
        faults,
    };
    visitor.page(status, &page)
}

/// Returns the effect that a coupon will have. The promotion service decides when it holds it: uses may have been taken
/// by then.
async fn coupon_effect(visitor: &Visitor, code: &str, subtotal: Money) -> PageResult<CouponEffect> {
    let (api, words) = (&visitor.api, visitor.words);
    if code.is_empty() {
        return Ok(CouponEffect::None);
    }
    let Ok(code) = code.parse::<CouponCode>() else {
        return Ok(CouponEffect::Refused(words.fault_coupon));
    };
    let customer = &visitor.logged_in()?.principal.customer_id;
    let now = clock::now_ms();
    let preview = promotion::preview_coupon(&api.runtime, &code, customer, now, subtotal);
    Ok(match preview.await? {
        Ok(discount) => CouponEffect::Discount(discount),
        Err(refusal) => CouponEffect::Refused(refusal_text(words, refusal)),
    })
}

/// Returns the text of a coupon's refusal.
pub(crate) fn refusal_text(words: &'static Words, refusal: CouponRefusal) -> &'static str {
    match refusal {
        CouponRefusal::Unknown => words.coupon_unknown,
        CouponRefusal::Inactive => words.coupon_inactive,
        CouponRefusal::NotYetValid => words.coupon_not_yet,
        CouponRefusal::Expired => words.coupon_expired,
        CouponRefusal::WrongCurrency => words.coupon_currency,
        CouponRefusal::MinimumNotReached => words.coupon_minimum,
        CouponRefusal::UsedUp => words.coupon_used_up,
        CouponRefusal::UsedUpByCustomer => words.coupon_used_by_you,
    }
}

fn log_in_first(visitor: &Visitor) -> Response {
    visitor.redirect("/login?next=%2Fcheckout", Some(Notice::LogInFirst))
}
