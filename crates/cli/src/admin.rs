//! Tools that change a shop.

pub(crate) mod accounts;
pub(crate) mod catalog;
pub(crate) mod crash;
pub(crate) mod seed;
