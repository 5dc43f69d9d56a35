//! Orders: placed by customers, moved by the order service alone.

#[macro_use]
mod replies;
mod holds;
mod open_orders;
mod place;
mod reminding;
mod requests;
mod steps;
mod view;

pub use holds::{Held, HoldAnswer, hold};
pub use open_orders::{OpenLimits, OverLimit};
pub use place::{Placed, Placement, place, placed_before};
pub use reminding::{Reminded, remind};
pub use requests::{CancelRequest, PayRequest, RefundRequest, cancel, refund, request_payment};
pub use steps::{
    Declined, Expired, Noted, Paid, Refunded, declined, expire, opened, paid, refunded,
};
pub use view::{HistoryLine, OrderView, events, find, of_customer};
