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

/// States in which Redis refuses writes: the code, the command that begins it, the one that ends it.
pub(crate) const WRITE_REFUSALS: [(&str, &[&str], &[&str]); 3] = [
    (
        "OOM",
        &["CONFIG", "SET", "maxmemory", "1"],
        &["CONFIG", "SET", "maxmemory", "0"],
    ),
    (
        "READONLY",
        &["REPLICAOF", "127.0.0.1", "1"],
        &["REPLICAOF", "NO", "ONE"],
    ),
    (
        "NOREPLICAS",
        &["CONFIG", "SET", "min-replicas-to-write", "1"],
        &["CONFIG", "SET", "min-replicas-to-write", "0"],
    ),
];
