//! Calls of the scripts through the store's functions. Each returns the name of its reply.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each function runs the steps of one service, which its caller has selected"
)]

use contracts::{
    Line, OrderDocument, PaymentId,
    event::{
        Channel, ChargeReport, ChargeStatus, CouponRefusal, NotificationKind, PaymentProcessed,
        Shortage,
    },
};
use saga::{
    event::Charge,
    scripts::{
        inventory::HoldEnd,
        order::HoldAnswer as ModelHoldAnswer,
        payment::{Opening as ModelOpening, Report},
    },
};
use store::{
    Result, Step as StoreStep,
    durability::Durability,
    inventory,
    notification::{self, MessageKey},
    order::{self, HoldAnswer, OpenLimits, Placed, Placement},
    payment::{self, Intent, Opening, Proof, UnansweredCharge},
    promotion,
};
use streamward::TraceParent;

use super::{
    calls::{Call, Step, WRONG},
    comparison::{Comparison, Handled, word},
    model::with_amount,
    read_state::id_of,
};
use crate::support::{
    ASKING, LOW_STOCK, TIME_TO_PAY, URL, callback, doc, eur, failure, line, product,
};

impl Comparison<'_> {
    fn doc(&self, order: usize) -> OrderDocument {
        let spec = &self.plan.scenario.orders[order];
        let lines = self.names.products.iter().zip(&spec.units);
        let lines: Vec<Line> = lines
            .filter(|(_, units)| **units > 0)
            .map(|(id, units)| line(id, u32::try_from(*units).unwrap()))
            .collect();
        OrderDocument {
            customer_id: self.names.customers[spec.customer].clone(),
            coupon: spec.coupon.then(|| self.names.code.parse().unwrap()),
            ..doc(&lines)
        }
    }

    /// Handles a delivery.
    pub(super) async fn make(&self, handled: &Handled, total: i64) -> String {
        let id = &self.names.orders[handled.order];
        let step = || self.shop.at(&handled.cause, id);
        let answer = match handled.step {
            Step::Reserve | Step::EndReservation(_) | Step::HoldCoupon | Step::EndCouponHold(_) => {
                self.held(handled.step, step(), &self.doc(handled.order))
                    .await
            }
            Step::OpenPayment(_)
            | Step::BeginCharge { .. }
            | Step::SchedulePoll { .. }
            | Step::RecordCharge(_)
            | Step::VoidPayment { .. }
            | Step::RecordProviderRefund => self.charged(handled, step(), total).await,
            Step::RecordHold(answer) => answered(step(), answer).await,
            Step::RecordPaymentOpened => order::record_payment_opened(step(), URL)
                .await
                .map(|answer| word(&answer)),
            Step::RecordPayment { in_full } => {
                let event = PaymentProcessed {
                    order_id: id.clone(),
                    payment_id: PaymentId::of(id),
                    payment_status: ChargeStatus::Succeeded,
                    amount: eur(if in_full { total } else { WRONG }),
                    failure: None,
                    pay_url: None,
                };
                order::record_payment(step(), &event)
                    .await
                    .map(|answer| word(&answer))
            }
            Step::RecordDeclinedCharge => {
                let declined = order::record_declined_charge(step(), &failure(), Some(URL)).await;
                declined.map(|answer| word(&answer))
            }
            Step::MarkSent { .. } | Step::MarkChannelSent => self.mark(handled.step, step()).await,
            Step::RemindPaymentDue => order::remind_payment_due(step())
                .await
                .map(|answer| word(&answer)),
            Step::ExpireOrder => order::expire_order(step())
                .await
                .map(|answer| word(&answer)),
            Step::RecordRefund => {
                let refunded = order::record_refund(step(), eur(total)).await;
                refunded.map(|answer| word(&answer))
            }
        };
        answer.unwrap()
    }

    async fn held(&self, what: Step, step: StoreStep<'_>, doc: &OrderDocument) -> Result<String> {
        let code = self.names.code.parse().unwrap();
        let items = &doc.items;
        match what {
            Step::EndReservation(ending) => {
                let ending = match ending {
                    HoldEnd::Used => inventory::Ending::Sold,
                    HoldEnd::Released => inventory::Ending::Returned,
                    HoldEnd::Refunded => inventory::Ending::Refunded,
                };
                let ended = inventory::end_reservation(step, items, ending, LOW_STOCK).await;
                ended.map(|answer| word(&answer))
            }
            Step::HoldCoupon => {
                let held = promotion::hold_coupon(step, doc, &code).await;
                held.map(|answer| word(&answer))
            }
            Step::EndCouponHold(ending) => {
                let ending = match ending {
                    HoldEnd::Used => promotion::Ending::Redeemed,
                    HoldEnd::Released => promotion::Ending::Returned,
                    HoldEnd::Refunded => promotion::Ending::Refunded,
                };
                let settled = promotion::end_coupon_hold(step, doc, &code, ending).await;
                settled.map(|answer| word(&answer))
            }
            _ => inventory::reserve_stock(step, items)
                .await
                .map(|answer| word(&answer)),
        }
    }

    async fn charged(&self, handled: &Handled, step: StoreStep<'_>, total: i64) -> Result<String> {
        let recorded = match handled.step {
            Step::OpenPayment(opening) => {
                let intent = Intent {
                    id: id_of(saga::event::Intent::Ours).to_owned(),
                    pay_url: URL.to_owned(),
                };
                payment::open_payment(step, eur(total), &intent, &opening_of(opening), ASKING).await
            }
            Step::RecordCharge(report) => {
                let proof = if report.verified {
                    Proof::Provider
                } else {
                    Proof::Signature
                };
                let report = self.report(handled.order, with_amount(report, total));
                let url = report.failure.as_ref().map(|_| URL.to_owned());
                payment::record_charge(step, &report, url, proof, ASKING.pause).await
            }
            Step::BeginCharge { attempt, answered } => {
                let unanswered = (!answered).then(|| charge(attempt));
                payment::begin_charge(step, attempt.into(), unanswered.as_ref(), ASKING).await
            }
            Step::SchedulePoll { answered, again } => {
                let pause = again.then_some(ASKING.pause);
                payment::schedule_poll(step, answered.map(charge).as_ref(), pause).await
            }
            Step::VoidPayment { known, poll } => {
                payment::void_payment(step, known.map(id_of), poll.then_some(ASKING)).await
            }
            _ => payment::record_provider_refund(step, "re_1", eur(total)).await,
        };
        recorded.map(|answer| word(&answer))
    }

    async fn mark(&self, what: Step, mut step: StoreStep<'_>) -> Result<String> {
        let confirmed = MessageKey::from(NotificationKind::OrderConfirmed);
        let channels = match what {
            Step::MarkSent { both: true } => &[Channel::Email, Channel::Sms][..],
            Step::MarkSent { both: false } => &[Channel::Sms],
            _ => {
                notification::mark_channel_sent(&mut step, &confirmed, Channel::Email).await?;
                return Ok("Notified".to_owned());
            }
        };
        notification::mark_sent(step, &confirmed, channels).await?;
        Ok("Notified".to_owned())
    }

    fn report(&self, order: usize, report: Report) -> ChargeReport {
        let captured = match report.charge {
            Charge::Captured(amount) => Some(amount),
            Charge::Failed => None,
        };
        let event = format!("evt_{}", report.number);
        ChargeReport {
            intent_id: id_of(report.intent).to_owned(),
            ..callback(&self.names.orders[order], &event, captured)
        }
    }

    /// Makes a request as the API does.
    pub(super) async fn make_request(&mut self, call: Call) -> String {
        let (trace, runtime) = (TraceParent::start(), &self.shop.runtime);
        let id = |order: usize| &self.names.orders[order];
        let code = self.names.code.parse().unwrap();
        let switched = |known: bool, done: &str| if known { done } else { "Unknown" }.to_owned();
        match call {
            Call::AdjustStock { product: n, delta } => {
                let product = product(self.names.products[n]);
                word(
                    &inventory::adjust_stock(runtime, &product, delta, trace)
                        .await
                        .unwrap(),
                )
            }
            Call::AddCoupon => word(
                &promotion::add_coupon(runtime, &self.coupon())
                    .await
                    .unwrap(),
            ),
            Call::SetCouponActive { active } => {
                let known = promotion::set_coupon_active(runtime, &code, active).await;
                switched(known.unwrap(), "Switched")
            }
            Call::RemoveCoupon => {
                let known = promotion::remove_coupon(runtime, &code).await;
                switched(known.unwrap(), "Removed")
            }
            Call::PlaceOrder { order } => self.place(order).await,
            Call::CancelOrder { order, reason } => word(
                &order::cancel_order(runtime, id(order), reason, trace)
                    .await
                    .unwrap(),
            ),
            Call::RequestPayment { order } => {
                let requested = order::request_payment(runtime, id(order), "pm_card_visa", trace);
                word(&requested.await.unwrap())
            }
            Call::RequestRefund { order } => word(
                &order::request_refund(runtime, id(order), trace)
                    .await
                    .unwrap(),
            ),
            Call::Step { .. } | Call::Redeliver { .. } => unreachable!("these settle a delivery"),
        }
    }

    async fn place(&mut self, order: usize) -> String {
        let (doc, key) = (self.doc(order), format!("key-{order}"));
        let placement = Placement {
            doc: &doc,
            payment_method: None,
            idempotency: Some((&key, "same")),
            limits: OpenLimits::default(),
            trace: TraceParent::start(),
        };
        let placed =
            order::place_order(&self.shop.runtime, Durability::EverySecond, &placement).await;
        let placed = placed.unwrap();
        if let Placed::New(id) = &placed {
            self.names.orders[order] = id.clone();
        }
        word(&placed)
    }
}

/// Returns a charge of the model as the store's type.
fn charge(attempt: u8) -> UnansweredCharge {
    UnansweredCharge {
        attempt: attempt.into(),
        method: "pm_card_visa".to_owned(),
    }
}

fn opening_of(opening: ModelOpening) -> Opening {
    match opening {
        ModelOpening::Page => Opening::Page,
        ModelOpening::Charging => Opening::Charging,
        ModelOpening::Unanswered(attempt) => Opening::Unanswered(charge(attempt)),
    }
}

async fn answered(step: StoreStep<'_>, answer: ModelHoldAnswer) -> Result<String> {
    let shortages = [Shortage {
        product_id: product("mug"),
        requested: 2,
        available: 1,
    }];
    let answer = match answer {
        ModelHoldAnswer::Reserved => HoldAnswer::Reserved,
        ModelHoldAnswer::Short => HoldAnswer::Short(&shortages),
        ModelHoldAnswer::Coupon(discount) => HoldAnswer::Coupon(eur(discount)),
        ModelHoldAnswer::NoCoupon => HoldAnswer::NoCoupon(CouponRefusal::UsedUp),
    };
    order::record_hold(step, answer, TIME_TO_PAY)
        .await
        .map(|answer| word(&answer))
}
