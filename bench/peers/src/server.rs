//! A private redis-server in a temporary folder, on loopback, with an append-only file.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use redis::{AsyncCommands, aio::MultiplexedConnection};
use tempfile::TempDir;

use crate::{PRODUCTS, STEPS, connect};

const UNITS: u64 = 1_000_000;
/// Orders per pipeline.
const CHUNK: usize = 1000;

/// A server with stock and nothing else.
pub struct Server {
    pub url: String,
    pub link: MultiplexedConnection,
    child: Child,
    _dir: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the program, `redis-server` unless REDIS_SERVER names another.
pub fn program() -> String {
    std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned())
}

/// Times of an order in µs, and the number of calls of each step.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub created: Option<u64>,
    pub confirmed: Option<u64>,
    pub calls: [u64; STEPS.len()],
}

async fn wait_for(url: &str) -> Result<MultiplexedConnection> {
    for _ in 0..100 {
        if let Ok(link) = connect(url).await {
            return Ok(link);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("redis-server does not answer")
}

impl Server {
    /// Starts a server that syncs its file `everysec` or `always`.
    pub async fn start(fsync: &str) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port()
            .to_string();
        let mut command = Command::new(program());
        command.args(["--bind", "127.0.0.1", "--port", &port, "--save", ""]);
        command
            .args(["--appendonly", "yes", "--appendfsync", fsync, "--dir"])
            .arg(dir.path());
        let child = command
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server does not start")?;
        let url = format!("redis://127.0.0.1:{port}");
        let link = wait_for(&url).await?;
        let mut server = Self {
            url,
            link,
            child,
            _dir: dir,
        };
        let mut pipe = redis::pipe();
        for product in 0..PRODUCTS {
            pipe.hset(format!("stock:{product}"), "available", UNITS)
                .ignore();
        }
        pipe.query_async::<()>(&mut server.link).await?;
        Ok(server)
    }

    /// Waits until `key` holds at least `value`; returns whether it did within the time.
    pub async fn reached(&mut self, key: &str, value: u64, within: Duration) -> Result<bool> {
        let reached = async {
            loop {
                let found: Option<u64> = self.link.get(key).await?;
                if found.unwrap_or(0) >= value {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        match tokio::time::timeout(within, reached).await {
            Ok(result) => result.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Reads what became of all orders.
    pub async fn progress(&mut self, orders: u64) -> Result<Vec<Progress>> {
        let mut all = Vec::new();
        let numbers: Vec<u64> = (0..orders).collect();
        for chunk in numbers.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for order in chunk {
                let [one, two, three, four] = STEPS;
                let fields = ["created", "confirmed", one, two, three, four];
                pipe.cmd("HMGET").arg(format!("order:{order}")).arg(&fields);
            }
            let rows: Vec<[Option<u64>; 6]> = pipe.query_async(&mut self.link).await?;
            all.extend(
                rows.into_iter()
                    .map(|[created, confirmed, calls @ ..]| Progress {
                        created,
                        confirmed,
                        calls: calls.map(Option::unwrap_or_default),
                    }),
            );
        }
        Ok(all)
    }

    /// Fails unless every unit is accounted for: two per reserved order, sold when it is confirmed.
    pub async fn audit(&mut self, orders: &[Progress]) -> Result<()> {
        let mut pipe = redis::pipe();
        for product in 0..PRODUCTS {
            let fields = ["available", "reserved", "sold"];
            pipe.cmd("HMGET")
                .arg(format!("stock:{product}"))
                .arg(&fields);
        }
        let stocks: Vec<[Option<u64>; 3]> = pipe.query_async(&mut self.link).await?;
        let (mut taken, mut sold) = (0, 0);
        for stock in stocks {
            let [available, reserved, units] = stock.map(Option::unwrap_or_default);
            ensure!(
                available + reserved + units == UNITS,
                "a product's units are not {UNITS}"
            );
            taken += UNITS - available;
            sold += units;
        }
        let reserved = orders.iter().filter(|order| order.calls[1] > 0).count() as u64;
        let confirmed = orders
            .iter()
            .filter(|order| order.confirmed.is_some())
            .count() as u64;
        ensure!(
            taken == 2 * reserved,
            "{taken} units are taken for {reserved} orders"
        );
        ensure!(
            sold == 2 * confirmed,
            "{sold} units are sold for {confirmed} orders"
        );
        Ok(())
    }
}
