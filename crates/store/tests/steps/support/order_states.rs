//! Brings orders into a state, and reads their state.

use contracts::{
    Line, OrderId,
    event::{Channel, NotificationKind, StockCause},
};
use store::{
    inventory::{self, ReservationEnd, Reserved},
    order::{self, Held, Paid},
    payment,
};

use super::{Shop, callback, doc, eur, product};

impl Shop {
    /// An order whose lines are in stock and reserved, and which may be paid.
    pub(crate) async fn awaiting(&self, lines: &[Line]) -> OrderId {
        for line in lines {
            self.receive(line.product_id.as_str(), line.quantity.into())
                .await;
        }
        let order = self.place(&doc(lines)).await;
        assert_eq!(self.reserve(&order, lines).await.0, Reserved::Reserved);
        assert_eq!(self.hold(&order, None).await.0, Held::AwaitingPayment);
        order
    }

    /// An order that is paid, sold and notified.
    pub(crate) async fn confirmed(&self, lines: &[Line]) -> OrderId {
        let order = self.awaiting(lines).await;
        let total = lines.iter().map(Line::total).sum();
        self.open_payment(&order, eur(total), false).await;
        self.record(&callback(&order, "evt_1", Some(total))).await;
        assert_eq!(self.paid(&order, eur(total)).await.0, Paid::Confirmed);
        let sold = self.settle(&order, lines, StockCause::Sold).await;
        assert_eq!(sold.0, ReservationEnd::Ended);
        self.mark_sent(&order, NotificationKind::OrderConfirmed, &[Channel::Email])
            .await;
        order
    }

    pub(crate) async fn find(&self, order: &OrderId) -> order::OrderView {
        order::find(&self.runtime, order).await.unwrap().unwrap()
    }

    pub(crate) async fn payment(&self, order: &OrderId) -> payment::PaymentView {
        payment::find(&self.runtime, order).await.unwrap().unwrap()
    }

    /// The figures `(available, reserved, sold)`, of a ledger that balances.
    pub(crate) async fn stock(&self, id: &str) -> (i64, i64, i64) {
        let stock = inventory::stock(&self.runtime, &product(id)).await.unwrap();
        assert!(stock.balances(), "{id}: {stock:?}");
        (stock.available, stock.reserved, stock.sold)
    }
}
