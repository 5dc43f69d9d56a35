//! A browser and its driver.

use std::{path::PathBuf, process::Stdio, time::Duration};

use fantoccini::{
    Client, ClientBuilder, Locator,
    error::CmdError,
    key::Key,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{Instant, sleep},
};
use url::{ParseError, Url};

use crate::shop::Shop;

/// Time within which a page shows what it must.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause between two looks at a page.
const LOOK: Duration = Duration::from_millis(50);

/// The look and the abilities of a browser.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) width: u32,
    pub(crate) dark: bool,
    pub(crate) scripts: bool,
    pub(crate) language: &'static str,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 1440,
            dark: false,
            scripts: true,
            language: "en",
        }
    }
}

/// A browser of one person.
pub(crate) struct Chrome {
    client: Client,
    look: Look,
    shop: String,
    _driver: Driver,
}

impl Chrome {
    /// Opens a browser on the shop's first page.
    pub(crate) async fn open(shop: &Shop, look: Look) -> Self {
        let driver = Driver::start().await;
        let window = format!("--window-size={},1000", look.width.max(500));
        let language = format!("--lang={}", look.language);
        let mut arguments = vec!["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"];
        arguments.extend([window.as_str(), &language]);
        let mut preferences = json!({ "intl.accept_languages": look.language });
        if !look.scripts {
            preferences["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments, "prefs": preferences },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let capabilities: Capabilities = serde_json::from_value(capabilities).unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let client = builder.connect(&driver.address).await.expect("a browser");
        let chrome = Self {
            client,
            look,
            shop: shop.api.clone(),
            _driver: driver,
        };
        // A window is never narrower than 500 points; an emulated device is.
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        chrome
            .devtools(
                "Emulation.setEmulatedMedia",
                json!({ "features": features }),
            )
            .await;
        chrome.resize(look.width, 1000).await;
        chrome.go("/").await;
        chrome
    }

    /// Sets the size of the page in CSS pixels.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    async fn devtools(&self, command: &'static str, params: Value) {
        let body = json!({ "cmd": command, "params": params });
        self.client
            .issue_cmd(Extension("goog/cdp/execute", body))
            .await
            .unwrap();
    }

    pub(crate) async fn go(&self, path: &str) {
        let url = format!("{}{path}", self.shop);
        self.client.goto(&url).await.unwrap();
    }

    /// Path and query of the page, or the whole address of another site's.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap().to_string();
        url.strip_prefix(&self.shop).unwrap_or(&url).to_owned()
    }

    /// Clicks an element once it is there.
    pub(crate) async fn click(&self, css: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            // A page that goes on by itself may exchange it in between.
            let clicked = match self.client.find(Locator::Css(css)).await {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            let Err(error) = clicked else {
                return;
            };
            assert!(Instant::now() < until, "{css}: {error}");
            sleep(LOOK).await;
        }
    }

    /// Replaces a field's text.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.client.find(Locator::Css(css)).await;
        let field = field.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Text of the page that a person sees.
    pub(crate) async fn text(&self) -> Result<String, CmdError> {
        self.client.find(Locator::Css("body")).await?.text().await
    }

