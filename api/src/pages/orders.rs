//! A customer's orders: the list, and the page of one with its live part.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::Query, http::StatusCode};
use contracts::{Money, OrderId, OrderStatus};
use store::{account::Role, order::OrderView};

use super::{
    checkout::refusal_text,
    form::PageForm,
    format::{Moment, money},
    frame::Frame,
    notice::Notice,
    visitor::{PageResult, Visitor, html},
    words::{Words, fill},
};
use crate::{
    auth::principal::Caller,
    http::{Id, cursor},
    middleware::trace_context::Trace,
    problem::kinds,
    routes::orders::{transitions::cancel_order, visible},
};

/// Orders on a page.
const LIMIT: usize = 20;

#[derive(Template)]
#[template(path = "orders.html")]
struct ListPage {
    w: &'static Words,
    frame: Frame,
    orders: Vec<OrderRow>,
    older: Option<OrderId>,
}

struct OrderRow {
    id: OrderId,
    placed: Moment,
    status: &'static str,
    tone: &'static str,
    total: String,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    w: &'static Words,
    frame: Frame,
    csrf: String,
    title: String,
    order: OrderState,
}

/// The part of an order's page that changes.
#[derive(Template)]
#[template(path = "order_status.html")]
struct StatusPart {
    w: &'static Words,
    csrf: String,
    order: OrderState,
}

struct OrderLine {
    name: String,
    address: String,
    quantity: u32,
    unit_price: String,
    total: String,
}

