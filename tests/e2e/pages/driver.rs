//! The few commands of `WebDriver` (W3C) that the tests need, over plain HTTP.
//!
//! Not a client library: those found bring a second version of a dozen crates, and one a licence that is not on the list.

use std::{fmt, process::Stdio};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// The member of a reply that names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// An error of the driver: a page that changed, an element that is not there.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl Refused {
    /// Whether a script has not answered in time.
    pub(crate) fn is_timeout(&self) -> bool {
        self.0.contains("script timeout")
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A driver on a free port; killed when dropped.
pub(crate) struct Driver {
    _child: Child,
    /// Kept open: writing to a closed pipe would end it.
    _output: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Driver {
    /// Starts a driver. Drivers that start at once may choose the same port, and all but one of them end.
    pub(crate) async fn start() -> Self {
        for _ in 0..10 {
            if let Some(driver) = Self::try_start().await {
                return driver;
            }
        }
        panic!("chromedriver finds no port");
    }

    async fn try_start() -> Option<Self> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver starts");
        let output = child.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                let port = port.trim_end_matches('.');
                return Some(Self {
                    address: format!("http://127.0.0.1:{port}"),
                    _child: child,
                    _output: lines,
                });
            }
        }
        None
    }

    /// Opens a browser.
    pub(crate) async fn open(&self, capabilities: &Value) -> Session {
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let mut session = Session {
            http: Client::new(),
            address: format!("{}/session", self.address),
        };
        let opened = session.send(Method::POST, "", Some(body)).await;
        let opened = opened.expect("a browser");
        let id = opened["sessionId"].as_str().expect("a session");
        session.address = format!("{}/{id}", session.address);
        session
    }
}

/// A browser's session.
pub(crate) struct Session {
    http: Client,
    address: String,
}

impl Session {
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Refused> {
        let slash = if path.is_empty() { "" } else { "/" };
        let url = format!("{}{slash}{path}", self.address);
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let failed = |error: reqwest::Error| Refused(error.to_string());
        let reply = request.send().await.map_err(failed)?;
        let is_done = reply.status().is_success();
        let mut reply: Value = reply.json().await.map_err(failed)?;
        let value = reply["value"].take();
        if is_done {
            Ok(value)
        } else {
            Err(Refused(value.to_string()))
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Refused> {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Value, Refused> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// The first element that fits a selector.
    pub(crate) async fn find(&self, css: &str) -> Result<String, Refused> {
        let body = json!({ "using": "css selector", "value": css });
        element(&self.post("element", body).await?)
    }

    /// The element that has the focus.
    pub(crate) async fn active(&self) -> Result<String, Refused> {
        element(&self.get("element/active").await?)
    }

    pub(crate) async fn click(&self, element: &str) -> Result<(), Refused> {
        let path = format!("element/{element}/click");
        self.post(&path, json!({})).await.map(drop)
    }

    pub(crate) async fn clear(&self, element: &str) -> Result<(), Refused> {
        let path = format!("element/{element}/clear");
        self.post(&path, json!({})).await.map(drop)
    }

    pub(crate) async fn type_into(&self, element: &str, text: &str) -> Result<(), Refused> {
        let path = format!("element/{element}/value");
        self.post(&path, json!({ "text": text })).await.map(drop)
    }

    pub(crate) async fn text_of(&self, element: &str) -> Result<String, Refused> {
        let text = self.get(&format!("element/{element}/text")).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script of the test: `execute/sync`, or `execute/async` for one that calls its last argument.
    pub(crate) async fn run(&self, command: &str, script: &str) -> Result<Value, Refused> {
        let body = json!({ "script": script, "args": [] });
        self.post(command, body).await
    }

    pub(crate) async fn close(&self) {
        self.send(Method::DELETE, "", None).await.unwrap();
    }
}

fn element(reply: &Value) -> Result<String, Refused> {
    let id = reply[ELEMENT].as_str();
    id.map(ToOwned::to_owned)
        .ok_or_else(|| Refused(format!("no element: {reply}")))
}
