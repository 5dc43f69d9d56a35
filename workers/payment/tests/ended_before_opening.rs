//! An order may end while its intent is being opened: what was opened is undone. One that costs nothing
//! is nothing to the provider, however it ends.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::sync::{Arc, Mutex};

use contracts::{
    Currency, Money, OrderId, PaymentId,
    event::{Kind, OrderAwaitingPayment, OrderRefundRequested, RefundReason},
};
use payment_worker::{
    Gateway, GatewayError, IntentTruth, PaymentHandler, PaymentMessage, Refund, Voided,
    gateway::Opened,
};
use store::{
    Step,
    payment::{self, Intent, Recorded},
};
use streamward::{
    Delivery, Envelope, Handler, Namespace, Outcome, Receipt, Runtime, Server, TraceParent, clock,
    groups, inspect, publish,
};
use testkit::RedisServer;

const GROUP: &str = "payment";
const AMOUNT: Money = Money::new(1490, Currency::EUR);

/// A provider that does what it is asked and remembers it.
#[derive(Debug)]
struct Diary {
    asked: Mutex<Vec<&'static str>>,
    voided: Voided,
}

impl Diary {
    fn note(&self, what: &'static str) {
        self.asked.lock().unwrap().push(what);
    }
}

impl Gateway for Diary {
    async fn open(&self, _: &OrderId, _: Money, _: Option<&str>) -> Result<Opened, GatewayError> {
        self.note("open");
        let intent = Intent {
            id: "pi_1".to_owned(),
            pay_url: String::new(),
        };
        Ok(Opened {
            intent,
            refused: false,
        })
    }

    async fn charge(&self, _: &OrderId, _: &str, _: &str, _: u32) -> Result<(), GatewayError> {
        self.note("charge");
        Ok(())
    }

    async fn void(&self, _: &OrderId, intent: &str) -> Result<Voided, GatewayError> {
        assert_eq!(intent, "pi_1");
        self.note("void");
        Ok(self.voided)
    }

    async fn refund(&self, _: &OrderId, _: &str) -> Result<Refund, GatewayError> {
        self.note("refund");
        Err(GatewayError::Refused("not in this story".to_owned()))
    }

    async fn look(&self, _: &str) -> Result<Option<IntentTruth>, GatewayError> {
        self.note("look");
        Ok(Some(IntentTruth {
            order_id: None,
            succeeded: true,
            captured: AMOUNT,
        }))
    }

    fn pay_url(&self, intent: &str) -> String {
        intent.to_owned()
    }
}

async fn delivered(runtime: &Runtime, order: &OrderId, pay_before: u64) -> Delivery {
    delivered_of(runtime, order, pay_before, AMOUNT).await
}

async fn delivered_of(
    runtime: &Runtime,
    order: &OrderId,
    pay_before: u64,
    amount: Money,
) -> Delivery {
    let stream = runtime.partitions()[0].stream("orders");
    let message = OrderAwaitingPayment {
        order_id: order.clone(),
        amount,
        payment_method: Some("pm_card_visa".to_owned()),
        pay_before,
    };
    let envelope = Envelope::next(TraceParent::start());
    let kind = (OrderAwaitingPayment::KIND, 1);
    let mut link = runtime.server().link();
    publish(
        &mut link,
        &stream,
        kind,
        order.as_str(),
        &envelope,
        &message,
    )
    .await
    .unwrap();
    let read = groups::Read {
        group: GROUP,
        consumer: "w",
        count: 1,
        block_ms: None,
    };
    let mut entries = groups::read_new(&mut link, read, &[&stream]).await.unwrap();
    let entry = entries.remove(0).1.remove(0);
    let (id, stream) = (entry.id.clone(), stream.into());
    let receipt = Receipt {
        stream,
        group: GROUP.into(),
        consumer: "w".into(),
        id,
        deliveries: 1,
    };
    Delivery {
        receipt,
        entry,
        attempts: 0,
    }
}

async fn pending(runtime: &Runtime) -> u64 {
    let stream = runtime.partitions()[0].stream("orders");
    let info = inspect::stream(&mut runtime.server().link(), &stream)
        .await
        .unwrap()
        .unwrap();
    info.groups[0].pending
}

