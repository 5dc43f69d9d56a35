//! Delay of live traffic while a hundred thousand jobs become due at once.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use streamward::{
    Consumer, Delivery, Handler, Message, Outcome, Runtime, TraceParent, delay, send,
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use super::{BenchArgs, fixture::FreshRedis};
use crate::load::Latency;

const STREAM: &str = "live";
const SERVICE: &str = "sink";
const JOBS: usize = 100_000;
/// Jobs scheduled per pipeline.
const CHUNK: usize = 1000;
const RATE: u32 = 500;
const SECONDS: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(60);

/// Times from writing a live entry until its handler is called, ms.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Due {
    pub(super) alone: Latency,
    pub(super) beside: Latency,
    /// Seconds until all jobs were handled.
    pub(super) jobs_seconds: f64,
}

/// A live entry with the time it was written, in microseconds since the start; a job has none.
#[derive(Serialize, Deserialize)]
struct Written(Option<u64>);

impl Message for Written {
    const KIND: &'static str = "Written";
}

struct Sink {
    started: Instant,
    delays: mpsc::Sender<Option<Duration>>,
}

impl Handler for Sink {
    type Message = Written;

    async fn handle(&self, Written(at): Written, _: &Delivery) -> Outcome {
        let written = at.map(Duration::from_micros);
        let delay = written.map(|at| self.started.elapsed().saturating_sub(at));
        // The receiver is gone when the measurement was abandoned.
        let _ = self.delays.send(delay).await;
        Outcome::Done
    }
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Due> {
    let (alone, _) = live(args, 0).await?;
    let (beside, jobs_seconds) = live(args, JOBS).await?;
    Ok(Due {
        alone,
        beside,
        jobs_seconds,
    })
}

/// Writes live entries at a steady rate while `jobs` are due.
async fn live(args: &BenchArgs, jobs: usize) -> Result<(Latency, f64)> {
    let redis = FreshRedis::start(args.durability).await?;
    let runtime = &redis.runtime;
    schedule(runtime, jobs).await?;
    let (delays, mut received) = mpsc::channel(1024);
    let started = Instant::now();
    let consumer = Consumer::new(SERVICE, Sink { started, delays });
    let consumer = consumer.reads([STREAM]).concurrency(128);
    let tree = consumer.tree(runtime).await?.start().await?;
    let count = usize::try_from(RATE * SECONDS)?;
    let receive = async {
        let (mut delays, mut jobs_left, mut jobs_end) = (Vec::new(), jobs, started);
        while delays.len() < count || jobs_left > 0 {
            let delay = timeout(PATIENCE, received.recv()).await?;
            match delay.context("the consumer ended")? {
                Some(delay) => delays.push(delay),
                None => {
                    jobs_left -= 1;
                    jobs_end = Instant::now();
                }
            }
        }
        Ok((delays, jobs_end - started))
    };
    let ((delays, jobs_took), ()) = tokio::try_join!(receive, write(runtime, started, count))?;
    tree.shutdown().await;
    Ok((Latency::of(delays.into_iter()), jobs_took.as_secs_f64()))
}

async fn write(runtime: &Runtime, started: Instant, count: usize) -> Result<()> {
    let stream = runtime.partitions()[0].stream(STREAM);
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for _ in 0..count {
        ticks.tick().await;
        let written = Written(Some(u64::try_from(started.elapsed().as_micros())?));
        let mut link = runtime.server().link();
        send(&mut link, &stream, "", TraceParent::start(), &written).await?;
    }
    Ok(())
}

/// Schedules jobs that are already due.
async fn schedule(runtime: &Runtime, jobs: usize) -> Result<()> {
    let partition = &runtime.partitions()[0];
    let (queue, payloads) = (partition.delayed(SERVICE), partition.delayed_data(SERVICE));
    let payload = streamward::pack(Written::KIND, &Written(None))?;
    let names = (0..jobs).map(|n| delay::job(Written::KIND, &n.to_string()));
    for chunk in names.collect::<Vec<String>>().chunks(CHUNK) {
        let mut pipe = redis::pipe();
        for name in chunk {
            pipe.zadd(&queue, name, 1).ignore();
            pipe.hset(&payloads, name, payload.as_slice()).ignore();
        }
        pipe.query_async::<()>(&mut runtime.server().link()).await?;
    }
    Ok(())
}
