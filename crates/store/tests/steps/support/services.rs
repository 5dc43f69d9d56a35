//! The services' steps, one function each.

use std::time::Duration;

use contracts::{
    Line, Money, OrderDocument, OrderId, PaymentId, Service,
    event::{
        Channel, ChargeReport, ChargeStatus, Failure, NotificationKind, PaymentProcessed, Shortage,
        StockCause,
    },
};
use store::{
    Step,
    durability::Durability,
    inventory::{self, Adjusted, Ending, ReservationEnd, Reserved},
    notification,
    order::{
        self, Declined, Expired, Held, HoldAnswer, Noted, OpenLimits, Paid, Placed, Placement,
        Refunded, Reminded,
    },
    payment::{self, Intent, NextPoll, Opening, Proof, Recorded, UnansweredCharge},
};
use streamward::TraceParent;

use super::{Effect, Shop, eur, product};

pub(crate) const URL: &str = "https://pay.example/pi_1";
/// Polls start after a minute.
pub(crate) const ASKING: NextPoll = NextPoll {
    polls: 3,
    pause: Duration::from_secs(60),
};
pub(crate) const TIME_TO_PAY: Duration = Duration::from_secs(15 * 60);

pub(crate) fn failure() -> Failure {
    Failure {
        code: "card_declined".to_owned(),
        message: "The card was declined.".to_owned(),
    }
}

/// Returns the provider's report of a charge of `order`; a failed charge captures nothing.
pub(crate) fn callback(order: &OrderId, event: &str, captured: Option<i64>) -> ChargeReport {
    ChargeReport {
        order_id: order.clone(),
        event_id: event.to_owned(),
        intent_id: "pi_1".to_owned(),
        charge_id: None,
        result: captured.map_or(ChargeStatus::Failed, |_| ChargeStatus::Succeeded),
        amount: eur(captured.unwrap_or(0)),
        failure: captured.is_none().then(failure),
    }
}

/// Products without a threshold of their own are never low on stock.
pub(crate) const LOW_STOCK: Option<u32> = None;

/// Ends a reservation as the inventory service does for an order that ended with `cause`.
pub(crate) async fn end_reservation(
    step: Step<'_>,
    lines: &[Line],
    cause: StockCause,
) -> store::Result<ReservationEnd> {
    let ending = match cause {
        StockCause::Sold => Ending::Sold,
        StockCause::Returned | StockCause::Adjusted => Ending::Returned,
    };
    inventory::end_reservation(step, lines, ending, LOW_STOCK).await
}

/// The payment service's word that `amount` was captured for `order`.
fn captured(order: &OrderId, amount: Money) -> PaymentProcessed {
    PaymentProcessed {
        order_id: order.clone(),
        payment_id: PaymentId::of(order),
        payment_status: ChargeStatus::Succeeded,
        amount,
        failure: None,
        pay_url: None,
    }
}

/// The steps. Each settles a delivery of its own, twice, and says what the first run did.
impl Shop {
    pub(crate) async fn receive(&self, id: &str, units: i64) -> Adjusted {
        let trace = TraceParent::start();
        let adjusted = inventory::adjust_stock(&self.runtime, &product(id), units, trace).await;
        adjusted.unwrap()
    }

    pub(crate) async fn place(&self, doc: &OrderDocument) -> OrderId {
        let placement = Placement {
            doc,
            payment_method: None,
            idempotency: None,
            limits: OpenLimits::default(),
            trace: TraceParent::start(),
        };
        let placed = order::place_order(&self.runtime, Durability::EverySecond, &placement).await;
        match placed.unwrap() {
            Placed::New(order) => order,
            other @ (Placed::Replay(_) | Placed::KeyReused | Placed::OverLimit(_)) => {
                unreachable!("{other:?}")
            }
        }
    }

    pub(crate) async fn reserve(&self, order: &OrderId, lines: &[Line]) -> (Reserved, Effect) {
        let cause = self.about(order, "orders", Service::Inventory).await;
        let run = |step| inventory::reserve_stock(step, lines);
        self.step(&cause, order, Reserved::Stale, run).await
    }

    pub(crate) async fn settle(
        &self,
        order: &OrderId,
        lines: &[Line],
        end: StockCause,
    ) -> (ReservationEnd, Effect) {
        let cause = self.about(order, "orders", Service::Inventory).await;
        let run = |step| end_reservation(step, lines, end);
        self.step(&cause, order, ReservationEnd::Stale, run).await
    }

    pub(crate) async fn take_back(
        &self,
        order: &OrderId,
        lines: &[Line],
    ) -> (ReservationEnd, Effect) {
        let cause = self.about(order, "orders", Service::Inventory).await;
        let run = |step| inventory::end_reservation(step, lines, Ending::Refunded, LOW_STOCK);
        self.step(&cause, order, ReservationEnd::Stale, run).await
    }

    pub(crate) async fn hold(
        &self,
        order: &OrderId,
        shortages: Option<&[Shortage]>,
    ) -> (Held, Effect) {
        let answer = shortages.map_or(HoldAnswer::Reserved, HoldAnswer::Short);
        self.answer(order, answer).await
    }

    /// The promotion service's answer to the order service.
    pub(crate) async fn coupon(&self, order: &OrderId, answer: HoldAnswer<'_>) -> (Held, Effect) {
        self.answer(order, answer).await
    }

    async fn answer(&self, order: &OrderId, answer: HoldAnswer<'_>) -> (Held, Effect) {
        let stream = match answer {
            HoldAnswer::Reserved => "inventory:reserved",
            HoldAnswer::Short(_) => "inventory:rejected",
            HoldAnswer::Coupon(_) => "promotions:held",
            HoldAnswer::NoCoupon(_) => "promotions:rejected",
        };
        let cause = self.about(order, stream, Service::Order).await;
        let run = |step| order::record_hold(step, answer, TIME_TO_PAY);
        self.step(&cause, order, Held::Stale, run).await
    }

