//! A hundred thousand jobs come due at once: what live traffic notices of it.

use std::{sync::Arc, time::Duration};

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

/// From writing a live entry until its handler is called, ms.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Due {
    pub(super) alone: Latency,
    pub(super) beside: Latency,
    /// Seconds until all jobs were handled.
    pub(super) jobs_seconds: f64,
}

/// Live: when it was written, in microseconds since the measurement began. A job says nothing.
#[derive(Serialize, Deserialize)]
struct Written(Option<u64>);

impl Message for Written {
    const KIND: &'static str = "Written";
}

struct Sink {
    began: Instant,
    tell: mpsc::Sender<Option<Duration>>,
}

impl Handler for Sink {
    type Message = Written;

    async fn handle(&self, Written(at): Written, _: &Delivery) -> Outcome {
        let written = at.map(Duration::from_micros);
        let waited = written.map(|at| self.began.elapsed().saturating_sub(at));
        // Nobody listens any more when the measurement was given up.
        let _ = self.tell.send(waited).await;
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
    let fresh = FreshRedis::start(args.durability).await?;
    let runtime = &fresh.runtime;
    schedule(runtime, jobs).await?;
    let (tell, mut told) = mpsc::channel(1024);
    let began = Instant::now();
    let consumer = Consumer::new(SERVICE, Sink { began, tell })
        .reads([STREAM])
        .concurrency(128);
    let tree = consumer.tree(runtime).await?.start().await?;
    let count = usize::try_from(RATE * SECONDS)?;
    let hear = async {
        let (mut waits, mut jobs_left, mut jobs_end) = (Vec::with_capacity(count), jobs, began);
        while waits.len() < count || jobs_left > 0 {
            match timeout(PATIENCE, told.recv()).await?.context("it ended")? {
                Some(waited) => waits.push(waited),
                None => {
                    jobs_left -= 1;
                    jobs_end = Instant::now();
                }
            }
        }
        Ok((waits, jobs_end - began))
    };
    let ((waits, jobs_took), ()) = tokio::try_join!(hear, write(runtime, began, count))?;
    tree.shutdown().await;
    Ok((Latency::of(waits.into_iter()), jobs_took.as_secs_f64()))
}

async fn write(runtime: &Runtime, began: Instant, count: usize) -> Result<()> {
    let stream = Arc::new(runtime.partitions()[0].stream(STREAM));
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for _ in 0..count {
        ticks.tick().await;
        let at = u64::try_from(began.elapsed().as_micros())?;
        let mut link = runtime.server().link();
        let written = Written(Some(at));
        send(&mut link, &stream, "", TraceParent::start(), &written).await?;
    }
    Ok(())
}

/// Schedules jobs that are due already.
async fn schedule(runtime: &Runtime, jobs: usize) -> Result<()> {
    let partition = &runtime.partitions()[0];
    let (queue, payloads) = (partition.delayed(SERVICE), partition.delayed_data(SERVICE));
    let nothing = streamward::pack(Written::KIND, &Written(None))?;
    let names: Vec<String> = (0..jobs)
        .map(|n| delay::job(Written::KIND, &n.to_string()))
        .collect();
    for chunk in names.chunks(CHUNK) {
        let mut pipe = redis::pipe();
        for name in chunk {
            pipe.cmd("ZADD").arg(&queue).arg(1).arg(name).ignore();
            pipe.cmd("HSET")
                .arg(&payloads)
                .arg(name)
                .arg(&nothing)
                .ignore();
        }
        pipe.query_async::<()>(&mut runtime.server().link()).await?;
    }
    Ok(())
}
