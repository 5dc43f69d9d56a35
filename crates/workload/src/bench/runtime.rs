//! The runtime alone: a handler that does nothing, beside a raw loop of XREADGROUP and XACK.
//!
//! Both read the same entries from the same kind of server, with the same batch, and decode the same
//! fields; the difference is supervision, leases, outcomes and metrics.

use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;
use shop::output::{self, Table};
use streamward::{
    Consumer, Delivery, Envelope, Handler, Inbound, Outcome, Runtime, TraceParent, Undecodable,
    groups, pack,
};

use super::{
    BenchArgs, Printed,
    fixture::{Countdown, FreshRedis},
    report::{Ratio, print_ratios},
    usage::{CostPerOrder, measured},
};

pub(super) const STREAM: &str = "blobs";
pub(super) const SERVICE: &str = "sink";
/// Entries per read of the raw loop, and workers of the consumer.
pub(super) const BATCH: usize = 128;
const PAYLOAD: usize = 200;
const ROUNDS: usize = 5;
/// Entries written per pipeline.
const CHUNK: u64 = 1000;

/// Throughput of one kind of consumer.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rate {
    pub(super) entries_per_second: f64,
    /// Cost per entry.
    per_entry: CostPerOrder,
}

/// Throughput of the runtime and of the raw loop.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuntimeRates {
    raw: Rate,
    runtime: Rate,
    ratio: f64,
}

impl Printed for RuntimeRates {
    fn print(&self) {
        let mut table = Table::new([
            "200-byte entries",
            "per second",
            "per second and core",
            "process CPU µs",
            "Redis CPU µs",
        ]);
        for (name, rate) in [("raw loop", self.raw), ("runtime", self.runtime)] {
            let (process, redis) = (rate.per_entry.process_cpu_us, rate.per_entry.redis_cpu_us);
            table.row([
                name.to_owned(),
                format!("{:.0}", rate.entries_per_second),
                format!("{:.0}", 1e6 / process.max(f64::EPSILON)),
                format!("{process:.1}"),
                format!("{redis:.1}"),
            ]);
        }
        table.print();
        output::line("");
        print_ratios(&[Ratio::at_least("runtime / raw loop", self.ratio, 0.8, 1.1)]);
    }
}

pub(super) async fn measure(args: &BenchArgs) -> Result<RuntimeRates> {
    let (mut raw, mut runtime) = (Vec::new(), Vec::new());
    // Alternating, because machines drift, and Redis rewrites its file at any time.
    for _ in 0..ROUNDS {
        let redis = filled(args).await?;
        let work = raw_loop(&redis.runtime);
        raw.push(timed(&redis.runtime, args.entries, work).await?);
        let redis = filled(args).await?;
        let countdown = Countdown::from(args.entries);
        let consumer = Consumer::new(SERVICE, Sink(Arc::clone(&countdown)));
        let work = consume(&redis.runtime, consumer, &countdown);
        runtime.push(timed(&redis.runtime, args.entries, work).await?);
    }
    let (raw, runtime) = (median(raw), median(runtime));
    Ok(RuntimeRates {
        raw,
        runtime,
        ratio: runtime.entries_per_second / raw.entries_per_second,
    })
}

async fn filled(args: &BenchArgs) -> Result<FreshRedis> {
    let redis = FreshRedis::start(args.durability).await?;
    fill(&redis.runtime, args.entries).await?;
    Ok(redis)
}

fn median(mut rates: Vec<Rate>) -> Rate {
    rates.sort_by(|one, two| one.entries_per_second.total_cmp(&two.entries_per_second));
    rates[rates.len() / 2]
}

pub(super) async fn timed(
    runtime: &Runtime,
    entries: u64,
    work: impl Future<Output = Result<()>>,
) -> Result<Rate> {
    let measured = measured(runtime, std::process::id(), entries, work).await?;
    Ok(Rate {
        entries_per_second: measured.per_second,
        per_entry: measured.per_order,
    })
}

/// Writes entries with a payload of 200 bytes.
pub(super) async fn fill(runtime: &Runtime, entries: u64) -> Result<()> {
    let stream = runtime.partitions()[0].stream(STREAM);
    let data = pack("Blob", &"x".repeat(PAYLOAD))?;
    let envelope = Envelope::next(TraceParent::start());
    let mut written = 0;
    while written < entries {
        let chunk = CHUNK.min(entries - written);
        let mut pipe = redis::pipe();
        for n in written..written + chunk {
            let key = n.to_string();
            let fields: [(&str, &[u8]); 7] = [
                ("type", b"Blob"),
                ("v", b"1"),
                ("id", envelope.id.as_bytes()),
                ("key", key.as_bytes()),
                ("at", envelope.at.as_bytes()),
                ("tp", envelope.tp.as_bytes()),
                ("data", &data),
            ];
            pipe.xadd(&stream, "*", &fields).ignore();
        }
        pipe.query_async::<()>(&mut runtime.server().link()).await?;
        written += chunk;
    }
    Ok(())
}

/// Reads and acknowledges batch after batch until no entry is left.
async fn raw_loop(runtime: &Runtime) -> Result<()> {
    let streams = [runtime.partitions()[0].stream(STREAM)];
    let mut link = runtime.server().link();
    groups::ensure(&mut link, &runtime.partitions()[0], SERVICE, &streams).await?;
    let read = groups::Read {
        group: SERVICE,
        consumer: "raw",
        count: BATCH,
        block_ms: None,
    };
    loop {
        let batches = groups::read_new(&mut link, read, &streams).await?;
        let Some((stream, entries)) = batches.into_iter().next() else {
            return Ok(());
        };
        for entry in &entries {
            Blob::decode(entry.kind(), entry.version(), entry.data())?;
        }
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        let mut ack = redis::cmd("XACK");
        ack.arg(&stream).arg(SERVICE).arg(ids);
        ack.query_async::<()>(&mut link).await?;
    }
}

struct Blob;

impl Inbound for Blob {
    fn wants(kind: &str) -> bool {
        kind == "Blob"
    }

    fn decode(_: &str, _: u32, data: &[u8]) -> Result<Self, Undecodable> {
        streamward::unpack::<String>(data)?;
        Ok(Self)
    }
}

/// Counts entries.
struct Sink(Arc<Countdown>);

impl Handler for Sink {
    type Message = Blob;

    async fn handle(&self, Blob: Blob, _: &Delivery) -> Outcome {
        self.0.count();
        Outcome::Done
    }
}

/// Runs a supervised consumer until its handler has counted all entries.
pub(super) async fn consume<H: Handler>(
    runtime: &Runtime,
    consumer: Consumer<H>,
    countdown: &Countdown,
) -> Result<()> {
    let consumer = consumer.reads([STREAM]).concurrency(BATCH);
    let tree = consumer.tree(runtime).await?.start().await?;
    countdown.wait().await;
    // The shutdown flushes the last acknowledgements.
    tree.shutdown().await;
    Ok(())
}
