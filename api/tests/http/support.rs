//! A shop of one's own, and clients that speak to its router.

mod browser;
mod client;
mod follower;
mod machine;
mod metrics;
mod shop;

pub(crate) use browser::Browser;
pub(crate) use client::{Client, Reply};
pub(crate) use follower::following;
pub(crate) use machine::{Machine, mac, now};
pub(crate) use metrics::Counters;
pub(crate) use shop::{PASSWORD, SECRET, Shop};
