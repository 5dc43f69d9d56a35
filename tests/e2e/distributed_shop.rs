//! A shop in which every service has processes of its own, so that each can be stopped or killed.

use std::{collections::BTreeMap, path::Path, time::Duration};

use contracts::Service;
use serde_json::Value;
use streamward::Namespace;
use tempfile::TempDir;
use testkit::{RedisServer, eventually_within};

use crate::{
    process::{Process, settled, streamward_on, text},
    shop::{audit, data_folder, read_json},
};

const SECRETS: [&str; 4] = [
    "--webhook-secret",
    "whsec_distributed",
    "--provider-key",
    "sk_test_distributed",
];
/// The time limit for work that is left after a run.
const PATIENCE: Duration = Duration::from_secs(60);

/// A redis-server, an API, a provider, and each service in its own processes.
pub(crate) struct DistributedShop {
    redis: RedisServer,
    data: TempDir,
    time_to_pay: &'static str,
    services: BTreeMap<Service, Vec<Option<Process>>>,
    front_end: Vec<Process>,
}

impl DistributedShop {
    pub(crate) async fn open(of_each: usize, time_to_pay: &'static str) -> Self {
        let mut shop = Self {
            redis: RedisServer::start_durable(),
            data: data_folder(),
            time_to_pay,
            services: BTreeMap::new(),
            front_end: Vec::new(),
        };
        let api = shop.role(&["api", "--listen", "127.0.0.1:0"], true).await;
        // The provider looks up the API in the data folder, and leaves its own address there.
        let provider = ["provider", "--listen", "127.0.0.1:0"];
        let provider = shop.role(&provider, false).await;
        shop.front_end.extend([api, provider]);
        for service in Service::ALL {
            shop.services
                .insert(service, (0..of_each).map(|_| None).collect());
            for index in 0..of_each {
                shop.start(service, index).await;
            }
        }
        let seeded = streamward_on(shop.data(), &["seed"]).await;
        assert!(seeded.status.success(), "{}", text(&seeded));
        shop
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    async fn role(&self, words: &[&str], on_redis: bool) -> Process {
        let (data, url) = (self.data().to_str().unwrap(), self.redis.url());
        let mut args = [words, &["--data", data], &SECRETS].concat();
        if on_redis {
            args.extend(["--redis", &url, "--payment-timeout", self.time_to_pay]);
        }
        Process::start(&args).await
    }

    /// Starts a process of `service`.
    pub(crate) async fn start(&mut self, service: Service, index: usize) {
        let process = self.role(&["worker", service.name()], true).await;
        self.place(service, index).replace(process);
    }

    /// `kill -9` for a process of `service`.
    pub(crate) async fn kill(&mut self, service: Service, index: usize) {
        let process = self.place(service, index).take();
        process.expect("it runs").kill().await;
    }

    /// Ends a process of `service` with SIGTERM.
    pub(crate) async fn stop(&mut self, service: Service, index: usize) {
        let process = self.place(service, index).take();
        assert_eq!(process.expect("it runs").terminate().await, Some(0));
    }

    fn place(&mut self, service: Service, index: usize) -> &mut Option<Process> {
        let all = self.services.get_mut(&service).expect("every service runs");
        &mut all[index]
    }

    /// Sets fault knobs of the provider.
    pub(crate) async fn faults(&self, faults: &Value) {
        let request = reqwest::Client::new().put(self.provider("/sim/faults"));
        let answer = request.json(faults).send().await.expect("it answers");
        assert!(answer.status().is_success());
    }

    /// Returns the simulated provider's ledger of charges and refunds.
    pub(crate) async fn ledger(&self) -> Value {
        let answer = reqwest::get(self.provider("/sim/ledger")).await;
        answer.unwrap().json().await.unwrap()
    }

    fn provider(&self, path: &str) -> String {
        let file = read_json(&self.data().join("provider.json"));
        format!("{}{path}", file["url"].as_str().unwrap())
    }

    /// Runs a load to its end; it must come out well. Returns its report.
    pub(crate) async fn load(data: &Path, flags: &[&str]) -> Value {
        let output = streamward_on(data, &[&["load", "--json"], flags].concat()).await;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Waits until no group has anything left to do in any stream.
    pub(crate) async fn until_at_rest(&self) {
        let partition = Namespace::default().partition(0);
        eventually_within(PATIENCE, "everything is settled", || async {
            let mut connection = self.redis.connection().await;
            settled(&mut connection, &store::streams(&partition)).await
        })
        .await;
    }

    pub(crate) async fn audit(&self) {
        audit(self.data()).await;
    }
}
