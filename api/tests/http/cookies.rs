//! A browser's session: protected cookies, and no cross-site requests.

use axum::http::request::Builder;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Reply, Shop};

const ADA: &str = "ada@example.com";

/// A browser with a session.
struct Browser {
    client: Client,
    cookies: String,
    csrf: String,
}

impl Browser {
    async fn open(shop: &Shop) -> Self {
        let login = json!({ "email": ADA, "password": PASSWORD, "session": "cookie" });
        let reply = shop
            .visitor()
            .post("/v1/auth/login", login)
            .await
            .expect(200);
        let body = reply.body();
        assert_eq!(body.get("token"), None, "no script sees the token");
        let pairs: Vec<String> = reply
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|set| set.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect();
        Self {
            client: shop.visitor(),
            cookies: pairs.join("; "),
            csrf: body["csrfToken"].as_str().unwrap().to_owned(),
        }
    }

    fn request(&self, method: &str, path: &str) -> Builder {
        self.client
            .request(method, path)
            .header("host", "shop.example")
            .header("cookie", &self.cookies)
            .header("content-type", "application/json")
    }

    async fn order(&self, change: impl FnOnce(Builder) -> Builder) -> Reply {
        let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
        let request = change(self.request("POST", "/v1/orders"));
        self.client.send(request, order.to_string()).await
    }

    async fn me(&self) -> Value {
        let request = self.request("GET", "/v1/auth/session");
        self.client.send(request, "").await.expect(200).body()
    }
}

async fn shop() -> Shop {
    let shop = Shop::quick(|_| {}).await;
    shop.register(ADA).await;
    shop
}

#[tokio::test]
async fn an_allowed_page_places_and_reads_orders_with_its_cookies() {
    let shop = shop().await;
    let browser = Browser::open(&shop).await;
    assert_eq!(browser.me().await["kind"], "cookie");
    let (csrf, fresh) = (
        browser.csrf.clone(),
        browser.me().await["csrfToken"].clone(),
    );
    for token in [csrf.as_str(), fresh.as_str().unwrap()] {
        let reply = browser
            .order(|request| {
                request
                    .header("x-csrf-token", token)
                    .header("sec-fetch-site", "same-origin")
            })
            .await
            .expect(202);
        assert!(
            reply
                .headers
                .get_all("vary")
                .iter()
                .any(|on| on == "Sec-Fetch-Site")
        );
    }
    assert_eq!(shop.entries("orders").await.len(), 2);
}

#[tokio::test]
async fn a_page_of_another_site_orders_nothing() {
    let shop = shop().await;
    let (browser, other) = (Browser::open(&shop).await, Browser::open(&shop).await);
    let good = browser.csrf.as_str();
    let flipped = format!(
        "{}{}",
        if good.starts_with('0') { '1' } else { '0' },
        &good[1..]
    );
    for headers in [
        &[][..],
        &[("x-csrf-token", "")],
        &[("x-csrf-token", "mac.random")],
        &[("x-csrf-token", &flipped)],
        &[("x-csrf-token", &other.csrf)],
        &[("x-csrf-token", good), ("sec-fetch-site", "cross-site")],
        &[("x-csrf-token", good), ("sec-fetch-site", "same-site")],
        &[("x-csrf-token", good), ("origin", "https://evil.example")],
        &[("x-csrf-token", good), ("origin", "null")],
    ] {
        let add = |request: Builder| {
            let all = headers.iter();
            all.fold(request, |request, (name, value)| {
                request.header(*name, *value)
            })
        };
        browser.order(add).await.problem(403, "csrf");
    }
    assert!(shop.entries("orders").await.is_empty());
    let good = |request: Builder| request.header("x-csrf-token", good);
    browser.order(good).await.expect(202);
}

#[tokio::test]
async fn a_token_is_invalid_as_the_other_kind() {
    let shop = shop().await;
    let browser = Browser::open(&shop).await;
    let token = browser.cookies.split([';', '=']).nth(1).unwrap().to_owned();
    let stolen = Client {
        token: Some(token),
        ..shop.visitor()
    };
    stolen.get("/v1/orders").await.problem(401, "unauthorized");
    let bearer = shop.member(ADA).await.token.unwrap();
    let visitor = shop.visitor();
    let request = visitor.request("GET", "/v1/orders");
    let request = request.header("cookie", format!("__Host-sw-session={bearer}"));
    visitor.send(request, "").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_token_in_a_header_needs_no_other() {
    let shop = shop().await;
    let member = shop.member(ADA).await;
    let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
    let request = member
        .request("POST", "/v1/orders")
        .header("content-type", "application/json")
        .header("sec-fetch-site", "cross-site");
    member.send(request, order.to_string()).await.expect(202);
}

#[tokio::test]
async fn logging_out_takes_the_cookies_away() {
    let shop = shop().await;
    let browser = Browser::open(&shop).await;
    let request = browser
        .request("POST", "/v1/auth/logout")
        .header("x-csrf-token", &browser.csrf);
    let reply = browser.client.send(request, "").await.expect(204);
    let gone = reply.headers.get_all("set-cookie").iter();
    let gone = gone.filter(|set| set.to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(gone.count(), 2);
    let request = browser.request("GET", "/v1/orders");
    browser
        .client
        .send(request, "")
        .await
        .problem(401, "unauthorized");
}

#[tokio::test]
async fn another_site_cannot_log_a_user_in() {
    let shop = shop().await;
    let visitor = shop.visitor();
    let login = json!({ "email": ADA, "password": PASSWORD, "session": "cookie" });
    let request = visitor
        .request("POST", "/v1/auth/login")
        .header("content-type", "application/json")
        .header("sec-fetch-site", "cross-site");
    visitor
        .send(request, login.to_string())
        .await
        .problem(403, "csrf");
}

#[tokio::test]
async fn bodies_that_any_page_may_send_are_refused() {
    let shop = shop().await;
    let member = shop.member(ADA).await;
    let kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ];
    for path in ["/v1/orders", "/v1/auth/login", "/v1/auth/logout"] {
        for kind in kinds {
            let request = member.request("POST", path).header("content-type", kind);
            member
                .send(request, "{}")
                .await
                .problem(415, "unsupported-media-type");
        }
    }
}
