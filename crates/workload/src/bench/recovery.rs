//! How soon work goes on: after a worker's panic, after `kill -9` of a process, after the death of
//! the redis-server.

use std::{
    collections::HashMap,
    process::{ExitCode, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shop::{
    api_client::ApiClient,
    locate::{self, Location},
    output::{self, Table},
};
use streamward::{
    Consumer, Delivery, Handler, Message, Namespace, Outcome, Runtime, Server, TraceParent,
    inspect, send,
};
use supervision::Backoff;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use super::{
    BenchArgs, Printed,
    fixture::FreshRedis,
    report::{Ratio, print_ratios},
};
use crate::{
    load::Latency,
    processes::{self, ShopProcess},
};

const STREAM: &str = "jobs";
const SERVICE: &str = "bench";
const HELD: usize = 64;
const PANICS: usize = 200;
const KILLS: usize = 5;
const DEATHS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(2);
const ANY_PORT: &str = "127.0.0.1:0";

/// Times from the accident until work goes on, in milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recovery {
    /// From a worker's panic until its entry is handled again; its backoff is in it.
    panic: Latency,
    /// The default backoff, ms.
    backoff_ms: f64,
    /// From `kill -9` of a process until each of its entries is handled elsewhere.
    kill: Latency,
    /// The default time to live of the sign of life, ms.
    heartbeat_ms: f64,
    /// From the first answer of the new redis-server until a new order is confirmed.
    redis: Latency,
}

impl Printed for Recovery {
    fn print(&self) {
        let mut table = Table::new(["until work goes on, ms", "p50", "p90", "p99", "max"]);
        for (name, latency) in [
            ("worker panics: its entry is handled again", &self.panic),
            ("kill -9: its entries are handled elsewhere", &self.kill),
            ("redis-server answers again: order confirmed", &self.redis),
        ] {
            table.row(latency.row(name));
        }
        table.print();
        output::line("");
        let beyond_backoff = self.panic.p99 - self.backoff_ms;
        let beyond_heartbeat = self.kill.p99 - self.heartbeat_ms;
        print_ratios(&[
            Ratio::at_most(
                "panic, p99 beyond the backoff, ms",
                beyond_backoff,
                50.0,
                50.0,
            ),
            Ratio::at_most(
                "kill -9, p99 beyond the time to live, ms",
                beyond_heartbeat,
                1000.0,
                1000.0,
            ),
            Ratio::at_most("redis-server, max, ms", self.redis.max, 2000.0, 2000.0),
        ]);
    }
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Recovery> {
    Ok(Recovery {
        panic: panics(args).await?,
        backoff_ms: 100.0,
        kill: kills(args).await?,
        heartbeat_ms: 3000.0,
        redis: deaths().await?,
    })
}

#[derive(Serialize, Deserialize)]
struct Task;

impl Message for Task {
    const KIND: &'static str = "Task";
}

/// Panics at the first delivery, tells of the second.
struct Fragile {
    since: Mutex<HashMap<String, Instant>>,
    tell: mpsc::Sender<Duration>,
}

impl Handler for Fragile {
    type Message = Task;

    #[expect(clippy::panic, reason = "the accident that is measured")]
    async fn handle(&self, _: Task, delivery: &Delivery) -> Outcome {
        let id = delivery.receipt.id.clone();
        let first = {
            let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
            since.insert(id, Instant::now())
        };
        match first {
            None => panic!("an accident of the benchmark"),
            Some(since) => {
                // Nobody listens any more when the measurement was given up.
                let _ = self.tell.send(since.elapsed()).await;
                Outcome::Done
            }
        }
    }
}

async fn panics(args: &BenchArgs) -> Result<Latency> {
    let fresh = FreshRedis::start(args.durability).await?;
    let (tell, mut told) = mpsc::channel(PANICS);
    let fragile = Fragile {
        since: Mutex::default(),
        tell,
    };
    // Without jitter, which only shortens.
    let pause = Duration::from_millis(100);
    let consumer = Consumer::new(SERVICE, fragile)
        .reads([STREAM])
        .backoff(Backoff::new(pause, pause, 0.0).context("a good backoff")?);
    let tree = consumer.tree(&fresh.runtime).await?.start().await?;
    let mut times = Vec::with_capacity(PANICS);
    for _ in 0..PANICS {
        put(&fresh.runtime, 1).await?;
        let time = timeout(PATIENCE, told.recv()).await?;
        times.push(time.context("the consumer ended")?);
    }
    tree.shutdown().await;
    Ok(Latency::of(times.into_iter()))
}

async fn put(runtime: &Runtime, tasks: usize) -> Result<()> {
    let stream = runtime.partitions()[0].stream(STREAM);
    for _ in 0..tasks {
        let mut link = runtime.server().link();
        send(&mut link, &stream, "task", TraceParent::start(), &Task).await?;
    }
    Ok(())
}

/// Tells when it is called.
struct Teller(mpsc::Sender<Instant>);

impl Handler for Teller {
    type Message = Task;

    async fn handle(&self, _: Task, _: &Delivery) -> Outcome {
        // Nobody listens any more when the measurement was given up.
        let _ = self.0.send(Instant::now()).await;
        Outcome::Done
    }
}

/// Holds what it is given until it is killed.
struct Holder;

impl Handler for Holder {
    type Message = Task;

    async fn handle(&self, _: Task, _: &Delivery) -> Outcome {
        std::future::pending().await
    }
}

/// The process that is killed.
pub(super) async fn be_killed(redis: &str) -> Result<ExitCode> {
    let runtime = Runtime::open(Server::new(redis)?, &Namespace::default(), 1).await?;
    let consumer = Consumer::new(SERVICE, Holder)
        .reads([STREAM])
        .concurrency(HELD);
    let _tree = consumer.tree(&runtime).await?.start().await?;
    std::future::pending().await
}

async fn kills(args: &BenchArgs) -> Result<Latency> {
    let mut times = Vec::with_capacity(KILLS * HELD);
    for _ in 0..KILLS {
        let fresh = FreshRedis::start(args.durability).await?;
        let runtime = &fresh.runtime;
        let mut victim = tokio::process::Command::new(std::env::current_exe()?)
            .args(["bench", "--victim-on", runtime.server().url()])
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        put(runtime, HELD).await?;
        until(async || Ok(in_flight(runtime).await? == HELD as u64)).await?;
        let (tell, mut told) = mpsc::channel(HELD);
        let consumer = Consumer::new(SERVICE, Teller(tell)).reads([STREAM]);
        let tree = consumer.tree(runtime).await?.start().await?;
        victim.kill().await?;
        let killed = Instant::now();
        for _ in 0..HELD {
            let handled = timeout(PATIENCE, told.recv()).await?;
            times.push(handled.context("the consumer ended")? - killed);
        }
        tree.shutdown().await;
    }
    Ok(Latency::of(times.into_iter()))
}

async fn in_flight(runtime: &Runtime) -> Result<u64> {
    let stream = runtime.partitions()[0].stream(STREAM);
    let info = inspect::stream(&mut runtime.server().link(), &stream).await?;
    Ok(info
        .iter()
        .flat_map(|info| &info.groups)
        .map(|group| group.pending)
        .sum())
}

async fn until(probe: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !probe().await? {
        anyhow::ensure!(Instant::now() < deadline, "nothing happens");
        sleep(STEP).await;
    }
    Ok(())
}

/// Kills the embedded redis-server of a shop again and again.
async fn deaths() -> Result<Latency> {
    let dir = processes::temp_dir()?;
    let flags = ["up", "--listen", ANY_PORT, "--provider-listen", ANY_PORT];
    let shop = ShopProcess::start(&flags, dir.path(), "off").await?;
    let place = Location {
        data: dir.path().to_owned(),
        redis: None,
        api: None,
        namespace: None,
    };
    let admin = locate::admin(&place)?;
    let client = ApiClient::new(&shop.ready, Some(&admin.token))?;
    confirmed(&client).await?;
    let mut times = Vec::with_capacity(DEATHS);
    for _ in 0..DEATHS {
        let runtime = locate::runtime(&place).await?;
        let pid = locate::redis_pid(&runtime).await?;
        processes::send("-KILL", pid).await?;
        until(async || {
            Ok(locate::redis_pid(&runtime)
                .await
                .is_ok_and(|now| now != pid))
        })
        .await?;
        let answers = Instant::now();
        confirmed(&client).await?;
        times.push(answers.elapsed());
    }
    shop.stop().await?;
    Ok(Latency::of(times.into_iter()))
}

/// Places an order, again and again until it is accepted, and waits until it is confirmed.
async fn confirmed(client: &ApiClient) -> Result<()> {
    let body = json!({
        "items": [{"productId": "mug-01", "quantity": 1}],
        "paymentMethod": "pm_card_visa",
    });
    let deadline = Instant::now() + PATIENCE;
    let placed = loop {
        match client.post("/v1/orders", &body).await {
            Ok(order) => break order,
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => sleep(STEP).await,
        }
    };
    let id = placed.pointer("/id").and_then(|id| id.as_str());
    let path = format!("/v1/orders/{}", id.context("an id")?);
    until(async || {
        let order = client.get(&path).await;
        Ok(order.is_ok_and(|order| order.pointer("/status") == Some(&json!("confirmed"))))
    })
    .await
}
