//! Payment handler on a private redis-server, with a fake gateway.

use std::sync::Arc;

use contracts::{
    OrderId, Service,
    event::{OrderAwaitingPayment, OrderPaymentRequested, PaymentPoll},
};
use payment_worker::PaymentHandler;
use store::{
    Step,
    payment::{self, PaymentView, Recorded},
};
use streamward::{Delivery, Outcome, clock};
use testkit::{TestShop, new_order_id};

use crate::fake_gateway::{AMOUNT, FakeGateway};

pub(crate) const VISA: Option<&str> = Some("pm_card_visa");

/// The handler, and one order of the shop.
pub(crate) struct Harness {
    pub(crate) shop: TestShop,
    pub(crate) gateway: Arc<FakeGateway>,
    handler: PaymentHandler<FakeGateway>,
    pub(crate) order: OrderId,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::with(FakeGateway::default(), 4).await
    }

    /// Starts a handler with a limit of `charges` unanswered charges.
    pub(crate) async fn with(gateway: FakeGateway, charges: usize) -> Self {
        let shop = TestShop::start(Service::Payment).await;
        let gateway = Arc::new(gateway);
        let handler = PaymentHandler::new(shop.runtime().clone(), Arc::clone(&gateway), charges);
        Self {
            shop,
            gateway,
            handler,
            order: new_order_id(),
        }
    }

    /// Delivers `OrderAwaitingPayment` with `time_ms` left to pay.
    pub(crate) async fn awaiting_payment(&self, method: Option<&str>, time_ms: i64) -> Delivery {
        let message = OrderAwaitingPayment {
            order_id: self.order.clone(),
            amount: AMOUNT,
            payment_method: method.map(ToOwned::to_owned),
            pay_before: clock::now_ms().saturating_add_signed(time_ms),
        };
        self.shop
            .deliver("orders", self.order.as_str(), &message)
            .await
    }

    /// Delivers the customer's request to charge another method.
    pub(crate) async fn payment_requested(&self, method: &str, attempt: u32) -> Delivery {
        let message = OrderPaymentRequested {
            order_id: self.order.clone(),
            amount: AMOUNT,
            payment_method: method.to_owned(),
            attempt,
        };
        self.shop
            .deliver("orders", self.order.as_str(), &message)
            .await
    }

    pub(crate) async fn handle(&self, delivery: &Delivery) -> Outcome {
        testkit::handle(&self.handler, delivery).await
    }

    /// Handles the request for a charge.
    pub(crate) async fn request_charge(&self, method: &str, attempt: u32) -> Outcome {
        let delivery = self.payment_requested(method, attempt).await;
        self.handle(&delivery).await
    }

    /// Opens the payment, and charges it when there is a method.
    pub(crate) async fn open_payment(&self, method: Option<&str>) {
        let delivery = self.awaiting_payment(method, 60_000).await;
        assert_eq!(self.handle(&delivery).await, Outcome::Settled);
        self.gateway.take_calls();
    }

    /// Ends the order before its payment is opened.
    pub(crate) async fn void_payment(&self) {
        let end = self.awaiting_payment(VISA, 60_000).await;
        let step = Step::new(self.shop.runtime(), &end, &self.order).unwrap();
        let recorded = payment::void_payment(step, None, None).await.unwrap();
        assert_eq!(recorded, Recorded::Recorded);
    }

    /// Fires the order's timer.
    pub(crate) async fn poll(&self) {
        assert!(self.poll_due_at().await.is_some(), "no poll is scheduled");
        let taken = self.timer("redis.call('ZREM', KEYS[1], ARGV[1])").await;
        assert_eq!(taken, 1);
        let delivery = self
            .shop
            .deliver("payment:inbox", self.order.as_str(), &PaymentPoll {})
            .await;
        assert_eq!(self.handle(&delivery).await, Outcome::Settled);
    }

    /// Returns Unix milliseconds of the order's next poll.
    pub(crate) async fn poll_due_at(&self) -> Option<u64> {
        let score = "tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0')";
        Some(self.timer(score).await).filter(|due| *due > 0)
    }

    async fn timer(&self, expression: &str) -> u64 {
        let key = self.shop.partition().delayed(Service::Payment.name());
        let job = format!("PaymentPoll:{}", self.order);
        let source = format!("return {{ 'N', {expression} }}");
        self.shop.eval(&source, &[key], &[&job]).await
    }

    pub(crate) async fn payment(&self) -> PaymentView {
        let found = payment::find(self.shop.runtime(), &self.order).await;
        found.unwrap().unwrap()
    }

    /// Returns the types of all events of the payment service, oldest first.
    pub(crate) async fn events(&self) -> Vec<String> {
        let entries = self.shop.entries("payments").await;
        entries
            .iter()
            .map(|entry| entry.kind().to_owned())
            .collect()
    }
}
