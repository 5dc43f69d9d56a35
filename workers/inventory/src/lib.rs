//! The inventory service: reserves, sells, releases and restocks units for orders.

mod message;

use contracts::Service;
use store::{Step, inventory};
use streamward::{Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use message::InventoryMessage;

/// Handler of the inventory service.
#[derive(Clone, Debug)]
pub struct InventoryHandler {
    runtime: Runtime,
}

impl InventoryHandler {
    /// Returns a handler on this runtime.
    pub const fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    async fn process(
        &self,
        message: InventoryMessage,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let step = |order| Step::new(&self.runtime, delivery, order);
        // Every reply of the scripts means that the delivery is settled: "too late" and "out of stock"
        // are results of a step, not errors.
        match &message {
            InventoryMessage::Placed(event) => {
                inventory::reserve_stock(step(&event.order_id)?, &event.order.items).await?;
            }
            InventoryMessage::Confirmed(event) => {
                inventory::sell(step(&event.order_id)?, &event.order.items).await?;
            }
            InventoryMessage::Rejected(event) => {
                inventory::release(step(&event.order_id)?, &event.order.items).await?;
            }
            InventoryMessage::Cancelled(event) => {
                inventory::release(step(&event.order_id)?, &event.order.items).await?;
            }
            InventoryMessage::Refunded(event) => {
                inventory::restock(step(&event.order_id)?, &event.order.items).await?;
            }
        }
        Ok(Outcome::Settled)
    }
}

impl Handler for InventoryHandler {
    type Message = InventoryMessage;

    async fn handle(&self, message: InventoryMessage, delivery: &Delivery) -> Outcome {
        self.process(message, delivery).await.into()
    }
}

/// Returns the inventory service's consumer.
pub fn consumer(runtime: &Runtime) -> Consumer<InventoryHandler> {
    let service = Service::Inventory;
    Consumer::new(service.name(), InventoryHandler::new(runtime.clone()))
        .reads(service.reads().iter().copied())
        .writes([service.writes(), "catalog"])
}
