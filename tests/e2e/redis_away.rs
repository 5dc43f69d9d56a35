//! Redis is away for longer than supervisors would restart a crashing child: every process waits for it.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;
use tokio::time::{Instant, timeout};

use crate::{process::Process, shop::read_json, split_shop::SplitShop};

/// The nodes of a tree that were restarted, with their reasons.
fn restarted(node: &Value) -> Vec<String> {
    let own = (node["restarts"] != 0).then(|| format!("{}: {}", node["name"], node["lastExit"]));
    let children = node["children"].as_array().into_iter().flatten();
    own.into_iter()
        .chain(children.flat_map(restarted))
        .collect()
}

/// A shop on a Redis of its own, one of whose workers has status pages.
struct Watched {
    shop: SplitShop,
    worker: Process,
    http: Client,
    api: String,
    token: String,
    pages: String,
}

impl Watched {
    async fn open() -> Self {
        let shop = SplitShop::open().await;
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let (url, data) = (shop.redis.url(), shop.data().to_str().unwrap().to_owned());
        let place = ["--data", data.as_str(), "--redis", url.as_str()];
        let worker = [
            "worker",
            "inventory",
            "payment",
            "webhook",
            "--listen",
            &address,
        ];
        let worker = Process::start(&[&worker[..], &place].concat()).await;
        let text = |file: &str, field: &str| {
            let file = read_json(&shop.data().join(file));
            file[field].as_str().unwrap().to_owned()
        };
        Self {
            api: text("run.json", "api"),
            token: text("admin.json", "token"),
            pages: format!("http://{address}"),
            http: Client::new(),
            worker,
            shop,
        }
    }

    async fn status(&self, url: &str) -> StatusCode {
        self.http.get(url).send().await.unwrap().status()
    }

    async fn place(&self) -> StatusCode {
        let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
        let request = self
            .http
            .post(format!("{}/v1/orders", self.api))
            .json(&order);
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(answer.headers()["retry-after"], "1");
        }
        answer.status()
    }

    /// Nothing but the catalogue works, and all of it answers at once.
    async fn is_out_of_order(&self) {
        let begun = Instant::now();
        assert_eq!(self.place().await, StatusCode::SERVICE_UNAVAILABLE);
        for (path, status) in [
            ("/v1/products", StatusCode::OK),
            ("/healthz", StatusCode::OK),
            ("/readyz", StatusCode::SERVICE_UNAVAILABLE),
        ] {
            assert_eq!(
                self.status(&format!("{}{path}", self.api)).await,
                status,
                "{path}"
            );
        }
        let readyz = self.status(&format!("{}/readyz", self.pages)).await;
        assert_eq!(readyz, StatusCode::SERVICE_UNAVAILABLE);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
    }

    /// Everything is ready within two seconds.
    async fn recovers(&self) {
        let ready = eventually("API and worker are ready", || async {
            for base in [&self.api, &self.pages] {
                if self.status(&format!("{base}/readyz")).await != StatusCode::OK {
                    return None;
                }
            }
            Some(())
        });
        let in_time = timeout(Duration::from_secs(2), ready).await;
        in_time.expect("ready within two seconds");
    }

    /// Orders flow, no child of any process was restarted, and the ledgers balance.
    async fn ends_whole(self) {
        self.shop.load(20, 100).await;
        let admin = self.http.get(format!("{}/v1/admin/tree", self.api));
        for request in [
            admin.bearer_auth(&self.token),
            self.http.get(format!("{}/tree", self.pages)),
        ] {
            let tree: Value = request.send().await.unwrap().json().await.unwrap();
            assert_eq!(restarted(&tree), Vec::<String>::new());
        }
        self.shop.until_all_ended().await;
        self.shop.audit().await;
        assert_eq!(self.worker.terminate().await, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_redis_is_waited_for() {
    let mut watched = Watched::open().await;
    watched.shop.place(20).await;
    let outage = watched.shop.redis.outage();
    // Each of some hundred children tries once a second at most: this takes longer than the restarts that
    // would have ended the API and then its process.
    outage.attempts(1000).await;
    tokio::select! {
        () = outage.attempts(usize::MAX) => {}
        () = watched.is_out_of_order() => {}
    }
    drop(outage);
    watched.shop.redis.restart();
    watched.recovers().await;
    watched.ends_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_redis_is_waited_for() {
    let watched = Watched::open().await;
    watched.shop.place(20).await;
    watched.shop.redis.signal("-STOP");
    eventually("the outage is known", || async {
        let begun = Instant::now();
        let status = watched.place().await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        (begun.elapsed() < Duration::from_millis(200)).then_some(())
    })
    .await;
    watched.is_out_of_order().await;
    watched.shop.redis.signal("-CONT");
    watched.recovers().await;
    watched.ends_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_redis_is_waited_for() {
    let watched = Watched::open().await;
    let maxmemory = async |bytes: &str| {
        let mut set = redis::cmd("CONFIG");
        set.arg(&["SET", "maxmemory", bytes]);
        let mut connection = watched.shop.redis.connection().await;
        set.query_async::<()>(&mut connection).await.unwrap();
    };
    maxmemory("1").await;
    assert_eq!(watched.place().await, StatusCode::SERVICE_UNAVAILABLE);
    let catalogue = watched
        .status(&format!("{}/v1/products", watched.api))
        .await;
    assert_eq!(catalogue, StatusCode::OK);
    maxmemory("0").await;
    watched.recovers().await;
    watched.ends_whole().await;
}
