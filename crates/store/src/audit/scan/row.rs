//! State of one order over all services, read atomically.

use contracts::{CouponCode, OrderId, OrderStatus, ProductId, Service};
use streamward::{Partition, SharedConnection};

use crate::{EntryId, Result, keys};

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
    let keys_of = |id| {
        [
            keys::order(partition, id),
            keys::reservation(partition, id),
            keys::coupon_hold(partition, id),
            keys::payment(partition, id),
            keys::sent(partition, id),
        ]
    };
    let all: Vec<String> = ids.iter().flat_map(keys_of).collect();
    let (now, rows): (u64, Vec<[Option<String>; 18]>) =
        script!("audit/read_orders" {}).run(link, &all, &[]).await?;
    let rows = ids.iter().cloned().zip(rows);
    Ok((now, rows.map(|(id, fields)| row(id, fields)).collect()))
}

/// Reads the fields in the order of the script's header.
fn row(id: OrderId, fields: [Option<String>; 18]) -> Row {
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
    let [
        order_status,
        subtotal,
        order_discount,
        currency,
        needs,
        due,
        steps,
        last,
        reservation,
        lines,
        hold,
        code,
        discount,
        payment,
        captured,
        refunded,
        _,
        sent,
    ] = fields;
    let last = last.unwrap_or_default();
    let entry: Option<EntryId> = last.rsplit(' ').next().and_then(|id| id.parse().ok());
    let order = || {
        Some(Order {
            status: order_status?.parse().ok()?,
            total: subtotal?.parse::<i64>().ok()? - number(order_discount),
            currency: currency?,
            has_coupon: needs.is_some_and(|needs| needs.contains(Service::Promotion.name())),
            due: due.and_then(|ms| ms.parse().ok()),
            steps: steps.unwrap_or_default(),
            changed: entry.unwrap_or_default().ms(),
        })
    };
    Row {
        id,
        order: order(),
        reservation: reservation.map(|state| Reservation {
            state,
            lines: lines_of(&lines.unwrap_or_default()),
        }),
        hold: hold.map(|state| Hold {
            state,
            code: code.and_then(|code| code.parse().ok()),
            discount: number(discount),
        }),
        payment: payment.map(|status| Payment {
            status,
            captured: number(captured),
            refunded: number(refunded),
        }),
        sent: sent.unwrap_or_default(),
    }
}

/// `mug=2 pen=1`, as a reservation keeps its lines.
pub(crate) fn lines_of(text: &str) -> Vec<(ProductId, i64)> {
    let line = |word: &str| {
        let (product, quantity) = word.split_once('=')?;
        Some((product.parse().ok()?, quantity.parse().ok()?))
    };
    text.split(' ').filter_map(line).collect()
}
