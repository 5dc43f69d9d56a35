//! Common parts of the Rust peers: messages, the scripts of an order's steps, and the command line.

pub mod figures;
pub mod server;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use redis::{AsyncConnectionConfig, Client, Cmd, aio::MultiplexedConnection};
use serde::{Deserialize, Serialize};
use streamward::Message;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Steps of an order; each has a script and a queue of its name.
pub const STEPS: [&str; 4] = ["create", "reserve", "pay", "confirm"];
/// Queue of the no-ops.
pub const NOOPS: &str = "noops";
/// Entries or jobs that a consumer has in flight per queue, where the peer has such an option.
pub const CONCURRENCY: usize = 128;
/// Products of the shop; an order takes one unit of two of them.
pub const PRODUCTS: u64 = 64;

const SOURCES: [&str; 4] = [
    include_str!("../lua/create.lua"),
    include_str!("../lua/reserve.lua"),
    include_str!("../lua/pay.lua"),
    include_str!("../lua/confirm.lua"),
];
const MARK: &str = include_str!("../lua/mark.lua");
/// Jobs per call that fills a queue.
const CHUNK: u64 = 1000;
const NOOP_BYTES: usize = 200;
const DOCUMENT_BYTES: usize = 400;

/// Job of a step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Number of the order.
    pub order: u64,
}

impl Message for Order {
    const KIND: &'static str = "Order";
}

/// Job that nothing is done for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Noop {
    /// `first` or `last` on the jobs whose time is recorded.
    pub mark: Option<String>,
    /// Fills the job up to its size.
    pub padding: String,
}

impl Message for Noop {
    const KIND: &'static str = "Noop";
}

/// Returns the Lua text of step number `step`.
pub fn source(step: usize) -> &'static str {
    SOURCES[step]
}

/// Returns the keys that every script of an order has.
pub fn keys(order: u64) -> [String; 7] {
    let (one, other) = (order % PRODUCTS, (order + 1) % PRODUCTS);
    [
        format!("order:{order}"),
        format!("key:{order}"),
        format!("payment:{order}"),
        "open".to_owned(),
        format!("stock:{one}"),
        format!("stock:{other}"),
        "confirmed".to_owned(),
    ]
}

/// Returns the document of an order.
pub fn document() -> String {
    "d".repeat(DOCUMENT_BYTES)
}

/// Scripts of the steps, loaded into the server.
#[derive(Clone, Debug)]
pub struct Scripts {
    hashes: Vec<String>,
    document: String,
}

impl Scripts {
    /// Loads all scripts.
    pub async fn load(link: &mut MultiplexedConnection) -> Result<Self> {
        let mut hashes = Vec::new();
        for source in SOURCES {
            let mut load = redis::cmd("SCRIPT");
            hashes.push(load.arg("LOAD").arg(source).query_async(link).await?);
        }
        let document = document();
        Ok(Self { hashes, document })
    }

    /// Returns the call of a step's script.
    pub fn call(&self, step: usize, order: u64) -> Cmd {
        let mut call = redis::cmd("EVALSHA");
        call.arg(&self.hashes[step]).arg(7).arg(&keys(order));
        call.arg(order).arg(&self.document);
        call
    }
}

/// Handles a no-op: records the time of the first and the last, and does nothing for the others.
pub async fn handle_noop(link: &MultiplexedConnection, noop: &Noop) -> Result<()> {
    if let Some(mark) = &noop.mark {
        let mut call = redis::cmd("EVAL");
        call.arg(MARK).arg(1).arg(mark);
        call.query_async::<()>(&mut link.clone()).await?;
    }
    Ok(())
}

/// Opens a connection that waits longer than any blocking read.
pub async fn connect(url: &str) -> Result<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(30)));
    let client = Client::open(url)?;
    Ok(client
        .get_multiplexed_async_connection_with_config(&config)
        .await?)
}

/// A queue under test.
#[expect(async_fn_in_trait, reason = "each program has one implementation")]
pub trait Peer {
    /// Enqueues no-ops.
    async fn send_noops(&mut self, noops: Vec<Noop>) -> Result<()>;
    /// Enqueues the first step of orders.
    async fn send_orders(&mut self, orders: Vec<Order>) -> Result<()>;
    /// Handles no-ops until it is killed.
    async fn work_noops(&mut self) -> Result<()>;
    /// Handles all steps until it is killed.
    async fn work_orders(&mut self) -> Result<()>;
}

/// Returns the URL of the server: the first argument of every peer.
pub fn url() -> Result<String> {
    std::env::args().nth(1).context("usage: <url> <task> ..")
}

/// Runs the task that the command line names.
pub async fn run(mut peer: impl Peer) -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["fill-noops", count] => fill_noops(&mut peer, count.parse()?).await,
        ["fill-orders", count] => {
            let numbers: Vec<u64> = (0..count.parse()?).collect();
            for chunk in numbers.chunks(usize::try_from(CHUNK)?) {
                let orders = chunk.iter().map(|order| Order { order: *order });
                peer.send_orders(orders.collect()).await?;
            }
            Ok(())
        }
        ["paced", rate, first, count] => {
            let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate.parse()?);
            let first: u64 = first.parse()?;
            for order in first..first + count.parse::<u64>()? {
                ticks.tick().await;
                peer.send_orders(vec![Order { order }]).await?;
            }
            Ok(())
        }
        ["work-noops"] => peer.work_noops().await,
        ["work-orders"] => peer.work_orders().await,
        _ => {
            bail!("tasks: fill-noops N, fill-orders N, paced RATE FIRST N, work-noops, work-orders")
        }
    }
}

async fn fill_noops(peer: &mut impl Peer, count: u64) -> Result<()> {
    let noop = |n: u64| Noop {
        mark: match n {
            0 => Some("first".to_owned()),
            n if n + 1 == count => Some("last".to_owned()),
            _ => None,
        },
        padding: "x".repeat(NOOP_BYTES),
    };
    for start in (0..count).step_by(usize::try_from(CHUNK)?) {
        let end = count.min(start + CHUNK);
        peer.send_noops((start..end).map(noop).collect()).await?;
    }
    Ok(())
}
