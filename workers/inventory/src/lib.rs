//! The inventory service: reserves stock for orders, sells it, takes it back.

mod message;

use contracts::Service;
use store::{Step, inventory};
use streamward::{Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use message::InventoryMessage;

/// Handles what happens to orders.
#[derive(Clone, Debug)]
pub struct InventoryHandler {
    runtime: Runtime,
}

impl InventoryHandler {
    /// A handler on this shop.
    pub const fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    async fn step(&self, message: InventoryMessage, delivery: &Delivery) -> Result<Outcome, Cause> {
        // Every answer of the scripts means that the delivery is settled: "too late" and "not
        // enough" are outcomes of a step, not errors.
        match message {
            InventoryMessage::Placed(event) => {
                let step = Step::new(&self.runtime, delivery, &event.order_id)?;
                inventory::reserve_stock(step, &event.order.items).await?;
            }
            InventoryMessage::Confirmed(event) => {
                let step = Step::new(&self.runtime, delivery, &event.order_id)?;
                inventory::sell(step, &event.order.items).await?;
            }
            InventoryMessage::Rejected(event) => {
                let step = Step::new(&self.runtime, delivery, &event.order_id)?;
                inventory::release(step, &event.order.items).await?;
            }
            InventoryMessage::Cancelled(event) => {
                let step = Step::new(&self.runtime, delivery, &event.order_id)?;
                inventory::release(step, &event.order.items).await?;
            }
            InventoryMessage::Refunded(event) => {
                let step = Step::new(&self.runtime, delivery, &event.order_id)?;
                inventory::restock(step, &event.order.items).await?;
            }
        }
        Ok(Outcome::Settled)
    }
}

impl Handler for InventoryHandler {
    type Message = InventoryMessage;

    async fn handle(&self, message: InventoryMessage, delivery: &Delivery) -> Outcome {
        self.step(message, delivery).await.into()
    }
}

/// The inventory service's consumer.
pub fn consumer(runtime: &Runtime) -> Consumer<InventoryHandler> {
    let service = Service::Inventory;
    Consumer::new(service.name(), InventoryHandler::new(runtime.clone()))
        .reads(service.reads().iter().copied())
        .writes([service.writes(), "catalog"])
}
