//! apalis-redis: one queue per step, polled; a push wakes no worker of its own.

use std::time::Duration;

use anyhow::Result;
use apalis::prelude::{BackendExt, BoxDynError, Data, ParallelizeExt, TaskSink, WorkerBuilder};
use apalis_redis::{Config, ConnectionManager, RedisStorage};
use futures_util::{future::try_join_all, stream};
use peers::{CONCURRENCY, NOOPS, Noop, Order, Peer, STEPS, Scripts, connect, handle_noop};
use redis::aio::MultiplexedConnection;

/// Interval between looks at an empty queue.
const POLL: Duration = Duration::from_millis(5);

/// Everything default but the batch, which is 10 otherwise.
fn config(queue: &str) -> Config {
    Config::default().queue(queue).batch_size(CONCURRENCY)
}

fn worker_name(queue: &str) -> String {
    format!("{queue}-{}", std::process::id())
}

/// Handler of a step.
#[derive(Clone)]
struct Step {
    step: usize,
    scripts: Scripts,
    link: MultiplexedConnection,
    next: Option<RedisStorage<Order>>,
}

async fn run_step(order: Order, this: Data<Step>) -> Result<(), BoxDynError> {
    let call = this.scripts.call(this.step, order.order);
    call.query_async::<()>(&mut this.link.clone()).await?;
    if let Some(mut next) = this.next.clone() {
        next.push(order).await?;
    }
    Ok(())
}

async fn run_noop(noop: Noop, link: Data<MultiplexedConnection>) -> Result<(), BoxDynError> {
    handle_noop(&link, &noop).await?;
    Ok(())
}

struct Apalis {
    url: String,
    manager: ConnectionManager,
}

impl Apalis {
    fn storage<T>(&self, queue: &str) -> RedisStorage<T> {
        RedisStorage::new(self.manager.clone()).with_config(config(queue))
    }
}

impl Peer for Apalis {
    async fn send_noops(&mut self, noops: Vec<Noop>) -> Result<()> {
        let mut storage = self.storage::<Noop>(NOOPS);
        Ok(storage.push_stream(&mut stream::iter(noops)).await?)
    }

    async fn send_orders(&mut self, orders: Vec<Order>) -> Result<()> {
        let mut storage = self.storage::<Order>(STEPS[0]);
        Ok(storage.push_stream(&mut stream::iter(orders)).await?)
    }

    async fn work_noops(&mut self) -> Result<()> {
        let backend = self.storage::<Noop>(NOOPS).poll_with_interval(POLL);
        let worker = WorkerBuilder::new(worker_name(NOOPS)).backend(backend);
        let worker = worker.data(connect(&self.url).await?);
        let worker = worker.parallelize(tokio::spawn).build(run_noop);
        Ok(worker.run().await?)
    }

    async fn work_orders(&mut self) -> Result<()> {
        let mut link = connect(&self.url).await?;
        let scripts = Scripts::load(&mut link).await?;
        let mut workers = Vec::new();
        for (step, queue) in STEPS.into_iter().enumerate() {
            let handler = Step {
                step,
                scripts: scripts.clone(),
                link: link.clone(),
                next: STEPS.get(step + 1).map(|queue| self.storage(queue)),
            };
            let backend = self.storage::<Order>(queue).poll_with_interval(POLL);
            let worker = WorkerBuilder::new(worker_name(queue)).backend(backend);
            let worker = worker.data(handler).parallelize(tokio::spawn);
            workers.push(worker.build(run_step).run());
        }
        try_join_all(workers).await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = peers::url()?;
    let manager = apalis_redis::connect(&*url).await?;
    peers::run(Apalis { url, manager }).await
}
