//! A payment handler on a private Redis, and a provider that answers what it is told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use contracts::{
    Currency, Money, OrderId,
    event::{Failure, Kind, OrderAwaitingPayment, PaymentPoll},
};
use payment_worker::{
    Gateway, GatewayError, IntentTruth, PaymentHandler, PaymentMessage, Refund, Voided,
    gateway::{Charged, FailedCharge, IntentStatus},
};
use serde::Serialize;
use store::payment::{self, Intent, PaymentView};
use streamward::{
    Delivery, Envelope, Handler, Namespace, Outcome, RawEntry, Receipt, Runtime, Script, Server,
    TraceParent, clock, groups, inspect, publish,
};
use testkit::RedisServer;
use tokio::sync::Semaphore;

const GROUP: &str = "payment";
pub(crate) const AMOUNT: Money = Money::new(1490, Currency::EUR);

/// A provider that does what it is asked and remembers it.
#[derive(Debug)]
pub(crate) struct Diary {
    pub(crate) asked: Mutex<Vec<String>>,
    /// What comes of the next voids; the last one goes on.
    pub(crate) voided: Mutex<VecDeque<Voided>>,
    /// Where the intent stands at the next looks; the last one goes on.
    pub(crate) stands: Mutex<VecDeque<IntentStatus>>,
    /// What the next charges come to; after them every charge is begun.
    pub(crate) charges: Mutex<VecDeque<Result<Charged, GatewayError>>>,
    pub(crate) failed: Mutex<Option<FailedCharge>>,
    /// Charges wait until it is given permits, when it is there.
    pub(crate) gate: Option<Semaphore>,
    /// So do looks.
    pub(crate) curtain: Option<Semaphore>,
}

impl Default for Diary {
    fn default() -> Self {
        Self {
            asked: Mutex::default(),
            voided: Mutex::new([Voided::Voided].into()),
            stands: Mutex::new([IntentStatus::Processing].into()),
            charges: Mutex::default(),
            failed: Mutex::default(),
            gate: None,
            curtain: None,
        }
    }
}

fn next<T: Copy>(row: &Mutex<VecDeque<T>>) -> T {
    let mut row = row.lock().unwrap();
    let first = row[0];
    if row.len() > 1 {
        row.pop_front();
    }
    first
}

impl Diary {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    /// Everything it was asked so far, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Everything it was asked since this was called last.
    pub(crate) fn asked_since(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// The intent stands so from now on.
    pub(crate) fn stands(&self, status: IntentStatus) {
        *self.stands.lock().unwrap() = [status].into();
    }
}

/// No answer.
pub(crate) fn silence() -> GatewayError {
    GatewayError::Unavailable("no answer".to_owned())
}

pub(crate) fn declined() -> Failure {
    Failure {
        code: "card_declined".to_owned(),
        message: "Your card was declined.".to_owned(),
    }
}

impl Gateway for Diary {
    async fn open(&self, _: &OrderId, _: Money) -> Result<Intent, GatewayError> {
        self.note("open".to_owned());
        Ok(Intent {
            id: "pi_1".to_owned(),
            pay_url: "pay/pi_1".to_owned(),
        })
    }

    async fn charge(
        &self,
        _: &OrderId,
        intent: &str,
        method: &str,
        attempt: u32,
    ) -> Result<Charged, GatewayError> {
        assert_eq!(intent, "pi_1");
        self.note(format!("charge {attempt} {method}"));
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let next = self.charges.lock().unwrap().pop_front();
        next.unwrap_or(Ok(Charged::Begun))
    }

    async fn void(&self, _: &OrderId, intent: &str) -> Result<Voided, GatewayError> {
        assert_eq!(intent, "pi_1");
        self.note("void".to_owned());
        Ok(next(&self.voided))
    }

    async fn refund(&self, _: &OrderId, _: &str) -> Result<Refund, GatewayError> {
        self.note("refund".to_owned());
        Err(GatewayError::Refused("not in this story".to_owned()))
    }

    async fn look(&self, _: &str) -> Result<Option<IntentTruth>, GatewayError> {
        self.note("look".to_owned());
        let status = next(&self.stands);
        if let Some(curtain) = &self.curtain {
            curtain.acquire().await.unwrap().forget();
        }
        let captured = match status {
            IntentStatus::Succeeded => AMOUNT,
            IntentStatus::Unpaid | IntentStatus::Processing | IntentStatus::Canceled => {
                Money::new(0, Currency::EUR)
            }
        };
        Ok(Some(IntentTruth {
            order_id: None,
            status,
            captured,
            failure: self.failed.lock().unwrap().clone(),
        }))
    }

