//! An HTTP client of the shop's own API.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use supervision::Fault;

use crate::locate::Location;

const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one API with at most one bearer token.
#[derive(Clone, Debug)]
pub struct ApiClient {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl ApiClient {
    /// Creates a client of the API at the URL `base`.
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

    /// Creates a client of the shop at `location` with the token of its first administrator.
    pub fn admin(location: &Location) -> Result<Self> {
        let token = location.admin_file()?.token;
        Self::new(&location.api_url()?, Some(&token))
    }

    /// Returns the same client with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Starts a request with the client's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads its JSON; a problem becomes an error with the problem's text.
    async fn json(&self, request: RequestBuilder) -> Result<Value> {
        let unreachable = || format!("API at {}", self.base);
        let response = request.send().await.with_context(unreachable)?;
        let status = response.status();
        let body: Value = serde_json::from_str(&response.text().await?).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let candidates = body.get("candidates");
        let candidates = candidates.map(|names| format!("; there are {names}"));
        bail!(
            "{status}: {} {}{}",
            text("title"),
            text("detail"),
            candidates.unwrap_or_default()
        )
    }

    /// Gets `path`.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.json(self.request(Method::GET, path)).await
    }

    /// Posts `body` to `path`.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.request(Method::POST, path).json(body);
        self.json(request).await
    }

    /// Injects a fault into the part of the supervision tree at `path`.
    pub async fn crash(&self, path: &str, how: Fault) -> Result<()> {
        let body = json!({ "path": path, "how": how.to_string() });
        self.post("/v1/admin/crash", &body).await?;
        Ok(())
    }
}
