//! A running shop, and a customer and an administrator in it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{eventually, eventually_within};

use crate::process::{Process, streamward_on, text};

const ANY: &str = "127.0.0.1:0";

/// A folder for a shop's data, short enough for a unix socket's path.
pub(crate) fn data_folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("sw-")
        .tempdir_in("/tmp")
        .expect("a temporary folder")
}

/// A shop of `streamward up`.
pub(crate) struct Shop {
    process: Option<Process>,
    _folder: TempDir,
    data: PathBuf,
    flags: Vec<String>,
    http: Client,
    pub(crate) api: String,
    admin: String,
    customers: AtomicU32,
    audited: AtomicBool,
}

impl Shop {
    /// Opens a shop with the demo catalogue.
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// Opens a shop with more flags of `up`.
    pub(crate) async fn open_with(flags: &[&str]) -> Self {
        Self::open_logging(flags, Stdio::inherit()).await
    }

    /// Opens a shop in a folder of this name.
    pub(crate) async fn open_in(name: &str) -> Self {
        let folder = data_folder();
        let data = folder.path().join(name);
        std::fs::create_dir(&data).expect("a free name");
        Self::open_at(folder, data, &[], Stdio::inherit()).await
    }

    /// Opens a shop with its log elsewhere.
    pub(crate) async fn open_logging(flags: &[&str], log: Stdio) -> Self {
        let folder = data_folder();
        let data = folder.path().to_owned();
        Self::open_at(folder, data, flags, log).await
    }

    async fn open_at(folder: TempDir, data: PathBuf, flags: &[&str], log: Stdio) -> Self {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let process = up(&data, &flags, log).await;
        let admin = token_of(&data);
        Self {
            _folder: folder,
            api: process.ready.clone(),
            process: Some(process),
            data,
            flags,
            http: Client::new(),
            admin,
            customers: AtomicU32::new(0),
            audited: AtomicBool::new(false),
        }
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// `kill -9` of the whole shop.
    pub(crate) async fn kill(&mut self) {
        self.process.take().expect("the shop runs").kill().await;
    }

    /// SIGTERM; returns the exit code.
    pub(crate) async fn terminate(&mut self) -> Option<i32> {
        self.process
            .take()
            .expect("the shop runs")
            .terminate()
            .await
    }

    /// Starts the shop again on the same data.
    pub(crate) async fn restart(&mut self) {
        let process = up(&self.data, &self.flags, Stdio::inherit()).await;
        self.api.clone_from(&process.ready);
        self.process = Some(process);
    }

    /// Starts the shop again on the same data, now and later with these flags.
    pub(crate) async fn restart_with(&mut self, flags: &[&str]) {
        self.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        self.restart().await;
    }

    /// Registers and logs in a new customer.
    pub(crate) async fn customer(&self) -> Customer<'_> {
        let n = self.customers.fetch_add(1, Ordering::Relaxed);
        let email = format!("customer-{n}@example.com");
        let body = json!({
            "email": email, "password": "correct horse", "name": "Ada", "phone": "+4915112345678",
        });
        let (status, _) = self
            .send(Method::POST, "/v1/auth/register", None, Some(&body))
            .await;
        assert_eq!(status, StatusCode::CREATED);
        let body = json!({ "email": email, "password": "correct horse" });
        let (_, session) = self
            .send(Method::POST, "/v1/auth/login", None, Some(&body))
            .await;
        let token = session["token"]
            .as_str()
            .expect("login answers a token")
            .to_owned();
        Customer { shop: self, token }
    }

    /// A request of the first administrator.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.send(method, path, Some(&self.admin), body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// The stock ledger of a product.
    pub(crate) async fn stock(&self, product: &str) -> Value {
        self.admin(Method::GET, &format!("/v1/products/{product}/stock"), None)
            .await
    }

    /// Sets fault knobs of the simulated provider.
    pub(crate) async fn provider_faults(&self, faults: &Value) {
        let run = read_json(&self.data().join("run.json"));
        let url = format!(
            "{}/sim/faults",
            run["provider"].as_str().expect("run.json names it")
        );
        let answer = self
            .http
            .put(url)
            .json(faults)
            .send()
            .await
            .expect("the provider answers");
        assert!(answer.status().is_success());
    }

