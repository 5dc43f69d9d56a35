//! The chain in this process: its ledgers after orders, a declined card, and an outage.

use std::{collections::BTreeMap, sync::Arc};

use contracts::OrderId;
use reqwest::StatusCode;
use serde_json::{Value, json};
use store::durability::Durability;
use tokio::{net::TcpListener, runtime, task::spawn_blocking};

use super::{
    buyers::Buyers,
    chain::{self, ChainSettings, Part},
    externals::Externals,
    outcome::Outcome,
    picture,
    report::FaultReport,
};
use crate::processes::ANY_PORT;

struct TestChain {
    externals: Externals,
    buyers: Arc<Buyers>,
    settings: ChainSettings,
    servers: BTreeMap<Part, Server>,
    url: String,
}

/// A part in an async runtime of its own, so that all of its tasks and connections can be ended at once.
struct Server(Option<runtime::Runtime>);

impl Server {
    async fn kill(mut self) {
        let runtime = self.0.take();
        spawn_blocking(move || drop(runtime)).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl TestChain {
    async fn start() -> Self {
        let externals = Externals::start(Durability::EverySecond).await.unwrap();
        let settings = ChainSettings {
            redis: externals.shop.redis_url().to_owned(),
            provider: externals.provider.clone(),
            provider_key: externals.secrets.secret_key.clone(),
            sms_api: externals.sms_api.clone(),
            outbox: externals.shop.redis.dir.path().join("outbox"),
            ..ChainSettings::default()
        };
        let mut chain = Self {
            buyers: Arc::new(Buyers::register(&externals.shop).await.unwrap()),
            externals,
            settings,
            servers: BTreeMap::new(),
            url: String::new(),
        };
        chain.settings.inventory = chain.serve(Part::Inventory, ANY_PORT);
        chain.settings.payment = chain.serve(Part::Payment, ANY_PORT);
        chain.settings.notification = chain.serve(Part::Notification, ANY_PORT);
        chain.url = chain.serve(Part::Order, ANY_PORT);
        chain
    }

    /// Serves a part and returns its URL.
    fn serve(&mut self, part: Part, address: &str) -> String {
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let settings = self.settings.clone();
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            chain::serve(part, &settings, listener).await.unwrap();
        });
        self.servers.insert(part, Server(Some(runtime)));
        url
    }

    /// Places an order; returns the status of the answer and the order.
    async fn place(&self, key: &str, method: &str) -> (StatusCode, String) {
        let cart: Value = json!({
            "items": [{ "productId": "mug-01", "quantity": 2 }],
            "paymentMethod": method,
        });
        let request = reqwest::Client::new().post(format!("{}/v1/orders", self.url));
        let request = request.header("x-customer", self.buyers.accounts[0].0.as_str());
        let request = request.header("idempotency-key", key).json(&cart);
        let answer = request.send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        let order = location.rsplit('/').next().unwrap().parse::<OrderId>();
        (answer.status(), order.unwrap().to_string())
    }

    /// Waits until no task is left in the order service.
    async fn rest(&self) {
        testkit::eventually("no task is left", || async {
            let tasks = reqwest::get(format!("{}/tasks", self.url)).await.unwrap();
            (tasks.text().await.unwrap() == "0").then_some(())
        })
        .await;
    }

    async fn outcome(&self, sent: u64) -> Outcome {
        let outcome = Outcome::count(&self.externals, &self.buyers, sent).await;
        outcome.unwrap()
    }

    async fn balances(&self) {
        let runtime = self.externals.shop.runtime();
        let mug = "mug-01".parse().unwrap();
        let stock = store::inventory::stock(runtime, &mug).await.unwrap();
        assert!(stock.balances() && stock.reserved == 0, "{stock:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_of_the_chain_balance_after_an_outage_of_payment() {
    let mut chain = TestChain::start().await;
    for key in ["one", "two", "three"] {
        let (status, order) = chain.place(key, "pm_card_visa").await;
        let again = chain.place(key, "pm_card_visa").await;
        assert_eq!((status, &again), (StatusCode::CREATED, &(status, order)));
    }
    let (declined, _) = chain.place("four", "pm_card_declined").await;
    assert_eq!(declined, StatusCode::PAYMENT_REQUIRED);
    chain.rest().await;
    let mut expected = Outcome {
        confirmed: 3,
        refused: 1,
        ..Outcome::default()
    };
    assert_eq!(chain.outcome(4).await, expected);

    let address = chain.settings.payment.replace("http://", "");
    let payment = chain.servers.remove(&Part::Payment).unwrap();
    payment.kill().await;
    let (refused, _) = chain.place("five", "pm_card_visa").await;
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    chain.serve(Part::Payment, &address);
    let (confirmed, _) = chain.place("six", "pm_card_visa").await;
    assert_eq!(confirmed, StatusCode::CREATED);
    chain.rest().await;
    expected.confirmed += 1;
    expected.refused += 1;
    assert_eq!(chain.outcome(6).await, expected);
    chain.balances().await;
}

#[test]
fn picture_and_json_show_every_part_of_an_outcome() {
    let outcome = Outcome {
        confirmed: 900,
        refused: 99,
        inconsistent: 1,
        ..Outcome::default()
    };
    let aftermath = super::faults::Aftermath {
        outcome,
        answer: crate::load::Latency::default(),
        confirmed: crate::load::Latency::default(),
    };
    let report = FaultReport {
        fault: "payment away".to_owned(),
        rest: aftermath.clone(),
        events: aftermath,
    };
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["rest"]["confirmed"], 900);
    let svg = picture::draw(1000, &[report.clone(), report]);
    assert_eq!(svg.matches("payment away").count(), 2);
    // Four of the legend, and three parts in each of four bars.
    assert_eq!(svg.matches("<rect ").count(), 4 + 3 * 4);
    assert!(
        svg.contains("900 confirmed, 99 refused, 1 inconsistent"),
        "{svg}"
    );
    assert!(svg.contains("class=\"inconsistent\" x=\"471\""), "{svg}");
}
