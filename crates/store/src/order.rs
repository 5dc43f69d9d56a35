//! Orders: placed by customers, moved by the order service alone.

mod place;
mod steps;
mod view;

pub use place::{Placed, Placement, place, placed_before};
pub use steps::{
    Declined, Expired, Held, Noted, Paid, PayRequest, declined, expire, hold, opened, paid,
    refunded, request_payment,
};
pub use view::{HistoryLine, OrderView, events, find, of_customer};
