//! Cost of entries that back off for live traffic.
//!
//! A hundred thousand entries fail with a delay of half an hour; some stay in the pending list, the rest
//! in the delay queue. Beside them the same traffic runs as on an empty server, alternating.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use shop::output::{self, Table};
use streamward::{
    Cause, Consumer, Delivery, Envelope, Handler, Message, Outcome, Runtime, TraceParent, delay,
    inspect, publish,
};

use super::{
    BenchArgs, Printed,
    due_jobs::{self, Due},
    fixture::{Countdown, FreshRedis, median},
    report::{Ratio, print_ratios},
    runtime::{self, SERVICE, STREAM},
};

const BACKING_OFF: u64 = 100_000;
const ROUNDS: usize = 5;
const IN_FLIGHT: usize = 256;
/// Long enough that no entry becomes due during the measurement.
const DELAY: Duration = Duration::from_secs(1800);
const LEASE: Duration = Duration::from_secs(3600);

/// Throughput of live traffic alone, and beside a backlog.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Backlog {
    parked: u64,
    delayed: u64,
    /// Median of entries per second.
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
        let beside = "while 100,000 jobs become due at once";
        table.row(self.due.beside.row(beside));
        table.print();
        let seconds = self.due.jobs_seconds;
        output::line(format!("the jobs are handled after {seconds:.1} s\n"));
        print_ratios(&[Ratio::at_most("loss", self.loss, 0.1, 0.05)]);
    }
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Backlog> {
    let empty = FreshRedis::start(args.durability).await?;
    let loaded = FreshRedis::start(args.durability).await?;
    let (parked, delayed) = load(&loaded.runtime).await?;
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS * 2 {
        // Alternating, and each first every other time, because machines drift.
        let (redis, rates) = if (round + round / 2) % 2 == 0 {
            (&empty, &mut alone)
        } else {
            (&loaded, &mut beside)
        };
        rates.push(live(&redis.runtime, args.entries).await?);
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

async fn live(runtime: &Runtime, entries: u64) -> Result<f64> {
    runtime::fill(runtime, entries).await?;
    let rate = runtime::timed(runtime, entries, consume(runtime, entries)).await?;
    Ok(rate.entries_per_second)
}

#[derive(Serialize, Deserialize)]
struct Blob(String);

impl Message for Blob {
    const KIND: &'static str = "Blob";
}

/// Counts entries, and lets those with the key `slow` back off.
struct Sink(Arc<Countdown>);

impl Handler for Sink {
    type Message = Blob;

    async fn handle(&self, _: Blob, delivery: &Delivery) -> Outcome {
        self.0.count();
        if delivery.key() == "slow" {
            return Outcome::Retry {
                after: Some(DELAY),
                cause: Cause::new("backs off for half an hour"),
            };
        }
        Outcome::Done
    }
}

async fn consume(runtime: &Runtime, entries: u64) -> Result<()> {
    let countdown = Countdown::from(entries);
    let consumer = Consumer::new(SERVICE, Sink(Arc::clone(&countdown))).lease(LEASE);
    runtime::consume(runtime, consumer, &countdown).await
}

/// Lets entries back off; returns the numbers of parked and of delayed ones.
async fn load(runtime: &Runtime) -> Result<(u64, u64)> {
    let partition = &runtime.partitions()[0];
    let (name, envelope) = (
        partition.stream(STREAM),
        Envelope::next(TraceParent::start()),
    );
    let writes = (0..BACKING_OFF).map(|_| async {
        let mut link = runtime.server().link();
        let (kind, text) = ((Blob::KIND, Blob::VERSION), "x".repeat(200));
        publish(&mut link, &name, kind, "slow", &envelope, &text).await
    });
    let writes = stream::iter(writes).buffer_unordered(IN_FLIGHT);
    writes.try_for_each(async |_| Ok(())).await?;
    consume(runtime, BACKING_OFF).await?;
    let mut link = runtime.server().link();
    let info = inspect::stream(&mut link, &name).await?;
    let groups = info.iter().flat_map(|info| &info.groups);
    let parked = groups.map(|group| group.parked).sum();
    let delayed = delay::queue(&mut link, partition, SERVICE).await?.jobs;
    Ok((parked, delayed))
}
