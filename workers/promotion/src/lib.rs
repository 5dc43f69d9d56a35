//! The promotion service: holds coupons for orders, counts them as used, gives them back.

mod message;

use contracts::{OrderDocument, OrderId, Service};
use store::{
    Step,
    promotion::{self, Ending},
};
use streamward::{Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use message::PromotionMessage;

/// Handles what happens to orders.
#[derive(Clone, Debug)]
pub struct PromotionHandler {
    runtime: Runtime,
}

impl PromotionHandler {
    /// A handler on this shop.
    pub const fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    async fn step(&self, message: PromotionMessage, delivery: &Delivery) -> Result<Outcome, Cause> {
        match message {
            PromotionMessage::Placed(event) => {
                self.hold(&event.order_id, &event.order, delivery).await
            }
            PromotionMessage::Confirmed(event) => {
                let (order, doc) = (&event.order_id, &event.order);
                self.settle(order, doc, Ending::Redeemed, delivery).await
            }
            PromotionMessage::Rejected(event) => {
                let (order, doc) = (&event.order_id, &event.order);
                self.settle(order, doc, Ending::Returned, delivery).await
            }
            PromotionMessage::Cancelled(event) => {
                let (order, doc) = (&event.order_id, &event.order);
                self.settle(order, doc, Ending::Returned, delivery).await
            }
            PromotionMessage::Refunded(event) => {
                let (order, doc) = (&event.order_id, &event.order);
                self.settle(order, doc, Ending::Refunded, delivery).await
            }
        }
    }

    async fn hold(
        &self,
        order: &OrderId,
        doc: &OrderDocument,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        // Most orders have no coupon; they are nothing to this service.
        let Some(code) = &doc.coupon else {
            return Ok(Outcome::Done);
        };
        // Every answer of the scripts means that the delivery is settled: "too late" and "used up"
        // are outcomes of a step, not errors.
        let step = Step::new(&self.runtime, delivery, order)?;
        promotion::hold_coupon(step, doc, code).await?;
        Ok(Outcome::Settled)
    }

    async fn settle(
        &self,
        order: &OrderId,
        doc: &OrderDocument,
        ending: Ending,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let Some(code) = &doc.coupon else {
            return Ok(Outcome::Done);
        };
        let step = Step::new(&self.runtime, delivery, order)?;
        promotion::end_coupon_hold(step, doc, code, ending).await?;
        Ok(Outcome::Settled)
    }
}

impl Handler for PromotionHandler {
    type Message = PromotionMessage;

    async fn handle(&self, message: PromotionMessage, delivery: &Delivery) -> Outcome {
        self.step(message, delivery).await.into()
    }
}

/// The promotion service's consumer.
pub fn consumer(runtime: &Runtime) -> Consumer<PromotionHandler> {
    let service = Service::Promotion;
    Consumer::new(service.name(), PromotionHandler::new(runtime.clone()))
        .reads(service.reads().iter().copied())
        .writes([service.writes()])
}
