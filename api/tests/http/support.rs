//! A shop of one's own, and clients that speak to its router.

mod client;
mod follower;
mod shop;

pub(crate) use client::{Client, Reply};
pub(crate) use follower::following;
pub(crate) use shop::{PASSWORD, SECRET, Shop};