/// A shop on a server of its own, and the id of an order in it.
async fn shop() -> (RedisServer, Runtime, OrderId) {
    let redis = RedisServer::start();
    let server = Server::new(&redis.url()).unwrap();
    let runtime = Runtime::open(server, &Namespace::default(), 1)
        .await
        .unwrap();
    let partition = &runtime.partitions()[0];
    let stream = partition.stream("orders");
    groups::ensure(&mut runtime.server().link(), partition, GROUP, &[stream])
        .await
        .unwrap();
    (redis, runtime, OrderId::new(0, clock::now_ms(), 7))
}

/// Voids the order's payment before it is opened, then lets the handler open it.
async fn open_after_the_end(voided: Voided) -> (Vec<&'static str>, String) {
    let (_redis, runtime, order) = shop().await;
    let later = clock::now_ms() + 60_000;

    let end = delivered(&runtime, &order, later).await;
    let step = Step::new(&runtime, &end, &order).unwrap();
    assert_eq!(payment::void(step).await.unwrap(), Recorded::Recorded);

    let diary = Arc::new(Diary {
        asked: Mutex::default(),
        voided,
    });
    let handler = PaymentHandler::new(runtime.clone(), Arc::clone(&diary));
    let delivery = delivered(&runtime, &order, later).await;
    let message = streamward::unpack(delivery.entry.data())
        .map(PaymentMessage::Awaiting)
        .unwrap();
    assert_eq!(handler.handle(message, &delivery).await, Outcome::Settled);
    assert_eq!(pending(&runtime).await, 0, "the delivery is settled");
    let status = payment::find(&runtime, &order)
        .await
        .unwrap()
        .unwrap()
        .status;
    let asked = diary.asked.lock().unwrap().clone();
    (asked, status)
}

#[tokio::test]
async fn an_intent_opened_for_an_order_that_has_ended_is_voided() {
    let (asked, status) = open_after_the_end(Voided::Voided).await;
    assert_eq!(asked, ["open", "void"]);
    assert_eq!(status, "voided");
}

#[tokio::test]
async fn one_that_was_charged_already_is_recorded_so_that_its_money_goes_back() {
    let (asked, status) = open_after_the_end(Voided::TooLate).await;
    assert_eq!(asked, ["open", "void", "look"]);
    assert_eq!(status, "succeeded");
}

#[tokio::test]
async fn an_order_whose_time_is_over_is_not_charged() {
    let (_redis, runtime, order) = shop().await;
    let diary = Arc::new(Diary {
        asked: Mutex::default(),
        voided: Voided::Voided,
    });
    let handler = PaymentHandler::new(runtime.clone(), Arc::clone(&diary));
    let delivery = delivered(&runtime, &order, clock::now_ms() - 1).await;
    let message = streamward::unpack(delivery.entry.data())
        .map(PaymentMessage::Awaiting)
        .unwrap();
    assert_eq!(handler.handle(message, &delivery).await, Outcome::Done);
    assert!(diary.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_order_that_costs_nothing_is_paid_and_paid_back_without_the_provider() {
    let (_redis, runtime, order) = shop().await;
    let diary = Arc::new(Diary {
        asked: Mutex::default(),
        voided: Voided::Voided,
    });
    let handler = PaymentHandler::new(runtime.clone(), Arc::clone(&diary));
    let later = clock::now_ms() + 60_000;
    let nothing = Money::new(0, Currency::EUR);
    let delivery = delivered_of(&runtime, &order, later, nothing).await;
    let message = streamward::unpack(delivery.entry.data())
        .map(PaymentMessage::Awaiting)
        .unwrap();
    assert_eq!(handler.handle(message, &delivery).await, Outcome::Settled);

    let refund = PaymentMessage::RefundRequested(OrderRefundRequested {
        order_id: order.clone(),
        payment_id: PaymentId::of(&order),
        reason: RefundReason::Requested,
    });
    let delivery = delivered(&runtime, &order, later).await;
    assert_eq!(handler.handle(refund, &delivery).await, Outcome::Settled);
    let paid = payment::find(&runtime, &order).await.unwrap().unwrap();
    assert_eq!((paid.status.as_str(), paid.refunded), ("refunded", 0));
    assert!(diary.asked.lock().unwrap().is_empty());
}
