//! Recovery times: after a worker's panic, after `kill -9` of a process, after the death of the
//! redis-server.

use std::{
    collections::HashMap,
    process::{ExitCode, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
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

/// Times from a fault until work continues, in milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recovery {
    /// From a worker's panic until its entry is handled again, backoff included.
    panic: Latency,
    /// The default backoff, ms.
    backoff_ms: f64,
    /// From `kill -9` of a process until each of its entries is handled elsewhere.
    kill: Latency,
    /// The default time to live of the heartbeat, ms.
    heartbeat_ms: f64,
    /// From the first response of the new redis-server until a new order is confirmed.
    redis: Latency,
}

impl Printed for Recovery {
    fn print(&self) {
        let mut table = Table::new(["until work continues, ms", "p50", "p90", "p99", "max"]);
        for (name, latency) in [
            ("worker panics: its entry is handled again", &self.panic),
            ("kill -9: its entries are handled elsewhere", &self.kill),
            ("redis-server is back: order confirmed", &self.redis),
        ] {
            table.row(latency.row(name));
        }
        table.print();
        output::line("");
        let bounded = |name, value, bound| Ratio::at_most(name, value, bound, bound);
        let (panic, kill) = (
            self.panic.p99 - self.backoff_ms,
            self.kill.p99 - self.heartbeat_ms,
        );
        print_ratios(&[
            bounded("panic, p99 beyond the backoff, ms", panic, 50.0),
            bounded("kill -9, p99 beyond the time to live, ms", kill, 1000.0),
            bounded("redis-server, max, ms", self.redis.max, 2000.0),
        ]);
    }
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Recovery> {
    Ok(Recovery {
        panic: panics(args).await?,
        backoff_ms: 100.0,
        kill: kills(args).await?,
        heartbeat_ms: 3000.0,
        redis: redis_deaths().await?,
    })
}

#[derive(Serialize, Deserialize)]
struct Task;

impl Message for Task {
    const KIND: &'static str = "Task";
}

/// Panics at the first delivery, and sends the time since then at the second.
struct PanicOnce {
    first: Mutex<HashMap<String, Instant>>,
    times: mpsc::Sender<Duration>,
}

impl Handler for PanicOnce {
    type Message = Task;

    #[expect(clippy::panic, reason = "the fault that is measured")]
    async fn handle(&self, _: Task, delivery: &Delivery) -> Outcome {
        let id = delivery.receipt.id.clone();
        let first = {
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            first.insert(id, Instant::now())
        };
        let Some(first) = first else {
            panic!("a fault of the benchmark")
        };
        // The receiver is gone when the measurement was abandoned.
        let _ = self.times.send(first.elapsed()).await;
        Outcome::Done
    }
}

async fn panics(args: &BenchArgs) -> Result<Latency> {
    let redis = FreshRedis::start(args.durability).await?;
    let (times, mut received) = mpsc::channel(PANICS);
    let first = Mutex::default();
    // Without jitter, which only shortens the delay.
    let delay = Duration::from_millis(100);
    let consumer = Consumer::new(SERVICE, PanicOnce { first, times })
        .reads([STREAM])
        .backoff(Backoff::new(delay, delay, 0.0).context("a valid backoff")?);
    let tree = consumer.tree(&redis.runtime).await?.start().await?;
    let mut times = Vec::with_capacity(PANICS);
    for _ in 0..PANICS {
        write(&redis.runtime, 1).await?;
        let time = timeout(PATIENCE, received.recv()).await?;
        times.push(time.context("the consumer ended")?);
    }
    tree.shutdown().await;
    Ok(Latency::of(times.into_iter()))
}

async fn write(runtime: &Runtime, tasks: usize) -> Result<()> {
    let stream = runtime.partitions()[0].stream(STREAM);
    for _ in 0..tasks {
        let mut link = runtime.server().link();
        send(&mut link, &stream, "task", TraceParent::start(), &Task).await?;
    }
    Ok(())
}

/// Sends the time of each call.
struct Reporter(mpsc::Sender<Instant>);

impl Handler for Reporter {
    type Message = Task;

    async fn handle(&self, _: Task, _: &Delivery) -> Outcome {
        // The receiver is gone when the measurement was abandoned.
        let _ = self.0.send(Instant::now()).await;
        Outcome::Done
    }
}

/// Never finishes.
struct Holder;

impl Handler for Holder {
    type Message = Task;

    async fn handle(&self, _: Task, _: &Delivery) -> Outcome {
        std::future::pending().await
    }
}

/// Runs the consumer of the process that is killed.
pub(super) async fn hold_entries(redis: &str) -> Result<ExitCode> {
    let runtime = Runtime::open(Server::new(redis)?, &Namespace::default(), 1).await?;
    let consumer = Consumer::new(SERVICE, Holder);
    let consumer = consumer.reads([STREAM]).concurrency(HELD);
    let _tree = consumer.tree(&runtime).await?.start().await?;
    std::future::pending().await
}

async fn kills(args: &BenchArgs) -> Result<Latency> {
    let mut times = Vec::with_capacity(KILLS * HELD);
    for _ in 0..KILLS {
        let redis = FreshRedis::start(args.durability).await?;
        let runtime = &redis.runtime;
        let mut victim = processes::command()?;
        victim.args(["bench", "--victim-on", runtime.server().url()]);
        let mut victim = victim.stdout(Stdio::null()).spawn()?;
        write(runtime, HELD).await?;
        wait_until(async || Ok(in_flight(runtime).await? == HELD as u64)).await?;
        let (calls, mut received) = mpsc::channel(HELD);
        let consumer = Consumer::new(SERVICE, Reporter(calls)).reads([STREAM]);
        let tree = consumer.tree(runtime).await?.start().await?;
        victim.kill().await?;
        let killed = Instant::now();
        for _ in 0..HELD {
            let handled = timeout(PATIENCE, received.recv()).await?;
            times.push(handled.context("the consumer ended")? - killed);
        }
        tree.shutdown().await;
    }
    Ok(Latency::of(times.into_iter()))
}

async fn in_flight(runtime: &Runtime) -> Result<u64> {
    let stream = runtime.partitions()[0].stream(STREAM);
    let info = inspect::stream(&mut runtime.server().link(), &stream).await?;
    let groups = info.iter().flat_map(|info| &info.groups);
    Ok(groups.map(|group| group.pending).sum())
}

async fn wait_until(condition: impl AsyncFn() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !condition().await? {
        ensure!(Instant::now() < deadline, "no change within {PATIENCE:?}");
        sleep(STEP).await;
    }
    Ok(())
}

/// Kills the embedded redis-server of a shop repeatedly.
async fn redis_deaths() -> Result<Latency> {
    let dir = processes::temp_dir()?;
    let shop = ShopProcess::up(dir.path(), "off", "everysec").await?;
    let location = Location::at(dir.path());
    let client = ApiClient::admin(&location)?;
    confirm_order(&client).await?;
    let mut times = Vec::with_capacity(DEATHS);
    for _ in 0..DEATHS {
        let runtime = location.runtime().await?;
        let pid = locate::redis_pid(&runtime).await?;
        processes::send("-KILL", pid).await?;
        wait_until(async || {
            let now = locate::redis_pid(&runtime).await;
            Ok(now.is_ok_and(|now| now != pid))
        })
        .await?;
        let back = Instant::now();
        confirm_order(&client).await?;
        times.push(back.elapsed());
    }
    shop.stop().await?;
    Ok(Latency::of(times.into_iter()))
}

/// Places an order, retrying until it is accepted, and waits until it is confirmed.
async fn confirm_order(client: &ApiClient) -> Result<()> {
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
    let path = format!("/v1/orders/{}", placed["id"].as_str().context("an id")?);
    wait_until(async || {
        let order = client.get(&path).await;
        Ok(order.is_ok_and(|order| order["status"] == "confirmed"))
    })
    .await
}
