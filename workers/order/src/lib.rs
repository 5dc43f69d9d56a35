//! The order service: the only one that decides an order's state.
//!
//! Each answer of another service changes the order by one script. **Invariant:** the service queries no
//! other service; an event and the order's hash hold everything it needs.

mod message;

use std::time::Duration;

use contracts::{Service, event::ChargeStatus};
use store::{
    Step,
    order::{self, Declined, Expired, Held, HoldAnswer, Noted, Paid, Refunded, Reminded},
};
use streamward::{Cause, Consumer, Delivery, Handler, Outcome, Runtime};

pub use message::OrderMessage;

/// Handler of the order service.
#[derive(Clone, Debug)]
pub struct OrderHandler {
    runtime: Runtime,
    time_to_pay: Duration,
}

impl OrderHandler {
    /// Returns a handler that gives customers `time_to_pay` from the moment everything is held.
    pub const fn new(runtime: Runtime, time_to_pay: Duration) -> Self {
        Self {
            runtime,
            time_to_pay,
        }
    }

    async fn process(&self, message: OrderMessage, delivery: &Delivery) -> Result<Outcome, Cause> {
        let order = message.order_id(delivery.key()).map_err(Cause::new)?;
        let step = Step::new(&self.runtime, delivery, &order)?;
        let known = match message {
            OrderMessage::Reserved(_) => self.record_hold(step, HoldAnswer::Reserved).await?,
            OrderMessage::Rejected(event) => {
                self.record_hold(step, HoldAnswer::Short(&event.shortages))
                    .await?
            }
            OrderMessage::CouponHeld(event) => {
                self.record_hold(step, HoldAnswer::Coupon(event.discount))
                    .await?
            }
            OrderMessage::CouponRejected(event) => {
                self.record_hold(step, HoldAnswer::NoCoupon(event.reason))
                    .await?
            }
            OrderMessage::Opened(event) => {
                order::record_payment_opened(step, &event.pay_url).await? != Noted::Unknown
            }
            OrderMessage::Processed(event) => match (event.payment_status, &event.failure) {
                (ChargeStatus::Succeeded, _) => {
                    order::record_payment(step, &event).await? != Paid::Unknown
                }
                (ChargeStatus::Failed, Some(failure)) => {
                    let url = event.pay_url.as_deref();
                    order::record_declined_charge(step, failure, url).await? != Declined::Unknown
                }
                // A voided intent does not change an order that has ended.
                (ChargeStatus::Canceled | ChargeStatus::Failed, _) => return Ok(Outcome::Done),
            },
            OrderMessage::Refunded(event) => {
                order::record_refund(step, event.amount).await? != Refunded::Unknown
            }
            OrderMessage::Reminder => order::remind_payment_due(step).await? != Reminded::Unknown,
            OrderMessage::Timeout => order::expire_order(step).await? != Expired::Unknown,
        };
        Ok(if known {
            Outcome::Settled
        } else {
            Outcome::dead(Cause::new(format!("there is no order {order}")))
        })
    }

    async fn record_hold(&self, step: Step<'_>, answer: HoldAnswer<'_>) -> Result<bool, Cause> {
        Ok(order::record_hold(step, answer, self.time_to_pay).await? != Held::Unknown)
    }
}

impl Handler for OrderHandler {
    type Message = OrderMessage;

    async fn handle(&self, message: OrderMessage, delivery: &Delivery) -> Outcome {
        self.process(message, delivery).await.into()
    }
}

/// Returns the order service's consumer.
pub fn consumer(runtime: &Runtime, time_to_pay: Duration) -> Consumer<OrderHandler> {
    let service = Service::Order;
    let handler = OrderHandler::new(runtime.clone(), time_to_pay);
    Consumer::new(service.name(), handler)
        .reads(service.reads())
        .writes(service.writes())
}
