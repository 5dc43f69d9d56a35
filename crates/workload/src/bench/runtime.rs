//! The runtime alone: a handler that does nothing, beside a raw loop of XREADGROUP and XACK.
//!
//! Both read the same entries from the same kind of server, with the same batch, and decode the
//! same fields; what lies between them is supervision, leases, outcomes and metrics.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::Result;
use serde::Serialize;
use shop::output::{self, Table};
use streamward::{
    Consumer, Delivery, Envelope, Handler, Inbound, Outcome, Runtime, TraceParent, Undecodable,
    groups, pack,
};
use tokio::{sync::Notify, time::Instant};

use super::{
    BenchArgs, Printed,
    fixture::FreshRedis,
    report::{Ratio, print_ratios},
    usage::{CostPerOrder, Usage},
};

const STREAM: &str = "blobs";
const SERVICE: &str = "sink";
/// Entries per read of the raw loop, and workers of the consumer.
const BATCH: usize = 128;
const PAYLOAD: usize = 200;
const ROUNDS: usize = 5;
/// Entries written per pipeline.
const CHUNK: u64 = 1000;

/// What one way of reading reached.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rate {
    pub(super) entries_per_second: f64,
    /// Per entry, as far as it has a meaning for one.
    pub(super) per_entry: CostPerOrder,
}

/// The runtime beside the raw loop.
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
        print_ratios(&[Ratio::at_least("runtime / raw loop", self.ratio, 0.6, 0.85)]);
    }
}

pub(super) async fn measure(args: &BenchArgs) -> Result<RuntimeRates> {
    let (mut raw, mut runtime) = (Vec::new(), Vec::new());
    // In turns, because machines drift, and Redis rewrites its file when it likes.
    for _ in 0..ROUNDS {
        let fresh = filled(args).await?;
        let work = raw_loop(&fresh.runtime);
        raw.push(timed(&fresh.runtime, args.entries, work).await?);
        let fresh = filled(args).await?;
        let work = consume(&fresh.runtime, args.entries);
        runtime.push(timed(&fresh.runtime, args.entries, work).await?);
    }
    let (raw, runtime) = (median(raw), median(runtime));
    Ok(RuntimeRates {
        raw,
        runtime,
        ratio: runtime.entries_per_second / raw.entries_per_second,
    })
}

async fn filled(args: &BenchArgs) -> Result<FreshRedis> {
    let fresh = FreshRedis::start(args.durability).await?;
    fill(&fresh.runtime, args.entries).await?;
    Ok(fresh)
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
    let before = Usage::read(runtime, std::process::id()).await?;
    let started = Instant::now();
    work.await?;
    let seconds = started.elapsed().as_secs_f64();
    let after = Usage::read(runtime, std::process::id()).await?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of entries is far below 2^52"
    )]
    let entries_per_second = entries as f64 / seconds;
    Ok(Rate {
        entries_per_second,
        per_entry: after.per_order(before, entries),
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

/// Reads and acknowledges until nothing is left, one batch after the other.
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

/// Counts what it is given.
struct Sink {
    left: AtomicU64,
    empty: Arc<Notify>,
}

impl Sink {
    /// A sink, and what tells that it got all.
    fn of(entries: u64) -> (Self, Arc<Notify>) {
        let empty = Arc::new(Notify::new());
        let sink = Self {
            left: AtomicU64::new(entries),
            empty: Arc::clone(&empty),
        };
        (sink, empty)
    }
}

impl Handler for Sink {
    type Message = Blob;

    async fn handle(&self, Blob: Blob, _: &Delivery) -> Outcome {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.empty.notify_one();
        }
        Outcome::Done
    }
}

/// The same by a supervised consumer; ends when everything is acknowledged.
pub(super) async fn consume(runtime: &Runtime, entries: u64) -> Result<()> {
    let (sink, empty) = Sink::of(entries);
    let consumer = Consumer::new(SERVICE, sink)
        .reads([STREAM])
        .concurrency(BATCH);
    let tree = consumer.tree(runtime).await?.start().await?;
    empty.notified().await;
    // Shutting down flushes the last acknowledgements.
    tree.shutdown().await;
    Ok(())
}