    /// Waits until the page shows a text.
    pub(crate) async fn sees(&self, wanted: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            // A page may be exchanged between finding and reading it.
            let text = self.text().await.unwrap_or_default();
            if text.contains(wanted) {
                return;
            }
            assert!(Instant::now() < until, "no {wanted:?} in: {text}");
            sleep(LOOK).await;
        }
    }

    /// Reloads, as a person without scripts does, until the page shows a text.
    pub(crate) async fn reloads_until(&self, wanted: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.text().await.unwrap_or_default().contains(wanted) {
            assert!(
                Instant::now() < until,
                "no {wanted:?} in {:?}",
                self.text().await
            );
            self.client.refresh().await.unwrap();
        }
    }

    pub(crate) async fn back(&self) {
        self.client.back().await.unwrap();
    }

    /// Presses a key where the focus is.
    pub(crate) async fn press(&self, key: Key) {
        let key = char::from(key).to_string();
        self.type_text(&key).await;
    }

    /// Types where the focus is.
    pub(crate) async fn type_text(&self, text: &str) {
        let focus = self.client.active_element().await.unwrap();
        focus.send_keys(text).await.unwrap();
    }

    /// Moves the focus with the tabulator key to the element that fits.
    pub(crate) async fn tab_to(&self, css: &str) {
        let is_there = format!("return document.activeElement.matches({})", json!(css));
        for _ in 0..100 {
            self.press(Key::Tab).await;
            if self.run(&is_there).await == json!(true) {
                return;
            }
        }
        panic!("the keyboard does not reach {css} on {}", self.path().await);
    }

    /// Runs a script of the test in the page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Registers a person on the page for it.
    pub(crate) async fn register(&self, email: &str) {
        self.go("/register").await;
        self.fill("#name", "Ada Lovelace").await;
        self.fill("#email", email).await;
        self.fill("#password", "correct horse").await;
        self.click("main form button").await;
        self.sees("You are logged in").await;
    }

    /// Puts a product into the cart and goes to the checkout.
    pub(crate) async fn to_checkout(&self, product: &str) {
        self.go(&format!("/products/{product}")).await;
        self.click("main form button").await;
        self.sees("Added to the cart").await;
        self.click("main a.button").await;
        self.sees("Order with obligation to pay").await;
    }

    /// Checks the page with axe, its width, and the browser's console.
    pub(crate) async fn check(&self, name: &str) {
        let axe = std::fs::read_to_string(tools().join("axe/axe.min.js")).expect("axe's file");
        let findings = self
            .client
            .execute_async(
                &format!(
                    "const done = arguments[arguments.length - 1]; {axe}; \
                     axe.run({{ resultTypes: ['violations'] }}).then((found) => done(found.violations.map((one) => \
                     [one.id, one.help, ...one.nodes.map((node) => node.html + ' ' + node.failureSummary)])), \
                     (error) => done([String(error)]));"
                ),
                Vec::new(),
            )
            .await
            .unwrap();
        assert_eq!(findings, json!([]), "{name} {:?}: {findings:#}", self.look);
        let sideways = self
            .run("return document.documentElement.scrollWidth > document.documentElement.clientWidth")
            .await;
        assert_eq!(
            sideways,
            json!(false),
            "{name} scrolls sideways {:?}",
            self.look
        );
        self.is_quiet(name).await;
        self.take_picture(name).await;
    }

    /// Checks that the browser's console has no message: no error, nothing that the policy refused.
    pub(crate) async fn is_quiet(&self, name: &str) {
        let log = Extension("se/log", json!({ "type": "browser" }));
        let log = self.client.issue_cmd(log).await.unwrap();
        let mut lines = log.as_array().into_iter().flatten();
        // The status of a page that reports a fault is a message too.
        let bad = lines.find(|line| {
            !line["message"]
                .as_str()
                .unwrap_or_default()
                .contains("the server responded with a status of 4")
        });
        assert_eq!(bad, None, "{name}");
    }

    async fn take_picture(&self, name: &str) {
        let height = self
            .run("return document.documentElement.scrollHeight")
            .await;
        let height = u32::try_from(height.as_u64().unwrap()).unwrap();
        self.resize(self.look.width, height.min(6000)).await;
        let picture = self.client.screenshot().await.unwrap();
        self.resize(self.look.width, 1000).await;
        let folder = tools().join("pictures");
        std::fs::create_dir_all(&folder).unwrap();
        let scheme = if self.look.dark { "dark" } else { "light" };
        let file = format!(
            "{name}-{}-{scheme}-{}.png",
            self.look.width, self.look.language
        );
        std::fs::write(folder.join(file), picture).unwrap();
    }

    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }
}

/// The folder that `tests/pages/run` has prepared.
fn tools() -> PathBuf {
    std::env::var_os("STREAMWARD_BROWSER_TOOLS")
        .expect("make pages sets STREAMWARD_BROWSER_TOOLS")
        .into()
}

/// A driver on a free port; killed when dropped.
struct Driver {
    _child: Child,
    /// Kept open: writing to a closed pipe would end it.
    _output: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Driver {
    async fn start() -> Self {
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
                return Self {
                    address: format!("http://127.0.0.1:{port}"),
                    _child: child,
                    _output: lines,
                };
            }
        }
        panic!("chromedriver ended");
    }
}

/// A command of the driver beyond the standard.
#[derive(Debug)]
struct Extension(&'static str, Value);

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/{}", self.0))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}
