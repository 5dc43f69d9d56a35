//! ChasquiMQ: one queue per step, a consumer with default settings but its concurrency and batch.

use anyhow::Result;
use chasquimq::{Bytes, Consumer, ConsumerConfig, HandlerError, Producer, ProducerConfig};
use futures_util::future::try_join_all;
use peers::{CONCURRENCY, NOOPS, Noop, Order, Peer, STEPS, Scripts, connect, handle_noop};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

fn settings(queue: &str) -> ConsumerConfig {
    ConsumerConfig {
        queue_name: queue.to_owned(),
        concurrency: CONCURRENCY,
        batch: CONCURRENCY,
        ..ConsumerConfig::default()
    }
}

async fn producer<T: Serialize>(url: &str, queue: &str) -> Result<Producer<T>> {
    let queue_name = queue.to_owned();
    let config = ProducerConfig {
        queue_name,
        ..ProducerConfig::default()
    };
    Ok(Producer::connect(url, config).await?)
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> HandlerError {
    HandlerError::new(std::io::Error::other(error))
}

async fn run_step(url: String, step: usize) -> Result<()> {
    let mut link = connect(&url).await?;
    let scripts = Scripts::load(&mut link).await?;
    let next = match STEPS.get(step + 1) {
        Some(queue) => Some(producer::<Order>(&url, queue).await?),
        None => None,
    };
    let consumer = Consumer::<Order>::new(&url, settings(STEPS[step]));
    let handler = move |job: chasquimq::Job<Order>| {
        let (mut link, next) = (link.clone(), next.clone());
        let call = scripts.call(step, job.payload.order);
        async move {
            call.query_async::<()>(&mut link).await.map_err(failed)?;
            if let Some(next) = next {
                next.add(job.payload).await.map_err(failed)?;
            }
            Ok(Bytes::new())
        }
    };
    Ok(consumer.run(handler, CancellationToken::new()).await?)
}

/// Producers of the two queues that are filled from outside.
struct Chasqui {
    url: String,
    noops: Producer<Noop>,
    orders: Producer<Order>,
}

impl Peer for Chasqui {
    async fn send_noops(&mut self, noops: Vec<Noop>) -> Result<()> {
        self.noops.add_bulk(noops).await?;
        Ok(())
    }

    async fn send_orders(&mut self, orders: Vec<Order>) -> Result<()> {
        self.orders.add_bulk(orders).await?;
        Ok(())
    }

    async fn work_noops(&mut self) -> Result<()> {
        let link = connect(&self.url).await?;
        let consumer = Consumer::<Noop>::new(&self.url, settings(NOOPS));
        let handler = move |job: chasquimq::Job<Noop>| {
            let link = link.clone();
            async move {
                handle_noop(&link, &job.payload).await.map_err(failed)?;
                Ok(Bytes::new())
            }
        };
        Ok(consumer.run(handler, CancellationToken::new()).await?)
    }

    async fn work_orders(&mut self) -> Result<()> {
        let steps = (0..STEPS.len()).map(|step| run_step(self.url.clone(), step));
        try_join_all(steps).await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = peers::url()?;
    let noops = producer(&url, NOOPS).await?;
    let orders = producer(&url, STEPS[0]).await?;
    peers::run(Chasqui { url, noops, orders }).await
}