/// The state of an order, in words.
struct OrderState {
    id: OrderId,
    status: &'static str,
    tone: &'static str,
    texts: Vec<String>,
    /// Text of the link to the payment page.
    pay: Option<(String, &'static str)>,
    pay_before: Option<Moment>,
    can_cancel: bool,
    /// Whether more will happen without the customer.
    is_open: bool,
    /// Whether the next change may come without an event.
    is_awaited: bool,
    timeline: Vec<(&'static str, Moment)>,
    can_repeat: bool,
    lines: Vec<OrderLine>,
    subtotal: String,
    /// Empty without a discount.
    discount: String,
    total: String,
}

/// Lists the visitor's orders.
pub(crate) async fn list(
    visitor: Visitor,
    Query(params): Query<HashMap<String, String>>,
) -> PageResult {
    let words = visitor.words;
    let customer = &visitor.logged_in()?.principal.customer_id;
    let before: Option<OrderId> = cursor(&Query(params), "before")?;
    let runtime = &visitor.api.runtime;
    let mut found =
        store::order::of_customer(runtime, customer, before.as_ref(), LIMIT + 1).await?;
    let has_more = found.len() > LIMIT;
    found.truncate(LIMIT);
    let older = found.last().filter(|_| has_more);
    let page = ListPage {
        w: words,
        frame: visitor.frame(),
        older: older.map(|order| order.id.clone()),
        orders: found
            .iter()
            .map(|order| OrderRow::of(words, order))
            .collect(),
    };
    visitor.page(StatusCode::OK, &page)
}

/// Shows an order.
pub(crate) async fn show(visitor: Visitor, Id(id): Id<OrderId>) -> PageResult {
    let (words, caller) = (visitor.words, visitor.caller()?);
    let view = visible(&visitor.api, &caller, &id).await?;
    let frame = visitor.frame();
    let page = OrderPage {
        w: words,
        csrf: frame.csrf.clone(),
        frame,
        title: fill(words.order_number, &[view.id.as_str()]),
        order: OrderState::of(words, &view, &caller),
    };
    visitor.page(StatusCode::OK, &page)
}

/// Returns the part of an order's page that changes, for the page's module.
pub(crate) async fn status(visitor: Visitor, Id(id): Id<OrderId>) -> PageResult {
    let (words, caller) = (visitor.words, visitor.caller()?);
    let view = visible(&visitor.api, &caller, &id).await?;
    let part = StatusPart {
        w: words,
        csrf: visitor.csrf(),
        order: OrderState::of(words, &view, &caller),
    };
    Ok(html(StatusCode::OK, &part)?)
}

/// Cancels an unpaid order.
pub(crate) async fn cancel(Id(id): Id<OrderId>, Trace(trace): Trace, form: PageForm) -> PageResult {
    let visitor = &form.visitor;
    let cancelled = cancel_order(&visitor.api, &visitor.caller()?, &id, trace).await;
    let notice = match cancelled {
        Ok(_) => Notice::Cancelled,
        Err(problem) if problem.slug() == kinds::NOT_CANCELLABLE.slug => Notice::NotCancellable,
        Err(problem) => return Err(problem.into()),
    };
    Ok(visitor.redirect(&format!("/orders/{id}"), Some(notice)))
}

/// Puts the items of an order into the cart again.
pub(crate) async fn again(Id(id): Id<OrderId>, mut form: PageForm) -> PageResult {
    let visitor = &mut form.visitor;
    let view = visible(&visitor.api, &visitor.caller()?, &id).await?;
    let mut notice = Notice::Again;
    for line in view.doc.items {
        let units = visitor.cart.quantity(&line.product_id) + line.quantity;
        if visitor.cart.set(line.product_id, units).is_err() {
            notice = Notice::CartFull;
        }
    }
    let mut response = visitor.redirect("/cart", Some(notice));
    visitor.keep_cart(response.headers_mut());
    Ok(response)
}

impl OrderRow {
    fn of(words: &'static Words, order: &OrderView) -> Self {
        let (status, tone) = label(words, order.status);
        Self {
            id: order.id.clone(),
            placed: Moment::of(order.id.created_ms()),
            status,
            tone,
            total: money(words, order.total()),
        }
    }
}

impl OrderState {
    fn of(words: &'static Words, view: &OrderView, caller: &Caller) -> Self {
        let (status, tone) = label(words, view.status);
        let amount = |minor: i64| money(words, Money::new(minor, view.doc.currency));
        let lines = view.doc.items.iter().map(|line| OrderLine {
            name: line.name.clone(),
            address: format!("/products/{}", line.product_id),
            quantity: line.quantity,
            unit_price: amount(line.unit_price),
            total: amount(line.total()),
        });
        let may_cancel = caller.is(&view.doc.customer_id) || caller.has(&[Role::Admin]);
        let is_payable = view.status == OrderStatus::AwaitingPayment;
        let declined = view.payment_status.as_deref() == Some("failed");
        let pay = view.pay_url.clone().filter(|_| is_payable).map(|url| {
            let text = if declined {
                words.pay_again
            } else {
                words.pay_now
            };
            (url, text)
        });
        let changes = view.changes().into_iter();
        let timeline = changes.map(|(status, line)| {
            let (name, _) = label(words, status);
            (name, Moment::of(line.at_ms()))
        });
        Self {
            id: view.id.clone(),
            status,
            tone,
            texts: texts(words, view, declined),
            pay_before: view.pay_before.filter(|_| is_payable).map(Moment::of),
            can_cancel: may_cancel
                && matches!(
                    view.status,
                    OrderStatus::Placed | OrderStatus::AwaitingPayment
                ),
            can_repeat: matches!(view.status, OrderStatus::Rejected | OrderStatus::Cancelled),
            lines: lines.collect(),
            subtotal: amount(view.doc.subtotal),
            discount: match view.doc.discount {
                0 => String::new(),
                minor => amount(-minor),
            },
            total: money(words, view.total()),
            is_open: !view.status.is_resolved(),
            is_awaited: view.status == OrderStatus::Placed || (is_payable && pay.is_none()),
            pay,
            timeline: timeline.collect(),
        }
    }
}

/// Returns the name of a status and the class that it is shown in.
fn label(words: &'static Words, status: OrderStatus) -> (&'static str, &'static str) {
    match status {
        OrderStatus::Placed => (words.placed, "wait"),
        OrderStatus::AwaitingPayment => (words.awaiting_payment, "warn"),
        OrderStatus::Confirmed => (words.confirmed, "good"),
        OrderStatus::Rejected => (words.rejected, "bad"),
        OrderStatus::Cancelled => (words.cancelled, "bad"),
        OrderStatus::Refunding => (words.refunding, "wait"),
        OrderStatus::Refunded => (words.refunded, "wait"),
    }
}

/// Returns the sentences about an order's state: what has happened, and what to do.
fn texts(words: &'static Words, view: &OrderView, declined: bool) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match view.status {
        OrderStatus::Placed => {
            // The discount is known once the coupon is held.
            let coupon = view.doc.coupon.as_ref();
            let checked = coupon.map(|code| fill(words.coupon_checked, &[code.as_str()]));
            let texts = std::iter::once(words.placed_text.to_owned()).chain(checked);
            texts.collect()
        }
        OrderStatus::AwaitingPayment if declined => one(words.payment_declined),
        OrderStatus::AwaitingPayment => {
            let opening = view.pay_url.is_none().then_some(words.opening_payment);
            let texts = std::iter::once(words.awaiting_text).chain(opening);
            texts.map(ToOwned::to_owned).collect()
        }
        OrderStatus::Confirmed => vec![fill(words.confirmed_text, &[&view.doc.contact.email])],
        OrderStatus::Rejected => rejection(words, view),
        OrderStatus::Cancelled => {
            let reason = match view.reason.as_deref() {
                Some("customer") => words.cancelled_customer,
                Some("admin") => words.cancelled_admin,
                Some("amountMismatch") => words.cancelled_amount,
                _ => words.cancelled_timeout,
            };
            let returned = match view.payment_status.as_deref() {
                Some("succeeded" | "refunding") => Some(words.money_returned),
                Some("refunded") => Some(words.money_back),
                Some(_) | None => None,
            };
            let texts = std::iter::once(reason).chain(returned);
            texts.map(ToOwned::to_owned).collect()
        }
        OrderStatus::Refunding => one(words.refunding_text),
        OrderStatus::Refunded => one(words.refunded_text),
    }
}

fn rejection(words: &'static Words, view: &OrderView) -> Vec<String> {
    if let Some(refusal) = view.coupon_refusal {
        let texts = [refusal_text(words, refusal), words.rejected_coupon];
        return texts.map(ToOwned::to_owned).to_vec();
    }
    let short = view.shortages.iter().map(|shortage| {
        let mut lines = view.doc.items.iter();
        let line = lines.find(|line| line.product_id == shortage.product_id);
        let name = line.map_or(shortage.product_id.as_str(), |line| &line.name);
        let (left, asked) = (
            shortage.available.to_string(),
            shortage.requested.to_string(),
        );
        fill(words.short_of, &[name, &left, &asked])
    });
    std::iter::once(words.rejected_stock.to_owned())
        .chain(short)
        .collect()
}
