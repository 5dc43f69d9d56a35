//! Clients that hold units at the same time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use peers::figures::share;
use serde::Serialize;

use crate::{
    client::Holder,
    stock::{HOT, PRODUCTS},
};

pub const CLIENTS: usize = 32;

/// Rate and latency of holds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Load {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub held: i64,
    pub refused: i64,
}

/// Products of an order: two of all, or the hot one and one of the others.
pub fn products(order: i64, hot: bool) -> [i32; 2] {
    let other = i32::try_from(order * 7 % i64::from(PRODUCTS)).unwrap_or(1);
    if hot {
        [HOT, 1 + other % (PRODUCTS - 1)]
    } else {
        [other, (other + 3) % PRODUCTS]
    }
}

/// Holds units until `within` is over or `attempts` are used up.
pub async fn run(holders: &[Holder], hot: bool, within: Duration, attempts: i64) -> Result<Load> {
    let next = Arc::new(AtomicI64::new(0));
    let start = Instant::now();
    let clients = holders.iter().cloned().map(|holder| {
        let next = Arc::clone(&next);
        tokio::spawn(async move {
            let (mut times, mut refused) = (Vec::new(), 0);
            while start.elapsed() < within {
                let order = next.fetch_add(1, Ordering::Relaxed);
                if order >= attempts {
                    break;
                }
                let before = Instant::now();
                if holder.hold(order, products(order, hot)).await? {
                    times.push(before.elapsed().as_secs_f64() * 1000.0);
                } else {
                    refused += 1;
                }
            }
            anyhow::Ok((times, refused))
        })
    });
    let clients: Vec<_> = clients.collect();
    let (mut times, mut refused) = (Vec::new(), 0);
    for client in clients {
        let (mine, not) = client.await??;
        times.extend(mine);
        refused += not;
    }
    let held = i64::try_from(times.len())?;
    Ok(Load {
        per_second: f64::from(i32::try_from(held)?) / start.elapsed().as_secs_f64(),
        p50_ms: share(&times, 50).unwrap_or(f64::NAN),
        p99_ms: share(&times, 99).unwrap_or(f64::NAN),
        held,
        refused,
    })
}
