//! Clients that ask as fast as they are answered, with as little work of their own as HTTP allows.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

const CONNECTIONS: u64 = 32;
/// No answer of these takes longer: microseconds.
const LONGEST_US: u64 = 60_000_000;
const LARGEST_HEAD: usize = 16 * 1024;

/// A request, as it goes over the wire.
#[derive(Debug)]
pub(super) struct Request(String);

impl Request {
    pub(super) fn get(path: String) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n"))
    }

    pub(super) fn post(path: String, body: &str, token: &str) -> Self {
        let length = body.len();
        Self(format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }
}

/// What a rush came to.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rush {
    /// Answers per second.
    pub(super) per_second: f64,
    /// Milliseconds that half of the answers took at most.
    pub(super) p50_ms: f64,
    /// Milliseconds that 99 of a hundred took at most.
    pub(super) p99_ms: f64,
}

impl Rush {
    /// Asks over all connections for `time`; request number `n` is `request(n)`. Every answer must be 200.
    pub(super) async fn run(
        address: SocketAddr,
        time: Duration,
        request: impl Fn(u64) -> Request + Send + Sync + 'static,
    ) -> Result<Self> {
        let (request, started) = (Arc::new(request), Instant::now());
        let until = started + time;
        let mut clients = JoinSet::new();
        for client in 0..CONNECTIONS {
            let request = Arc::clone(&request);
            clients.spawn(async move { ask(address, until, client, &*request).await });
        }
        let mut all = Histogram::<u64>::new_with_max(LONGEST_US, 3)?;
        while let Some(asked) = clients.join_next().await {
            all.add(asked??)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let (answers, ms) = (all.len() as f64, |us: u64| us as f64 / 1000.0);
        Ok(Self {
            per_second: answers / started.elapsed().as_secs_f64(),
            p50_ms: ms(all.value_at_quantile(0.5)),
            p99_ms: ms(all.value_at_quantile(0.99)),
        })
    }
}

async fn ask(
    address: SocketAddr,
    until: Instant,
    client: u64,
    request: &(impl Fn(u64) -> Request + Sync),
) -> Result<Histogram<u64>> {
    let mut times = Histogram::new_with_max(LONGEST_US, 3)?;
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(LARGEST_HEAD);
    // Steps that share no factor with the sizes of catalogues, so that clients meet all products.
    let mut n = client * 7919;
    while Instant::now() < until {
        let asked = Instant::now();
        stream.write_all(request(n).0.as_bytes()).await?;
        answer(&mut stream, &mut buffer).await?;
        times.saturating_record(u64::try_from(asked.elapsed().as_micros())?);
        n += CONNECTIONS * 7919 + 1;
    }
    Ok(times)
}

/// Reads one answer to its end.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the server hung up");
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            ensure!(buffer.len() < LARGEST_HEAD, "an answer without a body");
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end])?;
        ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.trim().parse::<usize>().ok())?
        });
        let whole = end + 4 + length.context("an answer without a length")?;
        while buffer.len() < whole {
            ensure!(stream.read_buf(buffer).await? > 0, "the server hung up");
        }
        return Ok(());
    }
}