    pub(crate) async fn opened(&self, order: &OrderId) -> (Noted, Effect) {
        let cause = self.about(order, "payments:opened", Service::Order).await;
        let run = |step| order::record_payment_opened(step, URL);
        self.step(&cause, order, Noted::Stale, run).await
    }

    pub(crate) async fn paid(&self, order: &OrderId, amount: Money) -> (Paid, Effect) {
        let cause = self
            .about(order, "payments:processed", Service::Order)
            .await;
        let event = captured(order, amount);
        let run = |step| order::record_payment(step, &event);
        self.step(&cause, order, Paid::Stale, run).await
    }

    pub(crate) async fn declined(&self, order: &OrderId) -> (Declined, Effect) {
        let cause = self
            .about(order, "payments:processed", Service::Order)
            .await;
        let failure = failure();
        let run = |step| order::record_declined_charge(step, &failure, Some(URL));
        self.step(&cause, order, Declined::Stale, run).await
    }

    pub(crate) async fn expire(&self, order: &OrderId) -> (Expired, Effect) {
        let cause = self.about(order, "order:inbox", Service::Order).await;
        self.step(&cause, order, Expired::Stale, order::expire_order)
            .await
    }

    pub(crate) async fn remind(&self, order: &OrderId) -> (Reminded, Effect) {
        let cause = self.about(order, "order:inbox", Service::Order).await;
        self.step(&cause, order, Reminded::Stale, order::remind_payment_due)
            .await
    }

    pub(crate) async fn refunded(&self, order: &OrderId) -> (Refunded, Effect) {
        let cause = self.about(order, "payments:refunded", Service::Order).await;
        let run = |step| order::record_refund(step, eur(1000));
        self.step(&cause, order, Refunded::Stale, run).await
    }

    pub(crate) async fn open_payment(
        &self,
        order: &OrderId,
        amount: Money,
        charging: bool,
    ) -> (Recorded, Effect) {
        let opening = if charging {
            Opening::Charging
        } else {
            Opening::Page
        };
        self.open_payment_with(order, amount, &opening).await
    }

    pub(crate) async fn open_payment_with(
        &self,
        order: &OrderId,
        amount: Money,
        opening: &Opening,
    ) -> (Recorded, Effect) {
        let cause = self.about(order, "orders", Service::Payment).await;
        let intent = Intent {
            id: "pi_1".to_owned(),
            pay_url: URL.to_owned(),
        };
        let run = |step| payment::open_payment(step, amount, &intent, opening, ASKING);
        self.step(&cause, order, Recorded::Stale, run).await
    }

    pub(crate) async fn record(&self, report: &ChargeReport) -> (Recorded, Effect) {
        self.record_with(report, Proof::Provider).await
    }

    pub(crate) async fn record_with(
        &self,
        report: &ChargeReport,
        proof: Proof,
    ) -> (Recorded, Effect) {
        let order = &report.order_id;
        let cause = self.about(order, "payment:inbox", Service::Payment).await;
        let url = report.failure.as_ref().map(|_| URL.to_owned());
        let run = |step| payment::record_charge(step, report, url.clone(), proof, ASKING.pause);
        self.step(&cause, order, Recorded::Stale, run).await
    }

    /// Records that the provider voided the intent, if there is one.
    pub(crate) async fn void(&self, order: &OrderId) -> (Recorded, Effect) {
        let known = payment::find(&self.runtime, order).await.unwrap();
        let intent = known.and_then(|payment| payment.intent);
        self.void_of(order, intent.as_deref(), None).await
    }

    /// Records the void of this intent; with `asking`, the provider could not void it, and polls follow.
    pub(crate) async fn void_of(
        &self,
        order: &OrderId,
        intent: Option<&str>,
        asking: Option<NextPoll>,
    ) -> (Recorded, Effect) {
        let cause = self.about(order, "orders", Service::Payment).await;
        let run = |step| payment::void_payment(step, intent, asking);
        self.step(&cause, order, Recorded::Stale, run).await
    }

    pub(crate) async fn charge_again(
        &self,
        order: &OrderId,
        attempt: u32,
        unanswered: Option<&UnansweredCharge>,
    ) -> (Recorded, Effect) {
        let cause = self.about(order, "orders", Service::Payment).await;
        let run = |step| payment::begin_charge(step, attempt, unanswered, ASKING);
        self.step(&cause, order, Recorded::Stale, run).await
    }

    pub(crate) async fn wait(
        &self,
        order: &OrderId,
        answered: Option<&UnansweredCharge>,
        pause: Option<Duration>,
    ) -> (Recorded, Effect) {
        let cause = self.about(order, "payment:inbox", Service::Payment).await;
        let run = |step| payment::schedule_poll(step, answered, pause);
        self.step(&cause, order, Recorded::Stale, run).await
    }

    pub(crate) async fn refund(&self, order: &OrderId, amount: Money) -> (Recorded, Effect) {
        let cause = self.about(order, "orders", Service::Payment).await;
        let run = |step| payment::record_provider_refund(step, "re_1", amount);
        self.step(&cause, order, Recorded::Stale, run).await
    }

    pub(crate) async fn mark_sent(
        &self,
        order: &OrderId,
        kind: NotificationKind,
        channels: &[Channel],
    ) -> Effect {
        let cause = self.about(order, "orders", Service::Notification).await;
        let message = notification::MessageKey::from(kind);
        let run = |step| notification::mark_sent(step, &message, channels);
        self.step(&cause, order, (), run).await.1
    }
}
