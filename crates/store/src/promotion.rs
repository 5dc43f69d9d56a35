//! Coupons: their terms, who holds them, and how often they were used.

mod coupons;
mod steps;

pub use coupons::{Added, CouponUsage, add_coupon, find, list, remove_coupon, set_coupon_active};
pub use steps::{Ending, Held, HoldEnd, end_coupon_hold, hold_coupon};
