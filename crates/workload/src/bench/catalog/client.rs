//! Clients that ask as fast as they are answered, with as little work of their own as HTTP allows.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

use crate::bench::usage::process_cpu;

const CONNECTIONS: u64 = 32;
/// No answer of these takes longer: microseconds.
pub(super) const LONGEST_US: u64 = 60_000_000;
const LARGEST_HEAD: usize = 16 * 1024;
/// A step that shares no factor with the sizes of catalogues, so that clients meet all products.
const STEP: u64 = 7919;

/// Makes request number `n`.
pub(super) type Maker = Arc<dyn Fn(u64) -> Request + Send + Sync>;

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

/// What one rush came to.
pub(super) struct Rush {
    /// Microseconds that each answer took.
    pub(super) times: Histogram<u64>,
    bytes: u64,
    seconds: f64,
    cpu_seconds: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
impl Rush {
    /// Answers per second.
    pub(super) fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }

    /// Microseconds of this process' time per answer.
    pub(super) fn cpu_us(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.times.len() as f64
    }

    /// Bytes of an answer.
    pub(super) fn bytes_each(&self) -> f64 {
        self.bytes as f64 / self.times.len() as f64
    }
}

/// Asks over all connections for `time`. Every answer must be 200.
pub(super) async fn run(
    address: SocketAddr,
    time: Duration,
    first: u64,
    request: &Maker,
) -> Result<Rush> {
    let (started, cpu) = (Instant::now(), process_cpu(std::process::id())?);
    let until = started + time;
    let mut clients = JoinSet::new();
    for client in 0..CONNECTIONS {
        let request = Arc::clone(request);
        clients.spawn(async move { ask(address, until, first + client * STEP, &*request).await });
    }
    let (mut times, mut bytes) = (Histogram::new_with_max(LONGEST_US, 3)?, 0);
    while let Some(asked) = clients.join_next().await {
        let (one, read) = asked??;
        times.add(one)?;
        bytes += read;
    }
    Ok(Rush {
        times,
        bytes,
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: process_cpu(std::process::id())? - cpu,
    })
}

/// How many bytes the body of one answer has.
pub(super) async fn weight(address: SocketAddr, request: &Request) -> Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.0.as_bytes()).await?;
    let mut buffer = Vec::with_capacity(LARGEST_HEAD);
    let body = answer(&mut stream, &mut buffer).await?;
    Ok(buffer.len() - body)
}

async fn ask(
    address: SocketAddr,
    until: Instant,
    first: u64,
    request: &(dyn Fn(u64) -> Request + Send + Sync),
) -> Result<(Histogram<u64>, u64)> {
    let (mut times, mut bytes) = (Histogram::new_with_max(LONGEST_US, 3)?, 0);
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(LARGEST_HEAD);
    let mut n = first;
    while Instant::now() < until {
        let asked = Instant::now();
        stream.write_all(request(n).0.as_bytes()).await?;
        answer(&mut stream, &mut buffer).await?;
        times.saturating_record(u64::try_from(asked.elapsed().as_micros())?);
        bytes += buffer.len() as u64;
        n += CONNECTIONS * STEP + 1;
    }
    Ok((times, bytes))
}

/// Reads one answer to its end, and says where its body begins.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<usize> {
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
        return Ok(end + 4);
    }
}
