//! The bare consumer loop: XREADGROUP, the scripts in one pipeline, XADD and XACK in another. No retries,
//! no supervision, no leases; entries of a dead consumer are claimed after 5 seconds.

use anyhow::Result;
use futures_util::future::try_join_all;
use peers::{CONCURRENCY, NOOPS, Noop, Order, Peer, STEPS, Scripts, connect, handle_noop};
use redis::{
    AsyncCommands,
    aio::MultiplexedConnection,
    streams::{
        StreamAutoClaimOptions, StreamAutoClaimReply, StreamId, StreamReadOptions, StreamReadReply,
    },
};
use serde::Serialize;
use tokio::time::{Duration, Instant};

const GROUP: &str = "peers";
const CLAIM_EVERY: Duration = Duration::from_secs(1);
const CLAIM_IDLE_MS: usize = 5000;

/// Reader of one stream.
struct Reader {
    link: MultiplexedConnection,
    stream: &'static str,
    consumer: String,
    claim_at: Instant,
}

impl Reader {
    async fn open(url: &str, stream: &'static str) -> Result<Self> {
        let mut link = connect(url).await?;
        let created = link.xgroup_create_mkstream(stream, GROUP, "0").await;
        match created {
            Err(error) if error.code() == Some("BUSYGROUP") => {}
            other => other?,
        }
        let consumer = format!("loop-{}", std::process::id());
        let claim_at = Instant::now();
        Ok(Self {
            link,
            stream,
            consumer,
            claim_at,
        })
    }

    /// Returns new entries, and once a second entries of dead consumers.
    async fn read(&mut self) -> Result<Vec<StreamId>> {
        let mut found = Vec::new();
        if Instant::now() >= self.claim_at {
            self.claim_at = Instant::now() + CLAIM_EVERY;
            let options = StreamAutoClaimOptions::default().count(CONCURRENCY);
            let (stream, me) = (self.stream, &self.consumer);
            let claimed: StreamAutoClaimReply = self
                .link
                .xautoclaim_options(stream, GROUP, me, CLAIM_IDLE_MS, "0", options)
                .await?;
            // A full batch means that there are more.
            if claimed.claimed.len() == CONCURRENCY {
                self.claim_at = Instant::now();
            }
            found = claimed.claimed;
        }
        let options = StreamReadOptions::default().group(GROUP, &self.consumer);
        let options = options.count(CONCURRENCY).block(1000);
        let reply: Option<StreamReadReply> = self
            .link
            .xread_options(&[self.stream], &[">"], &options)
            .await?;
        let streams = reply.into_iter().flat_map(|reply| reply.keys);
        found.extend(streams.flat_map(|stream| stream.ids));
        Ok(found)
    }
}

/// Appends one entry per message.
async fn send<M: Serialize>(
    link: &mut MultiplexedConnection,
    stream: &str,
    messages: &[M],
) -> Result<()> {
    let mut pipe = redis::pipe();
    for message in messages {
        let data = serde_json::to_string(message)?;
        pipe.xadd(stream, "*", &[("data", data)]).ignore();
    }
    Ok(pipe.query_async(link).await?)
}

fn data<M: serde::de::DeserializeOwned>(entry: &StreamId) -> Result<M> {
    let data: String = entry.get("data").unwrap_or_default();
    Ok(serde_json::from_str(&data)?)
}

async fn run_step(url: &str, step: usize) -> Result<()> {
    let mut reader = Reader::open(url, STEPS[step]).await?;
    let scripts = Scripts::load(&mut reader.link).await?;
    loop {
        let entries = reader.read().await?;
        if entries.is_empty() {
            continue;
        }
        let orders: Vec<Order> = entries.iter().map(data).collect::<Result<_>>()?;
        let mut calls = redis::pipe();
        for order in &orders {
            calls.add_command(scripts.call(step, order.order)).ignore();
        }
        calls.query_async::<()>(&mut reader.link).await?;
        let mut pipe = redis::pipe();
        if let Some(next) = STEPS.get(step + 1) {
            for order in &orders {
                let data = serde_json::to_string(order)?;
                pipe.xadd(next, "*", &[("data", data)]).ignore();
            }
        }
        let ids: Vec<&str> = entries.iter().map(|entry| &*entry.id).collect();
        pipe.xack(STEPS[step], GROUP, &ids).ignore();
        pipe.query_async::<()>(&mut reader.link).await?;
    }
}

struct BareLoop {
    url: String,
    link: MultiplexedConnection,
}

impl Peer for BareLoop {
    async fn send_noops(&mut self, noops: Vec<Noop>) -> Result<()> {
        send(&mut self.link, NOOPS, &noops).await
    }

    async fn send_orders(&mut self, orders: Vec<Order>) -> Result<()> {
        send(&mut self.link, STEPS[0], &orders).await
    }

    async fn work_noops(&mut self) -> Result<()> {
        let mut reader = Reader::open(&self.url, NOOPS).await?;
        loop {
            let entries = reader.read().await?;
            for entry in &entries {
                handle_noop(&self.link, &data(entry)?).await?;
            }
            let ids: Vec<&str> = entries.iter().map(|entry| &*entry.id).collect();
            if !ids.is_empty() {
                reader.link.xack::<_, _, _, ()>(NOOPS, GROUP, &ids).await?;
            }
        }
    }

    async fn work_orders(&mut self) -> Result<()> {
        let url = &self.url;
        let steps = (0..STEPS.len()).map(|step| {
            let url = url.clone();
            async move { tokio::spawn(async move { run_step(&url, step).await }).await? }
        });
        try_join_all(steps).await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = peers::url()?;
    let link = connect(&url).await?;
    peers::run(BareLoop { url, link }).await
}
