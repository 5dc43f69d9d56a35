//! What entries that back off cost those that do not.
//!
//! A hundred thousand entries fail with a pause of an hour's fraction; some stay in the pending list,
//! the rest waits in the delay queue. Beside them the same traffic runs as on an empty server, in turns.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use serde::Serialize;
use shop::output::{self, Table};
use streamward::{
    Cause, Consumer, Delivery, Envelope, Handler, Message, Outcome, Runtime, TraceParent, delay,
    inspect, publish,
};
use tokio::sync::Notify;

use super::{
    BenchArgs, Printed,
    due_jobs::{self, Due},
    fixture::FreshRedis,
    report::{Ratio, print_ratios},
    runtime,
};

const STREAM: &str = "blobs";
const SERVICE: &str = "sink";
const BACKING_OFF: u64 = 100_000;
const ROUNDS: usize = 5;
const WORKERS: usize = 128;
/// Long enough that nothing comes due while it is measured.
const PAUSE: Duration = Duration::from_secs(1800);
const LEASE: Duration = Duration::from_secs(3600);

/// Live traffic alone, and beside a backlog.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Backlog {
    parked: u64,
    delayed: u64,
    /// Medians of entries per second.
    alone_per_second: f64,
    beside_per_second: f64,
    loss: f64,
    due: Due,
}

impl Printed for Backlog {
    fn print(&self) {
        let mut table = Table::new(["live traffic, entries per second", ""]);
        let rate = |value: f64| format!("{value:.0}");
        table.row(["alone".to_owned(), rate(self.alone_per_second)]);
        let beside = format!("beside {} parked, {} delayed", self.parked, self.delayed);
        table.row([beside, rate(self.beside_per_second)]);
        table.print();
        output::line("");
        let mut table = Table::new(["written until handled, ms", "p50", "p90", "p99", "max"]);
        table.row(self.due.alone.row("500 entries a second, alone"));
        table.row(self.due.beside.row("while 100,000 jobs come due at once"));
        table.print();
        output::line(format!(
            "the jobs are handled after {:.1} s",
            self.due.jobs_seconds
        ));
        output::line("");
        print_ratios(&[Ratio::at_most("loss", self.loss, 0.1, 0.05)]);
    }
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Backlog> {
    let empty = FreshRedis::start(args.durability).await?;
    let loaded = FreshRedis::start(args.durability).await?;
    let (parked, delayed) = load(&loaded.runtime).await?;
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS * 2 {
        // In turns, and each first every other time, because machines drift.
        let (fresh, rates) = if (round + round / 2) % 2 == 0 {
            (&empty, &mut alone)
        } else {
            (&loaded, &mut beside)
        };
        rates.push(live(&fresh.runtime, args.entries).await?);
    }
    let (alone_per_second, beside_per_second) = (median(alone), median(beside));
    Ok(Backlog {
        due: due_jobs::measure(args).await?,
        parked,
        delayed,
        alone_per_second,
        beside_per_second,
        loss: 1.0 - beside_per_second / alone_per_second,
    })
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn live(runtime: &Runtime, entries: u64) -> Result<f64> {
    runtime::fill(runtime, entries).await?;
    let work = consume(runtime, Arc::new(Tally::expecting(entries)));
    let rate = runtime::timed(runtime, entries, work).await?;
    Ok(rate.entries_per_second)
}

/// Fails what is slow, and counts everything.
struct Tally {
    expected: u64,
    seen: std::sync::atomic::AtomicU64,
    all: Notify,
}

impl Tally {
    fn expecting(expected: u64) -> Self {
        Self {
            expected,
            seen: 0.into(),
            all: Notify::new(),
        }
    }
}

/// The live traffic, and what backs off: told apart by the key.
#[derive(Serialize, serde::Deserialize)]
struct Blob(String);

impl Message for Blob {
    const KIND: &'static str = "Blob";
}

struct Sink(Arc<Tally>);

impl Handler for Sink {
    type Message = Blob;

    async fn handle(&self, _: Blob, delivery: &Delivery) -> Outcome {
        let tally = &self.0;
        let seen = tally
            .seen
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
            + 1;
        if seen == tally.expected {
            tally.all.notify_one();
        }
        if delivery.key() == "slow" {
            return Outcome::Retry {
                after: Some(PAUSE),
                cause: Cause::new("not for half an hour"),
            };
        }
        Outcome::Done
    }
}

async fn consume(runtime: &Runtime, tally: Arc<Tally>) -> Result<()> {
    let consumer = Consumer::new(SERVICE, Sink(Arc::clone(&tally)))
        .reads([STREAM])
        .concurrency(WORKERS)
        .lease(LEASE);
    let tree = consumer.tree(runtime).await?.start().await?;
    tally.all.notified().await;
    tree.shutdown().await;
    Ok(())
}

/// Lets entries fail until all of them back off; returns how many do in place, and elsewhere.
async fn load(runtime: &Runtime) -> Result<(u64, u64)> {
    let partition = &runtime.partitions()[0];
    let stream = partition.stream(STREAM);
    let envelope = Envelope::next(TraceParent::start());
    let writes = (0..BACKING_OFF).map(|_| async {
        let mut link = runtime.server().link();
        let (kind, text) = ((Blob::KIND, Blob::VERSION), "x".repeat(200));
        publish(&mut link, &stream, kind, "slow", &envelope, &text).await
    });
    let mut writes = futures_util::stream::iter(writes);
    let mut writes = futures_util::StreamExt::buffer_unordered(&mut writes, 256);
    while let Some(written) = futures_util::StreamExt::next(&mut writes).await {
        written?;
    }
    consume(runtime, Arc::new(Tally::expecting(BACKING_OFF))).await?;
    let mut link = runtime.server().link();
    let info = inspect::stream(&mut link, &stream).await?;
    let parked = info.iter().flat_map(|info| &info.groups).map(|g| g.parked);
    let delayed = delay::queue(&mut link, partition, SERVICE).await?.jobs;
    Ok((parked.sum(), delayed))
}
