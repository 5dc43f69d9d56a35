//! An HTTP client for the shop's own API.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use supervision::Fault;

use crate::locate::{self, Location};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Speaks to one API, as whoever the token belongs to.
#[derive(Clone, Debug)]
pub struct ApiClient {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl ApiClient {
    pub fn new(base: &str, token: Option<&str>) -> Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(256)
            .build()?;
        Ok(Self {
            http,
            base: base.to_owned(),
            token: token.map(ToOwned::to_owned),
        })
    }

    /// Creates a client of the shop at `location`, with the rights of its first administrator.
    pub fn admin(location: &Location) -> Result<Self> {
        let access = locate::admin(location)?;
        Self::new(&access.api, Some(&access.token))
    }

    /// Injects a fault into one part of the supervision tree.
    pub async fn crash(&self, path: &str, how: Fault) -> Result<()> {
        let body = json!({ "path": path, "how": how.to_string() });
        self.post("/v1/admin/crash", &body).await?;
        Ok(())
    }

    /// Returns the same client with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads its JSON; a problem becomes an error in the problem's words.
    pub async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value> {
        let answer = request
            .send()
            .await
            .with_context(|| format!("API at {}", self.base))?;
        let status = answer.status();
        let body = answer.text().await?;
        if status.is_success() {
            return Ok(serde_json::from_str(&body).unwrap_or(Value::Null));
        }
        let problem: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        let words = |name: &str| {
            problem
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let candidates = problem
            .get("candidates")
            .map(|names| format!("; there are {names}"));
        bail!(
            "{status}: {} {}{}",
            words("title"),
            words("detail"),
            candidates.unwrap_or_default()
        )
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        self.json(self.request(reqwest::Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.json(self.request(reqwest::Method::POST, path).json(body))
            .await
    }
}
