//! A shop of one's own, and clients that speak to its router.

mod client;
mod shop;

pub(crate) use client::{Client, Reply};
pub(crate) use shop::{SECRET, Shop};
