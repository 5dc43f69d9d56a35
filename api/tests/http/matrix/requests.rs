//! Requests for the table's rows. Each gets a new resource, because some requests end theirs.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use store::account::User;

use super::{Harness, PARTS, callers::signature, table::Row};
use crate::support::{PASSWORD, SECRET};

static NUMBER: AtomicUsize = AtomicUsize::new(0);

fn number() -> usize {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// A request without its sender.
pub(super) struct TestRequest {
    pub(super) path: String,
    pub(super) body: Option<String>,
    /// The provider's signature of it.
    pub(super) provider: Option<String>,
}

impl Harness {
    /// Returns the request of a row; its resource belongs to the owner, if it has an owner.
    pub(super) async fn request(&self, row: &Row, owner: &User) -> TestRequest {
        let number = number();
        let body = row.body.map(|body| {
            body.replace("$n", &number.to_string())
                .replace("$p", &(number % PARTS).to_string())
        });
        let mut path = row.path.to_owned();
        for (name, value) in self.ids(row, owner, number).await {
            path = path.replace(name, &value);
        }
        let provider = row.path.starts_with("/v1/payments/");
        let provider = provider.then(|| signature(SECRET, body.as_deref().unwrap_or_default()));
        TestRequest {
            path,
            body,
            provider,
        }
    }

    /// Creates the row's resource and returns the values of its path parameters.
    async fn ids(&self, row: &Row, owner: &User, number: usize) -> Vec<(&'static str, String)> {
        let mut parts = row.path.split('/').skip(2);
        match (parts.next(), parts.next()) {
            (Some("orders"), Some(_)) => vec![("{id}", self.order(row, owner).await)],
            (Some("products"), Some(_)) => {
                let price = json!({ "amount": 100, "currency": "EUR" });
                let id = format!("thing-{number}");
                let product = json!({ "id": &id, "name": "A thing", "price": price });
                self.made("/v1/products", product).await;
                vec![("{id}", id)]
            }
            (Some("coupons"), Some(_)) => {
                let code = format!("CODE-{number}");
                let coupon = json!({ "code": &code, "percent": 5 });
                self.made("/v1/coupons", coupon).await;
                vec![("{code}", code)]
            }
            (Some("webhooks"), Some(_)) => self.webhook().await,
            (Some("webhooks"), None) => {
                self.make_room().await;
                Vec::new()
            }
            (Some("api-keys"), Some(_)) => {
                let wish = json!({ "name": "till", "scopes": ["orders:read"] });
                let key = self.member(owner).await.post("/v1/api-keys", wish).await;
                vec![("{id}", text(&key.expect(201).body(), "id"))]
            }
            (Some("admin"), Some("dead")) => {
                let id = format!("{}-0", number + 1);
                self.add_dead_letter(&id).await;
                vec![("{group}", "order".to_owned()), ("{id}", id)]
            }
            (Some("auth"), Some("login")) => {
                let who =
                    json!({ "email": "known@example.com", "password": PASSWORD, "name": "Ada" });
                // Only the first of them is new.
                self.shop.visitor().post("/v1/auth/register", who).await;
                Vec::new()
            }
            _ => vec![
                ("{slug}", "not-found".to_owned()),
                ("{file}", "swagger-ui.css".to_owned()),
            ],
        }
    }

    async fn made(&self, path: &str, body: Value) -> Value {
        self.admin.post(path, body).await.expect(201).body()
    }

    /// An order of the owner, in the state that the request needs.
    async fn order(&self, row: &Row, owner: &User) -> String {
        let order = json!({ "items": [{ "productId": "mug-01", "quantity": 1 }] });
        let placed = self.member(owner).await.post("/v1/orders", order).await;
        let id = text(&placed.expect(202).body(), "id");
        let status = match row.path.rsplit('/').next() {
            Some("pay") => "awaitingPayment",
            Some("refund") => "confirmed",
            _ => "placed",
        };
        let mut connection = self.shop.redis.connection().await;
        let mut set = redis::cmd("HSET");
        set.arg(format!("sw:{{0}}:order:{id}"));
        set.arg("status").arg(status).arg("due").arg(0);
        set.query_async::<u64>(&mut connection).await.unwrap();
        id
    }

    /// A webhook with a ping, and the delivery, which stays pending.
    async fn webhook(&self) -> Vec<(&'static str, String)> {
        self.make_room().await;
        let wish = json!({ "url": "https://93.184.215.14/hooks", "eventTypes": ["*"] });
        let id = text(&self.made("/v1/webhooks", wish).await, "id");
        let ping = format!("/v1/webhooks/{id}/ping");
        let sent = self.admin.post(&ping, json!({})).await.expect(202).body();
        vec![("{id}", id), ("{delivery}", text(&sent, "id"))]
    }

    /// There can be only so many webhooks.
    async fn make_room(&self) {
        let all = self.admin.get("/v1/webhooks").await.expect(200).body();
        for webhook in all["data"].as_array().unwrap() {
            let path = format!("/v1/webhooks/{}", text(webhook, "id"));
            self.admin.delete(&path).await.expect(204);
        }
    }

    async fn add_dead_letter(&self, id: &str) {
        let mut connection = self.shop.redis.connection().await;
        let mut add = redis::cmd("XADD");
        add.arg("sw:{0}:order:dead").arg(id);
        add.arg("type").arg("InventoryReserved").arg("key").arg("x");
        add.arg("dead.stream").arg("sw:{0}:inventory:reserved");
        add.arg("dead.id").arg("5-0").arg("dead.first").arg("5-0");
        add.query_async::<String>(&mut connection).await.unwrap();
    }
}

fn text(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap().to_owned()
}
