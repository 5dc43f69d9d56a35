//! The wire between roles and server: every command is a request that the world executes, answers
//! late, or loses.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_util::future::BoxFuture;
use redis::{Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value, aio::ConnectionLike};
use tokio::time::Instant;

use super::server::Server;
use crate::{
    consumer::{BoxedConnection, Environment},
    error::Result,
    scripts,
};

/// A short command that takes longer has failed, as on the runtime's shared connections.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Progress of a request.
#[derive(Debug)]
pub(super) enum Progress {
    Sent,
    /// Executed; the answer is on its way.
    Executed(RedisResult<Vec<Value>>),
    /// The answer, or the request itself, is lost: the caller finds out by its timeout.
    Lost,
    Answered(RedisResult<Vec<Value>>),
}

/// A command, or several in a pipeline.
#[derive(Debug)]
pub(super) struct Request {
    /// The process that sent it.
    pub(super) sender: usize,
    pub(super) client: i64,
    pub(super) commands: Vec<Cmd>,
    /// Time at which the caller gives up.
    pub(super) times_out: Instant,
    /// Time at which a waiting read is answered with nothing.
    pub(super) blocks_until: Option<Instant>,
    pub(super) progress: Progress,
    /// Deliveries that the answer reports as lost.
    pub(super) lost: Vec<(usize, super::observer::DeliveryId)>,
    /// The caller has gone: its role or process crashed.
    pub(super) abandoned: bool,
    waker: Option<Waker>,
}

impl Request {
    /// Entries per stream that a waiting read asks for.
    pub(super) fn asks_for(&self) -> Option<usize> {
        let mut words = words(&self.commands[0]).skip_while(|word| word != b"COUNT");
        words.next()?;
        std::str::from_utf8(words.next()?).ok()?.parse().ok()
    }

    pub(super) fn answer(&mut self, answer: RedisResult<Vec<Value>>) {
        self.progress = Progress::Answered(answer);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The server and everything on its way to and from it.
pub(super) type Shared = Arc<Mutex<Server>>;

pub(super) fn lock(server: &Shared) -> MutexGuard<'_, Server> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process' access to the server.
pub(super) struct Wire {
    pub(super) server: Shared,
    pub(super) process: usize,
}

impl Environment for Wire {
    fn link(&self) -> BoxedConnection {
        BoxedConnection(Box::new(self.connection(0, RESPONSE_TIMEOUT)))
    }

    fn dedicated(&self, response_timeout: Duration) -> BoxFuture<'_, Result<BoxedConnection>> {
        let mut server = lock(&self.server);
        server.clients += 1;
        let link = self.connection(server.clients, response_timeout);
        Box::pin(async move { Ok(BoxedConnection(Box::new(link))) })
    }

    fn now_ms(&self) -> u64 {
        lock(&self.server).now_ms()
    }
}

impl Wire {
    fn connection(&self, client: i64, timeout: Duration) -> Connection {
        Connection {
            server: Arc::clone(&self.server),
            process: self.process,
            client,
            timeout,
        }
    }
}

struct Connection {
    server: Shared,
    process: usize,
    client: i64,
    timeout: Duration,
}

impl Connection {
    fn send(&self, commands: Vec<Cmd>) -> Answer {
        let now = Instant::now();
        let request = Request {
            sender: self.process,
            client: self.client,
            blocks_until: block_of(&commands[0]).map(|block| now + block),
            commands,
            times_out: now + self.timeout,
            progress: Progress::Sent,
            lost: Vec::new(),
            abandoned: false,
            waker: None,
        };
        let mut server = lock(&self.server);
        server.sent += 1;
        let id = server.sent;
        server.requests.insert(id, request);
        Answer {
            server: Arc::clone(&self.server),
            id,
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let answer = self.send(vec![cmd.clone()]);
        Box::pin(async move {
            let answers = answer.await?;
            Ok(answers.into_iter().next().unwrap_or(Value::Nil))
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        _count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        assert_eq!(offset, 0, "no role uses transactions");
        Box::pin(self.send(pipeline.cmd_iter().cloned().collect()))
    }

    fn get_db(&self) -> i64 {
        0
    }
}

fn words(command: &Cmd) -> impl Iterator<Item = &[u8]> {
    command.args_iter().map(|arg| match arg {
        redis::Arg::Simple(bytes) => bytes,
        _ => b"",
    })
}

/// Time that a command waits in the server for something to read. A read under a limit over all
/// processes does not wait; its answer is slow, so that the polling costs the tests little.
fn block_of(command: &Cmd) -> Option<Duration> {
    let mut words = words(command);
    match words.next()? {
        b"EVALSHA" => {
            let takes = words.next()? == scripts::TAKE_SLOTS.sha().as_bytes();
            takes.then_some(Duration::from_secs(1))
        }
        b"XREADGROUP" => {
            let mut words = words.skip_while(|word| word != b"BLOCK");
            words.next()?;
            let block = std::str::from_utf8(words.next()?).ok()?;
            block.parse().ok().map(Duration::from_millis)
        }
        _ => None,
    }
}

/// The answer of a request.
struct Answer {
    server: Shared,
    id: u64,
}

impl Future for Answer {
    type Output = RedisResult<Vec<Value>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut server = lock(&self.server);
        let request = server.requests.get_mut(&self.id);
        let request = request.expect("a request stays until its caller has gone");
        if !matches!(request.progress, Progress::Answered(_)) {
            request.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        let request = server.requests.remove(&self.id).expect("it is there");
        if matches!(request.progress, Progress::Answered(Ok(_))) {
            server.observer.lost_leases_are_known(&request.lost);
        }
        match request.progress {
            Progress::Answered(answer) => Poll::Ready(answer),
            Progress::Sent | Progress::Executed(_) | Progress::Lost => Poll::Pending,
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut server = lock(&self.server);
        if let Some(request) = server.requests.get_mut(&self.id) {
            request.abandoned = true;
            // Only a request that the server has not read can still change anything.
            if !matches!(request.progress, Progress::Sent) {
                server.requests.remove(&self.id);
            }
        }
    }
}

/// The error of a call without an answer. It may have run.
pub(super) fn silence() -> RedisError {
    std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer").into()
}

/// An error as a server sends it.
pub(super) fn refusal(message: &str) -> RedisError {
    let answer = redis::parse_redis_value(format!("-{message}\r\n").as_bytes());
    let error = answer.and_then(Value::extract_error);
    error.expect_err("an error")
}
