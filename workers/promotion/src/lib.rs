//! The promotion service: holds, redeems and releases coupons for orders.

mod message;

use contracts::Service;
use store::{
    Step,
    promotion::{self, Ending},
};
use streamward::{Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use message::PromotionMessage;

/// Handler of the promotion service.
#[derive(Clone, Debug)]
pub struct PromotionHandler {
    runtime: Runtime,
}

impl PromotionHandler {
    /// Returns a handler on this runtime.
    pub const fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    async fn process(
        &self,
        message: PromotionMessage,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let (order, document, ending) = match &message {
            PromotionMessage::Placed(event) => (&event.order_id, &event.order, None),
            PromotionMessage::Confirmed(event) => {
                (&event.order_id, &event.order, Some(Ending::Redeemed))
            }
            PromotionMessage::Rejected(event) => {
                (&event.order_id, &event.order, Some(Ending::Returned))
            }
            PromotionMessage::Cancelled(event) => {
                (&event.order_id, &event.order, Some(Ending::Returned))
            }
            PromotionMessage::Refunded(event) => {
                (&event.order_id, &event.order, Some(Ending::Refunded))
            }
        };
        let Some(code) = &document.coupon else {
            return Ok(Outcome::Done);
        };
        // Every reply of the scripts means that the delivery is settled: "too late" and "used up" are
        // results of a step, not errors.
        let step = Step::new(&self.runtime, delivery, order)?;
        if let Some(ending) = ending {
            promotion::end_coupon_hold(step, document, code, ending).await?;
        } else {
            promotion::hold_coupon(step, document, code).await?;
        }
        Ok(Outcome::Settled)
    }
}

impl Handler for PromotionHandler {
    type Message = PromotionMessage;

    async fn handle(&self, message: PromotionMessage, delivery: &Delivery) -> Outcome {
        self.process(message, delivery).await.into()
    }
}

/// Returns the promotion service's consumer.
pub fn consumer(runtime: &Runtime) -> Consumer<PromotionHandler> {
    let service = Service::Promotion;
    Consumer::new(service.name(), PromotionHandler::new(runtime.clone()))
        .reads(service.reads())
        .writes(service.writes())
}
