//! Orders: placed by customers, moved by the order service alone.

pub(crate) mod holds;
mod open_orders;
pub(crate) mod place;
pub(crate) mod requests;
pub(crate) mod steps;
mod view;

pub use holds::{Held, HoldAnswer, record_hold};
pub use open_orders::{OpenLimits, OverLimit};
pub use place::{Placed, Placement, place_order, placed_before};
pub use requests::{
    CancelRequest, PayRequest, RefundRequest, cancel_order, request_payment, request_refund,
};
pub use steps::{
    Declined, Expired, Noted, Paid, Refunded, Reminded, expire_order, record_declined_charge,
    record_payment, record_payment_opened, record_refund, remind_payment_due,
};
pub use view::{HistoryLine, OrderView, events, find, of_customer};
