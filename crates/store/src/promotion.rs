//! Coupons: their terms, holds and uses.

pub(crate) mod coupons;
pub(crate) mod steps;

pub use coupons::{
    Added, CouponUsage, add_coupon, find, list, preview_coupon, remove_coupon, set_coupon_active,
};
pub use steps::{Ending, Held, HoldEnd, end_coupon_hold, hold_coupon};
