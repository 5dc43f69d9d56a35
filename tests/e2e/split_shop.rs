//! A shop whose roles run in processes of their own, on a redis-server of the test's.

use std::{path::Path, process::Stdio};

use contracts::Service;
use serde_json::Value;
use streamward::Namespace;
use tempfile::TempDir;
use testkit::{RedisServer, eventually};

use crate::{
    process::{Process, settled, streamward_on, text},
    shop::{audit, data_folder},
};

const SECRETS: [&str; 4] = [
    "--webhook-secret",
    "whsec_end_to_end",
    "--provider-key",
    "sk_test_end_to_end",
];

/// API, provider and the order, promotion and notification services, in three processes. The test
/// starts inventory and payment.
pub(crate) struct SplitShop {
    pub(crate) redis: RedisServer,
    data: TempDir,
    provider: Process,
    _processes: Vec<Process>,
}

impl SplitShop {
    pub(crate) async fn open() -> Self {
        let (redis, data) = (RedisServer::start_durable(), data_folder());
        let url = redis.url();
        let path = data.path().to_str().unwrap().to_owned();
        let place = ["--data", path.as_str()];
        let on_redis = ["--redis", url.as_str()];
        let api = [
            &["api", "--listen", "127.0.0.1:0"],
            &place[..],
            &on_redis,
            &SECRETS,
        ]
        .concat();
        let provider = [
            &["provider", "--listen", "127.0.0.1:0"],
            &place[..],
            &SECRETS,
        ]
        .concat();
        let worker = [
            &["worker", "order", "promotion", "notification"],
            &place[..],
            &on_redis,
        ]
        .concat();
        let mut processes = vec![Process::start(&api).await];
        // The provider looks up the API in the data folder, and leaves its own address there.
        let provider = Process::start(&provider).await;
        processes.push(Process::start(&worker).await);
        let shop = Self {
            redis,
            data,
            provider,
            _processes: processes,
        };
        let seeded = streamward_on(shop.data(), &["seed"]).await;
        assert!(seeded.status.success(), "{}", text(&seeded));
        shop
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Another process of the inventory and payment services.
    pub(crate) async fn start_inventory_and_payment(&self) -> Process {
        self.start_inventory_and_payment_logging(Stdio::inherit())
            .await
    }

    /// The same with its log elsewhere.
    pub(crate) async fn start_inventory_and_payment_logging(&self, log: Stdio) -> Process {
        let (url, data) = (self.redis.url(), self.data().to_str().unwrap().to_owned());
        let place = ["--data", data.as_str(), "--redis", url.as_str()];
        let args = [&["worker", "inventory", "payment"], &place[..]].concat();
        Process::start_logging(&args, log).await
    }

    /// Sends the provider's process a signal, such as `-STOP`.
    pub(crate) async fn signal_provider(&self, signal: &str) {
        self.provider.signal(signal).await;
    }

    /// Runs a load to its end; every order must be confirmed.
    pub(crate) async fn load(&self, orders: u64, rate: u64) {
        let (orders, rate) = (orders.to_string(), rate.to_string());
        let load = [
            "load",
            "--orders",
            &orders,
            "--rate",
            &rate,
            "--patience",
            "30s",
            "--json",
        ];
        let output = streamward_on(self.data(), &load).await;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["ended"]["confirmed"].to_string(), orders, "{report}");
    }

    /// Places orders without waiting for them.
    pub(crate) async fn place(&self, orders: u64) {
        let load = ["load", "--orders", &orders.to_string(), "--place-only"];
        let output = streamward_on(self.data(), &load).await;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }

    /// Waits until no group has anything left to do.
    pub(crate) async fn until_all_ended(&self) {
        let partition = Namespace::default().partition(0);
        eventually("all is settled", || async {
            let mut connection = self.redis.connection().await;
            let topics = Service::Order.writes().map(|topic| partition.stream(topic));
            settled(&mut connection, &topics.collect::<Vec<_>>()).await
        })
        .await;
    }

    pub(crate) async fn audit(&self) {
        audit(self.data()).await;
    }
}
