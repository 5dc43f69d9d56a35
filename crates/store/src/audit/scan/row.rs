//! State of one order over all services, read atomically.

use contracts::{CouponCode, OrderId, OrderStatus, ProductId, Service};
use streamward::{Partition, SharedConnection};

use crate::{Result, keys, scripts};

/// Orders read by one call.
pub(crate) const MOST: usize = 50;

/// Money and time fields of an order's hash.
pub(crate) struct Order {
    pub(crate) status: OrderStatus,
    pub(crate) total: i64,
    pub(crate) currency: String,
    pub(crate) has_coupon: bool,
    /// Unix milliseconds of the payment timeout.
    pub(crate) due: Option<u64>,
    /// Its history lines.
    pub(crate) steps: String,
    /// Unix milliseconds of the last one, by the server's clock.
    pub(crate) changed: u64,
}

/// A coupon's hold for an order; without a code it only keeps a late one out.
pub(crate) struct Hold {
    pub(crate) state: String,
    pub(crate) code: Option<CouponCode>,
    pub(crate) discount: i64,
}

/// A reservation: its state and its lines.
pub(crate) struct Reservation {
    pub(crate) state: String,
    pub(crate) lines: Vec<(ProductId, i64)>,
}

/// State of the payment.
pub(crate) struct Payment {
    pub(crate) status: String,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
}

/// State of one order over all services.
pub(crate) struct Row {
    pub(crate) id: OrderId,
    pub(crate) order: Option<Order>,
    pub(crate) reservation: Option<Reservation>,
    pub(crate) hold: Option<Hold>,
    pub(crate) payment: Option<Payment>,
    /// `<kind>:<channel>` of every message that was sent.
    pub(crate) sent: String,
}

/// Reads some orders; at most [`MOST`]. Answers the server's time beside them, in Unix milliseconds.
pub(crate) async fn read(
    link: &mut SharedConnection,
    partition: &Partition,
    ids: &[OrderId],
) -> Result<(u64, Vec<Row>)> {
    let mut all = Vec::with_capacity(ids.len() * 5);
    for id in ids {
        all.push(keys::order(partition, id));
        all.push(keys::reservation(partition, id));
        all.push(keys::coupon_hold(partition, id));
        all.push(keys::payment(partition, id));
        all.push(keys::sent(partition, id));
    }
    let mut reply = scripts::READ_ORDERS.call(&all).run(link).await?;
    if reply.tag() != "READ" {
        return Err(reply.unexpected());
    }
    let now: u64 = reply.take()?;
    let rows: Vec<Vec<Option<String>>> = reply.take()?;
    let rows = ids.iter().cloned().zip(rows);
    Ok((now, rows.map(|(id, fields)| row(id, fields)).collect()))
}

/// The fields in the order that the script's header names.
fn row(id: OrderId, fields: Vec<Option<String>>) -> Row {
    let mut fields = fields.into_iter();
    let mut next = move || fields.next().flatten();
    let order = order([(); 8].map(|()| next()));
    let (state, lines) = (next(), next());
    let reservation = state.map(|state| Reservation {
        state,
        lines: lines_of(&lines.unwrap_or_default()),
    });
    let (state, code, discount) = (next(), next(), next());
    let hold = state.map(|state| Hold {
        state,
        code: code.and_then(|code| code.parse().ok()),
        discount: number(discount.as_deref()),
    });
    let (status, captured, refunded, _currency) = (next(), next(), next(), next());
    let payment = status.map(|status| Payment {
        status,
        captured: number(captured.as_deref()),
        refunded: number(refunded.as_deref()),
    });
    Row {
        id,
        order,
        reservation,
        hold,
        payment,
        sent: next().unwrap_or_default(),
    }
}

fn order(fields: [Option<String>; 8]) -> Option<Order> {
    let [
        status,
        subtotal,
        discount,
        currency,
        needs,
        due,
        steps,
        last,
    ] = fields;
    let last = last.unwrap_or_default();
    let entry = last.rsplit(' ').next().unwrap_or("");
    let changed = entry.split('-').next().unwrap_or("");
    Some(Order {
        status: status?.parse().ok()?,
        total: subtotal?.parse::<i64>().ok()? - number(discount.as_deref()),
        currency: currency?,
        has_coupon: needs.is_some_and(|needs| needs.contains(Service::Promotion.name())),
        due: due.and_then(|ms| ms.parse().ok()),
        steps: steps.unwrap_or_default(),
        changed: changed.parse().unwrap_or(0),
    })
}

fn number(text: Option<&str>) -> i64 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// `mug=2 pen=1`, as a reservation keeps its lines.
pub(crate) fn lines_of(text: &str) -> Vec<(ProductId, i64)> {
    let line = |word: &str| {
        let (product, quantity) = word.split_once('=')?;
        Some((product.parse().ok()?, quantity.parse().ok()?))
    };
    text.split(' ').filter_map(line).collect()
}
