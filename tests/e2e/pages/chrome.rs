//! A browser as a person uses it.

use std::{path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::driver::{Driver, Refused, Session};
use crate::shop::Shop;

/// Time within which a page shows what it must.
const PATIENCE: Duration = Duration::from_secs(30);
/// The tabulator key, by its name in `WebDriver`.
pub(crate) const TAB: &str = "\u{e004}";
/// The enter key.
pub(crate) const ENTER: &str = "\u{e007}";
/// Time within which a script of the test answers.
const SCRIPT_TIMEOUT: Duration = Duration::from_secs(20);
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
    session: Session,
    look: Look,
    shop: String,
    /// Ends the browser when dropped.
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
        let session = driver.open(&capabilities).await;
        let chrome = Self {
            session,
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
        self.session.post("goog/cdp/execute", body).await.unwrap();
    }

    pub(crate) async fn go(&self, path: &str) {
        let url = format!("{}{path}", self.shop);
        self.session
            .post("url", json!({ "url": url }))
            .await
            .unwrap();
    }

    /// The address of the page.
    async fn address(&self) -> String {
        let url = self.session.get("url").await.unwrap();
        url.as_str().unwrap_or_default().to_owned()
    }

    /// Path and query of the page, or the whole address of another site's.
    pub(crate) async fn path(&self) -> String {
        let url = self.address().await;
        url.strip_prefix(&self.shop).unwrap_or(&url).to_owned()
    }

    /// Clicks an element once it is there.
    pub(crate) async fn click(&self, css: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            // A page that goes on by itself may exchange it in between.
            let clicked = match self.session.find(css).await {
                Ok(element) => self.session.click(&element).await,
                Err(refused) => Err(refused),
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
        let filled = async {
            let field = self.session.find(css).await?;
            self.session.clear(&field).await?;
            self.session.type_into(&field, text).await
        };
        filled
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Text of the page that a person sees.
    pub(crate) async fn text(&self) -> Result<String, Refused> {
        let body = self.session.find("body").await?;
        self.session.text_of(&body).await
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
            self.session.post("refresh", json!({})).await.unwrap();
        }
    }

    pub(crate) async fn back(&self) {
        self.session.post("back", json!({})).await.unwrap();
    }

    /// Types where the focus is; [`TAB`] and [`ENTER`] are keys.
    pub(crate) async fn type_text(&self, text: &str) {
        let focus = self.session.active().await.unwrap();
        self.session.type_into(&focus, text).await.unwrap();
    }

    /// Moves the focus with the tabulator key to the element that fits.
    pub(crate) async fn tab_to(&self, css: &str) {
        let is_there = format!("return document.activeElement.matches({})", json!(css));
        for _ in 0..100 {
            self.type_text(TAB).await;
            if self.run(&is_there).await == json!(true) {
                return;
            }
        }
        panic!("the keyboard does not reach {css} on {}", self.path().await);
    }

    /// Runs a script of the test in the page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.session.run("execute/sync", script).await.unwrap()
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
        let script = format!(
            "const done = arguments[arguments.length - 1]; {axe}; \
             axe.run({{ resultTypes: ['violations'] }}).then((found) => done(found.violations.map((one) => \
             [one.id, one.help, ...one.nodes.map((node) => node.html + ' ' + node.failureSummary)])), \
             (error) => done([String(error)]));"
        );
        let findings = self.run_patiently(name, &script).await;
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

    /// Runs a script that calls its last argument. On a busy machine a headless page may hold back its timers until it
    /// is drawn: then the script is run again.
    async fn run_patiently(&self, name: &str, script: &str) -> Value {
        let limit = json!({ "script": SCRIPT_TIMEOUT.as_millis() });
        self.session.post("timeouts", limit).await.unwrap();
        for _ in 0..3 {
            match self.session.run("execute/async", script).await {
                Ok(found) => return found,
                Err(refused) if refused.is_timeout() => {
                    self.session.get("screenshot").await.unwrap();
                }
                Err(refused) => panic!("{name}: {refused}"),
            }
        }
        panic!("{name}: no answer within {SCRIPT_TIMEOUT:?}");
    }

    /// Checks that the browser's console has no message: no error, nothing that the policy refused.
    pub(crate) async fn is_quiet(&self, name: &str) {
        let log = json!({ "type": "browser" });
        let log = self.session.post("se/log", log).await.unwrap();
        let mut lines = log.as_array().into_iter().flatten();
        // The status of the page itself, which reports a fault, is a message too.
        let page = self.address().await;
        let is_own = |text: &str| {
            let rest = text.strip_prefix(&page).unwrap_or_default();
            rest.contains("the server responded with a status of 4")
        };
        // A new password is set without a user name: the token alone says whose it is.
        let is_advice = |line: &Value| line["level"] == "DEBUG";
        let bad = lines
            .find(|line| !is_advice(line) && !is_own(line["message"].as_str().unwrap_or_default()));
        assert_eq!(bad, None, "{name}");
    }

    async fn take_picture(&self, name: &str) {
        let height = self
            .run("return document.documentElement.scrollHeight")
            .await;
        let height = u32::try_from(height.as_u64().unwrap()).unwrap();
        self.resize(self.look.width, height.min(6000)).await;
        let picture = self.session.get("screenshot").await.unwrap();
        let picture = STANDARD.decode(picture.as_str().unwrap()).unwrap();
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
        self.session.close().await;
    }
}

/// The folder that `tests/pages/run` has prepared.
fn tools() -> PathBuf {
    std::env::var_os("BROWSER_TOOLS")
        .expect("make pages sets BROWSER_TOOLS")
        .into()
}
