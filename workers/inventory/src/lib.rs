//! The inventory service: reserves, sells, releases and restocks units for orders.

mod message;

use contracts::Service;
use store::{
    Step,
    inventory::{self, Ending},
};
use streamward::{Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use message::InventoryMessage;

/// Handler of the inventory service.
#[derive(Clone, Debug)]
pub struct InventoryHandler {
    runtime: Runtime,
    low_stock: u32,
}

impl InventoryHandler {
    /// Returns a handler on this runtime. The stock of a product without a threshold of its own is low at
    /// `low_stock` units.
    pub const fn new(runtime: Runtime, low_stock: u32) -> Self {
        Self { runtime, low_stock }
    }

    async fn process(
        &self,
        message: InventoryMessage,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let (order, items, ending) = match &message {
            InventoryMessage::Placed(event) => (&event.order_id, &event.order.items, None),
            InventoryMessage::Confirmed(event) => {
                (&event.order_id, &event.order.items, Some(Ending::Sold))
            }
            InventoryMessage::Rejected(event) => {
                (&event.order_id, &event.order.items, Some(Ending::Returned))
            }
            InventoryMessage::Cancelled(event) => {
                (&event.order_id, &event.order.items, Some(Ending::Returned))
            }
            InventoryMessage::Refunded(event) => {
                (&event.order_id, &event.order.items, Some(Ending::Refunded))
            }
        };
        // Every reply of the scripts means that the delivery is settled: "too late" and "out of stock"
        // are results of a step, not errors.
        let step = Step::new(&self.runtime, delivery, order)?;
        if let Some(ending) = ending {
            inventory::end_reservation(step, items, ending, Some(self.low_stock)).await?;
        } else {
            inventory::reserve_stock(step, items).await?;
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

/// Returns the inventory service's consumer. The stock of a product without a threshold of its own is low
/// at `low_stock` units.
pub fn consumer(runtime: &Runtime, low_stock: u32) -> Consumer<InventoryHandler> {
    let service = Service::Inventory;
    Consumer::new(
        service.name(),
        InventoryHandler::new(runtime.clone(), low_stock),
    )
    .reads(service.reads())
    .writes(service.writes())
}