    fn pay_url(&self, intent: &str) -> String {
        format!("pay/{intent}")
    }
}

/// A shop on a server of its own, its payment handler, and an order in it.
pub(crate) struct Desk {
    _redis: RedisServer,
    pub(crate) runtime: Runtime,
    pub(crate) diary: Arc<Diary>,
    pub(crate) handler: Arc<PaymentHandler<Diary>>,
    pub(crate) order: OrderId,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::with(Diary::default(), 4).await
    }

    /// A desk at which `charges` may wait for their answer at a time.
    pub(crate) async fn with(diary: Diary, charges: usize) -> Self {
        let redis = RedisServer::start();
        let server = Server::new(&redis.url()).unwrap();
        let runtime = Runtime::open(server, &Namespace::default(), 1)
            .await
            .unwrap();
        let partition = &runtime.partitions()[0];
        let streams = [partition.stream("orders"), partition.inbox(GROUP)];
        groups::ensure(&mut runtime.server().link(), partition, GROUP, &streams)
            .await
            .unwrap();
        let diary = Arc::new(diary);
        let handler = PaymentHandler::new(runtime.clone(), Arc::clone(&diary), charges);
        Self {
            _redis: redis,
            runtime,
            diary,
            handler: Arc::new(handler),
            order: OrderId::new(0, clock::now_ms(), 7),
        }
    }

    /// A message about an order, delivered to the payment service for the first time.
    pub(crate) async fn delivered<M: Kind + Serialize + Sync>(
        &self,
        order: &OrderId,
        message: &M,
    ) -> Delivery {
        let stream = self.runtime.partitions()[0].stream("orders");
        let envelope = Envelope::next(TraceParent::start());
        let kind = (M::KIND, M::VERSION);
        let mut link = self.runtime.server().link();
        publish(&mut link, &stream, kind, order.as_str(), &envelope, message)
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

    /// The order awaits its payment, with this much time to pay it.
    pub(crate) async fn awaiting(&self, method: Option<&str>, time_ms: i64) -> Delivery {
        let pay_before = clock::now_ms().saturating_add_signed(time_ms);
        let message = OrderAwaitingPayment {
            order_id: self.order.clone(),
            amount: AMOUNT,
            payment_method: method.map(ToOwned::to_owned),
            pay_before,
        };
        self.delivered(&self.order, &message).await
    }

    /// Handles a delivery as the runtime would.
    pub(crate) async fn handle(&self, delivery: &Delivery) -> Outcome {
        let entry = &delivery.entry;
        let decode = <PaymentMessage as streamward::Inbound>::decode;
        let message = decode(entry.kind(), entry.version(), entry.data()).unwrap();
        self.handler.handle(message, delivery).await
    }

    /// A payment that is opened, and charged when there is a method.
    pub(crate) async fn opened(&self, method: Option<&str>) {
        let delivery = self.awaiting(method, 60_000).await;
        assert_eq!(self.handle(&delivery).await, Outcome::Settled);
        self.diary.asked_since();
    }

    /// The question to the provider is due.
    pub(crate) async fn is_due(&self) {
        assert!(self.timer().await.is_some(), "nobody asks");
        let taken: u64 = self
            .timers("local n = redis.call('ZREM', KEYS[1], ARGV[1])")
            .await;
        assert_eq!(taken, 1);
        let delivery = self.delivered(&self.order, &PaymentPoll {}).await;
        assert_eq!(self.handle(&delivery).await, Outcome::Settled);
    }

    /// Unix milliseconds of the next question about the order.
    pub(crate) async fn timer(&self) -> Option<u64> {
        let due: u64 = self
            .timers("local n = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0')")
            .await;
        (due > 0).then_some(due)
    }

    /// Does something with the order's timer, and says what its `n` is then.
    async fn timers(&self, what: &str) -> u64 {
        let script = Script::new("timers", &[what, " return { 'N', n }"]);
        let mut reply = script
            .call(&[self.runtime.partitions()[0].delayed(GROUP)])
            .arg(format!("PaymentPoll:{}", self.order))
            .run(&mut self.runtime.server().link())
            .await
            .unwrap();
        reply.take().unwrap()
    }

    pub(crate) async fn payment(&self) -> PaymentView {
        payment::find(&self.runtime, &self.order)
            .await
            .unwrap()
            .unwrap()
    }

    /// The types of all events of the payment service, oldest first.
    pub(crate) async fn told(&self) -> Vec<String> {
        let stream = self.runtime.partitions()[0].stream("payments");
        let entries = inspect::newest(&mut self.runtime.server().link(), &stream, 100)
            .await
            .unwrap();
        entries
            .iter()
            .map(RawEntry::kind)
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Deliveries that nobody has settled.
    pub(crate) async fn pending(&self) -> u64 {
        let stream = self.runtime.partitions()[0].stream("orders");
        let info = inspect::stream(&mut self.runtime.server().link(), &stream)
            .await
            .unwrap()
            .unwrap();
        info.groups[0].pending
    }
}
