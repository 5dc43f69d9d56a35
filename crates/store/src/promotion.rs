//! Coupons: their terms, who holds them, and how often they were used.

mod book;
mod steps;

pub use book::{Added, CouponBook, add, find, list, remove, switch};
pub use steps::{Ending, Held, Settled, hold, settle};
