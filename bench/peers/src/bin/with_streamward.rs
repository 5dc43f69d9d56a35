//! The runtime: one consumer per step, and step scripts that acknowledge and emit themselves.

use std::sync::Arc;

use anyhow::Result;
use futures_util::future::try_join_all;
use peers::{CONCURRENCY, NOOPS, Noop, Order, Peer, STEPS, document, handle_noop, keys, source};
use redis::aio::MultiplexedConnection;
use streamward::{Cause, Consumer, Delivery, Envelope, Handler, Message, Outcome, Runtime, Script};

/// Acknowledgement before a step's script, and the next step's entry behind it.
const FRAME: [&str; 2] = [
    "if redis.call('XACK', KEYS[8], ARGV[3], ARGV[4]) == 0 then
  return { 'STALE' }
end
local function step()
",
    "
end
local reply = step()
if KEYS[9] then
  redis.call('XADD', KEYS[9], '*', 'type', 'Order', 'v', '1', 'id', ARGV[5], 'key', ARGV[1], 'at', ARGV[6],
    'tp', ARGV[7], 'data', ARGV[8])
end
return reply
",
];

/// Handler of a step.
struct Step {
    runtime: Runtime,
    script: Script,
    next: Option<String>,
    document: String,
}

impl Step {
    fn new(runtime: &Runtime, step: usize) -> Result<Self> {
        let text = [FRAME[0], source(step), FRAME[1]].concat();
        let next = STEPS.get(step + 1);
        Ok(Self {
            runtime: runtime.clone(),
            script: Script::with_includes(STEPS[step], &text, &[])?,
            next: next.map(|name| runtime.partitions()[0].stream(name)),
            document: document(),
        })
    }

    async fn run(&self, order: u64, delivery: &Delivery) -> Result<Outcome, Cause> {
        let receipt = &delivery.receipt;
        let mut all = keys(order).to_vec();
        all.push(receipt.stream.to_string());
        all.extend(self.next.clone());
        let Envelope { id, at, tp } = Envelope::next(delivery.trace());
        let call = self.script.call(&all).arg(order).arg(&self.document);
        let call = call.arg(&*receipt.group).arg(&receipt.id);
        let call = call.arg(id).arg(at).arg(tp).arg(delivery.entry.data());
        call.run(&mut self.runtime.server().link()).await?;
        Ok(Outcome::Settled)
    }
}

impl Handler for Step {
    type Message = Order;

    async fn handle(&self, Order { order }: Order, delivery: &Delivery) -> Outcome {
        self.run(order, delivery).await.into()
    }
}

/// Handler of the no-ops.
struct Sink(MultiplexedConnection);

impl Handler for Sink {
    type Message = Noop;

    async fn handle(&self, noop: Noop, _: &Delivery) -> Outcome {
        match handle_noop(&self.0, &noop).await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::retry(Cause::new(error.to_string())),
        }
    }
}

struct Streamward(Runtime);

impl Streamward {
    async fn send<M: Message + Sync>(&self, stream: &str, messages: Vec<M>) -> Result<()> {
        let sent = messages
            .iter()
            .map(|message| self.0.send(stream, "peers", message));
        try_join_all(sent).await?;
        Ok(())
    }
}

impl Peer for Streamward {
    async fn send_noops(&mut self, noops: Vec<Noop>) -> Result<()> {
        self.send(NOOPS, noops).await
    }

    async fn send_orders(&mut self, orders: Vec<Order>) -> Result<()> {
        self.send(STEPS[0], orders).await
    }

    async fn work_noops(&mut self) -> Result<()> {
        let link = peers::connect(&peers::url()?).await?;
        let consumer = Consumer::new("sink", Sink(link)).reads([NOOPS]);
        let _tree = consumer.concurrency(CONCURRENCY).start(&self.0).await?;
        std::future::pending().await
    }

    async fn work_orders(&mut self) -> Result<()> {
        let mut trees = Vec::new();
        for (step, name) in STEPS.into_iter().enumerate() {
            let consumer = Consumer::new(name, Step::new(&self.0, step)?).reads([name]);
            let writes = STEPS.get(step + 1).copied();
            let consumer = consumer.writes(writes).concurrency(CONCURRENCY);
            trees.push(Arc::new(consumer.start(&self.0).await?));
        }
        std::future::pending().await
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    peers::run(Streamward(Runtime::connect(&peers::url()?).await?)).await
}
