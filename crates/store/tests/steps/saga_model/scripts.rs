//! The calls on the scripts, through the store's functions. Each answers in one word.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each function makes the steps of one service, which its caller has picked out"
)]

use contracts::{
    Line, OrderDocument, PaymentId,
    event::{
        CancelReason, Channel, ChargeReport, ChargeStatus, CouponRefusal, NotificationKind,
        PaymentProcessed, Shortage,
    },
};
use saga::{
    books::Why,
    event::Charge,
    scripts::{
        inventory::Ending,
        order::Verdict,
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
    look::id_of,
    model::with_amount,
    play::{Handled, Play, word},
};
use crate::support::{ASKING, TIME_TO_PAY, URL, callback, doc, eur, failure, line, product};

impl Play<'_> {
    fn doc(&self, order: usize) -> OrderDocument {
        let wish = &self.plan.shop.wishes[order];
        let lines = self.names.products.iter().zip(&wish.units);
        let lines: Vec<Line> = lines
            .filter(|(_, units)| **units > 0)
            .map(|(id, units)| line(id, u32::try_from(*units).unwrap()))
            .collect();
        OrderDocument {
            customer_id: self.names.customers[wish.customer].clone(),
            coupon: wish.coupon.then(|| self.names.code.parse().unwrap()),
            ..doc(&lines)
        }
    }

    /// Handles a delivery.
    pub(super) async fn make(&self, handled: &Handled, total: i64) -> String {
        let id = &self.names.orders[handled.order];
        let step = || self.shop.at(&handled.cause, id);
        let answer = match handled.step {
            Step::Reserve | Step::SettleUnits(_) | Step::HoldCoupon | Step::SettleCoupon(_) => {
                self.held(handled.step, step(), &self.doc(handled.order))
                    .await
            }
            Step::Open(_)
            | Step::Charge { .. }
            | Step::Wait { .. }
            | Step::Record(_)
            | Step::Void { .. }
            | Step::PayBack => self.charged(handled, step(), total).await,
            Step::Hold(verdict) => answered(step(), verdict).await,
            Step::Opened => order::record_payment_opened(step(), URL)
                .await
                .map(|answer| word(&answer)),
            Step::Paid { in_full } => {
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
            Step::Declined => {
                let declined = order::record_declined_charge(step(), &failure(), Some(URL)).await;
                declined.map(|answer| word(&answer))
            }
            Step::Mark { .. } | Step::Note => self.told(handled.step, step()).await,
            Step::Remind => order::remind_payment_due(step())
                .await
                .map(|answer| word(&answer)),
            Step::Expire => order::expire_order(step())
                .await
                .map(|answer| word(&answer)),
            Step::Refunded => {
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
            Step::SettleUnits(ending) => {
                let settled = match ending {
                    Ending::Taken => inventory::sell(step, items).await,
                    Ending::Returned => inventory::release(step, items).await,
                    Ending::Refunded => inventory::restock(step, items).await,
                };
                settled.map(|answer| word(&answer))
            }
            Step::HoldCoupon => {
                let held = promotion::hold_coupon(step, doc, &code).await;
                held.map(|answer| word(&answer))
            }
            Step::SettleCoupon(ending) => {
                let ending = match ending {
                    Ending::Taken => promotion::Ending::Redeemed,
                    Ending::Returned => promotion::Ending::Returned,
                    Ending::Refunded => promotion::Ending::Refunded,
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
            Step::Open(opening) => {
                let intent = Intent {
                    id: id_of(saga::event::Intent::Ours).to_owned(),
                    pay_url: URL.to_owned(),
                };
                payment::open_payment(step, eur(total), &intent, &opening_of(opening), ASKING).await
            }
            Step::Record(report) => {
                let proof = if report.asked {
                    Proof::Provider
                } else {
                    Proof::Signature
                };
                let report = self.report(handled.order, with_amount(report, total));
                let url = report.failure.as_ref().map(|_| URL.to_owned());
                payment::record_charge(step, &report, url, proof, ASKING.pause).await
            }
            Step::Charge { attempt, answered } => {
                let unanswered = (!answered).then(|| charge(attempt));
                payment::begin_charge(step, attempt.into(), unanswered.as_ref(), ASKING).await
            }
            Step::Wait { answered, again } => {
                let pause = again.then_some(ASKING.pause);
                payment::schedule_poll(step, answered.map(charge).as_ref(), pause).await
            }
            Step::Void { known, asking } => {
                payment::void_payment(step, known.map(id_of), asking.then_some(ASKING)).await
            }
            _ => payment::record_provider_refund(step, "re_1", eur(total)).await,
        };
        recorded.map(|answer| word(&answer))
    }

    async fn told(&self, what: Step, mut step: StoreStep<'_>) -> Result<String> {
        let confirmed = MessageKey::from(NotificationKind::OrderConfirmed);
        let channels = match what {
            Step::Mark { both: true } => &[Channel::Email, Channel::Sms][..],
            Step::Mark { both: false } => &[Channel::Sms],
            _ => {
                notification::mark_channel_sent(&mut step, &confirmed, Channel::Email).await?;
                return Ok("Told".to_owned());
            }
        };
        notification::mark_sent(step, &confirmed, channels).await?;
        Ok("Told".to_owned())
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

    /// Asks for something as the API does.
    pub(super) async fn make_request(&mut self, call: Call) -> String {
        let (trace, runtime) = (TraceParent::start(), &self.shop.runtime);
        let id = |order: usize| &self.names.orders[order];
        let code = self.names.code.parse().unwrap();
        let switched = |known: bool, done: &str| if known { done } else { "Unknown" }.to_owned();
        match call {
            Call::Adjust { product: n, delta } => {
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
            Call::SwitchCoupon { active } => {
                let known = promotion::set_coupon_active(runtime, &code, active).await;
                switched(known.unwrap(), "Switched")
            }
            Call::RemoveCoupon => {
                let known = promotion::remove_coupon(runtime, &code).await;
                switched(known.unwrap(), "Removed")
            }
            Call::Place { order } => self.place(order).await,
            Call::Cancel { order, why } => {
                let reason = reason(why);
                word(
                    &order::cancel_order(runtime, id(order), reason, trace)
                        .await
                        .unwrap(),
                )
            }
            Call::Pay { order } => {
                let asked = order::request_payment(runtime, id(order), "pm_card_visa", trace);
                word(&asked.await.unwrap())
            }
            Call::Refund { order } => word(
                &order::request_refund(runtime, id(order), trace)
                    .await
                    .unwrap(),
            ),
            Call::Step { .. } | Call::Again { .. } => unreachable!("these settle a delivery"),
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

/// A charge of the model as the store knows it.
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

const fn reason(why: Why) -> CancelReason {
    match why {
        Why::PaymentTimeout => CancelReason::PaymentTimeout,
        Why::ByCustomer => CancelReason::ByCustomer,
        Why::ByAdmin => CancelReason::ByAdmin,
        Why::AmountMismatch => CancelReason::AmountMismatch,
    }
}

async fn answered(step: StoreStep<'_>, verdict: Verdict) -> Result<String> {
    let shortages = [Shortage {
        product_id: product("mug"),
        requested: 2,
        available: 1,
    }];
    let answer = match verdict {
        Verdict::Stock => HoldAnswer::Reserved,
        Verdict::NoStock => HoldAnswer::Short(&shortages),
        Verdict::Coupon(discount) => HoldAnswer::Coupon(eur(discount)),
        Verdict::NoCoupon => HoldAnswer::NoCoupon(CouponRefusal::UsedUp),
    };
    order::record_hold(step, answer, TIME_TO_PAY)
        .await
        .map(|answer| word(&answer))
}
