//! A served simulator and a client that knows its key.

use std::time::Duration;

use payments_sim::{Settings, Simulator};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Shop, soon};

/// Returns settings with random secrets, in memory, slow charges of 100 ms.
pub(crate) fn settings() -> Settings {
    Settings {
        slow_charge: Duration::from_millis(100),
        ..Settings::generated()
    }
}

/// A response of the provider.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) replayed: bool,
    pub(crate) text: String,
    pub(crate) body: Value,
}

pub(crate) struct Provider {
    pub(crate) simulator: Simulator,
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) client: Client,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        Self::with(settings()).await
    }

    /// Starts a provider with callbacks to `shop`.
    pub(crate) async fn for_shop(shop: &Shop) -> Self {
        Self::with(shop.settings()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let key = settings.secret_key.clone();
        let simulator = Simulator::open(settings).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(simulator.clone().serve(listener, async {
            let _ = stopped.await;
        }));
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            simulator,
            url,
            key,
            client,
            stop: Some(stop),
            served,
        }
    }

    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.url))
            .bearer_auth(&self.key)
            .form(form)
    }

    pub(crate) async fn send(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        reply(self.post(path, form)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        reply(
            self.client
                .get(format!("{}{path}", self.url))
                .bearer_auth(&self.key),
        )
        .await
    }

    /// Creates and confirms an intent over 10.00 EUR.
    pub(crate) async fn charge(&self, method: &str) -> Reply {
        let form = [
            ("amount", "1000"),
            ("currency", "eur"),
            ("payment_method", method),
            ("confirm", "true"),
            ("metadata[order_id]", "order-7"),
        ];
        self.send("/v1/payment_intents", &form).await
    }

    /// Returns the intent id of a succeeded charge.
    pub(crate) async fn paid(&self) -> String {
        id(&self.charge("pm_card_visa").await)
    }

    pub(crate) async fn put_faults(&self, patch: Value) -> Reply {
        reply(
            self.client
                .put(format!("{}/sim/faults", self.url))
                .json(&patch),
        )
        .await
    }

    pub(crate) async fn ledger(&self) -> Value {
        self.get("/sim/ledger").await.body
    }

    /// Stops the server and waits for its end.
    pub(crate) async fn stop(mut self) {
        self.request_stop();
        soon(self.served).await.unwrap().unwrap();
    }

    pub(crate) fn request_stop(&mut self) {
        drop(self.stop.take());
    }
}

pub(crate) async fn reply(request: RequestBuilder) -> Reply {
    let response = soon(request.send()).await.unwrap();
    let status = response.status();
    let replayed = response
        .headers()
        .get("idempotent-replayed")
        .is_some_and(|it| it == "true");
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Reply {
        status,
        replayed,
        text,
        body,
    }
}

pub(crate) fn id(reply: &Reply) -> String {
    reply.body["id"].as_str().unwrap().to_owned()
}

impl Reply {
    pub(crate) fn id(&self) -> String {
        id(self)
    }

    /// Asserts the status, type and code of an error.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, kind: &str, code: Option<&str>) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["error"]["type"], kind, "{}", self.text);
        assert_eq!(self.body["error"]["code"].as_str(), code, "{}", self.text);
        assert!(self.body["error"]["message"].is_string(), "{}", self.text);
    }
}