    /// Returns the simulated provider's ledger of charges and refunds.
    pub(crate) async fn provider_ledger(&self) -> Value {
        let run = read_json(&self.data().join("run.json"));
        let url = format!(
            "{}/sim/ledger",
            run["provider"].as_str().expect("run.json names it")
        );
        let answer = self
            .http
            .get(url)
            .send()
            .await
            .expect("the provider answers");
        answer.json().await.expect("it answers JSON")
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.api));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.expect("the API answers");
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Files in the outbox whose name ends so.
    pub(crate) fn outbox(&self, ending: &str) -> Vec<PathBuf> {
        let Ok(files) = std::fs::read_dir(self.data().join("outbox")) else {
            return Vec::new();
        };
        let path = |file: std::io::Result<std::fs::DirEntry>| file.ok().map(|file| file.path());
        let is_it = |path: &PathBuf| path.to_string_lossy().ends_with(ending);
        files.filter_map(path).filter(is_it).collect()
    }

    /// `streamward audit` must exit with 0.
    pub(crate) async fn audit(&self) {
        audit(self.data()).await;
        self.audited.store(true, Ordering::Relaxed);
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(
                self.audited.load(Ordering::Relaxed),
                "the test ended without an audit"
            );
        }
    }
}

/// `streamward audit` on a data folder must exit with 0.
pub(crate) async fn audit(data: &Path) {
    let output = streamward_on(data, &["audit"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

async fn up(data: &Path, flags: &[String], log: Stdio) -> Process {
    let data = data.to_str().expect("the folder's name is text");
    let mut args = vec!["up", "--data", data];
    for flag in ["--listen", "--provider-listen"] {
        if !flags.iter().any(|given| given == flag) {
            args.extend([flag, ANY]);
        }
    }
    args.extend(flags.iter().map(String::as_str));
    Process::start_logging(&args, log).await
}

pub(crate) fn read_json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).expect("it holds JSON")
}

pub(crate) fn token_of(data: &Path) -> String {
    let admin = read_json(&data.join("admin.json"));
    admin["token"]
        .as_str()
        .expect("admin.json has a token")
        .to_owned()
}

/// A logged-in customer.
pub(crate) struct Customer<'a> {
    shop: &'a Shop,
    pub(crate) token: String,
}

impl Customer<'_> {
    /// Places an order of one product; returns the accepted order.
    pub(crate) async fn order(&self, product: &str, quantity: u32, method: Option<&str>) -> Value {
        let mut body = json!({ "items": [{ "productId": product, "quantity": quantity }] });
        if let Some(method) = method {
            body["paymentMethod"] = json!(method);
        }
        let (status, order) = self.post("/v1/orders", &body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{order}");
        order
    }

    /// Places an order of one product with a coupon, to be charged at once.
    pub(crate) async fn order_with(&self, product: &str, quantity: u32, coupon: &str) -> Value {
        let body = json!({
            "items": [{ "productId": product, "quantity": quantity }],
            "coupon": coupon, "paymentMethod": "pm_card_visa",
        });
        let (status, order) = self.post("/v1/orders", &body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{order}");
        order
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.shop
            .send(Method::POST, path, Some(&self.token), Some(body))
            .await
    }

    pub(crate) async fn post_with_key(
        &self,
        path: &str,
        key: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.shop.api);
        let request = self.shop.http.post(url).bearer_auth(&self.token).json(body);
        let answer = request
            .header("idempotency-key", key)
            .send()
            .await
            .expect("an answer");
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// The order as it is now.
    pub(crate) async fn look(&self, order: &Value) -> Value {
        let path = format!(
            "/v1/orders/{}",
            order["id"].as_str().expect("an order has an id")
        );
        let (status, order) = self
            .shop
            .send(Method::GET, &path, Some(&self.token), None)
            .await;
        assert_eq!(status, StatusCode::OK, "{order}");
        order
    }

    /// Waits until the order has this status.
    pub(crate) async fn sees(&self, order: &Value, status: &str) -> Value {
        eventually(&format!("order is {status}"), || async {
            Some(self.look(order).await).filter(|order| order["status"] == status)
        })
        .await
    }

    /// Waits until the order has this status, for at most `patience`.
    pub(crate) async fn sees_within(
        &self,
        patience: Duration,
        order: &Value,
        status: &str,
    ) -> Value {
        eventually_within(patience, format!("order is {status}"), || async {
            Some(self.look(order).await).filter(|order| order["status"] == status)
        })
        .await
    }

    /// Waits until the order's payment has this status.
    pub(crate) async fn sees_payment(&self, order: &Value, status: &str) -> Value {
        eventually(&format!("payment is {status}"), || async {
            Some(self.look(order).await).filter(|order| order["payment"]["status"] == status)
        })
        .await
    }
}
