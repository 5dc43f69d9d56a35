//! A minimal HTTP client that sends the next request as soon as the last is answered.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

use crate::bench::{fixture::float, usage::process_cpu};

const CONNECTIONS: u64 = 32;
/// Longest response time in microseconds.
pub(super) const LONGEST_US: u64 = 60_000_000;
const LARGEST_HEAD: usize = 16 * 1024;
/// Step between products: coprime with the catalogue's size, so that clients reach all products.
const STEP: u64 = 7919;

/// Function that returns request number `n`.
pub(super) type RequestFn = Arc<dyn Fn(u64) -> Request + Send + Sync>;

/// A request in its wire format.
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

/// Measurements of one run.
pub(super) struct Run {
    /// Response times in microseconds.
    pub(super) times: Histogram<u64>,
    bytes: u64,
    seconds: f64,
    cpu_seconds: f64,
}

impl Run {
    /// Returns the responses per second.
    pub(super) fn per_second(&self) -> f64 {
        float(self.times.len()) / self.seconds
    }

    /// Returns the microseconds of this process' time per response.
    pub(super) fn cpu_us(&self) -> f64 {
        self.cpu_seconds * 1e6 / float(self.times.len())
    }

    /// Returns the bytes per response.
    pub(super) fn bytes_each(&self) -> f64 {
        float(self.bytes) / float(self.times.len())
    }
}

/// Sends requests over all connections for `time`. Every response must be 200.
pub(super) async fn run(
    address: SocketAddr,
    time: Duration,
    first: u64,
    request: &RequestFn,
) -> Result<Run> {
    let (started, cpu) = (Instant::now(), process_cpu(std::process::id())?);
    let until = started + time;
    let mut clients = JoinSet::new();
    for client in 0..CONNECTIONS {
        let request = Arc::clone(request);
        clients.spawn(async move {
            send_requests(address, until, first + client * STEP, &*request).await
        });
    }
    let (mut times, mut bytes) = (Histogram::new_with_max(LONGEST_US, 3)?, 0);
    while let Some(result) = clients.join_next().await {
        let (one, read) = result??;
        times.add(one)?;
        bytes += read;
    }
    Ok(Run {
        times,
        bytes,
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: process_cpu(std::process::id())? - cpu,
    })
}

/// Returns the size of one response's body.
pub(super) async fn body_size(address: SocketAddr, request: &Request) -> Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.0.as_bytes()).await?;
    let mut buffer = Vec::with_capacity(LARGEST_HEAD);
    let body = read_response(&mut stream, &mut buffer).await?;
    Ok(buffer.len() - body)
}

async fn send_requests(
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
        let sent = Instant::now();
        stream.write_all(request(n).0.as_bytes()).await?;
        read_response(&mut stream, &mut buffer).await?;
        times.saturating_record(u64::try_from(sent.elapsed().as_micros())?);
        bytes += buffer.len() as u64;
        n += CONNECTIONS * STEP + 1;
    }
    Ok((times, bytes))
}

/// Reads one response and returns the position of its body.
async fn read_response(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<usize> {
    buffer.clear();
    loop {
        ensure!(
            stream.read_buf(buffer).await? > 0,
            "the connection was closed"
        );
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            ensure!(buffer.len() < LARGEST_HEAD, "a response without a body");
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end])?;
        ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.trim().parse::<usize>().ok())?
        });
        let whole = end + 4 + length.context("a response without a length")?;
        while buffer.len() < whole {
            ensure!(
                stream.read_buf(buffer).await? > 0,
                "the connection was closed"
            );
        }
        return Ok(end + 4);
    }
}
