//! The callers of the table.

use api::{Cost, Hasher};
use contracts::CustomerId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use store::account::{self, Role, User};
use streamward::clock;

use super::{Harness, requests::TestRequest, table::Row};
use crate::support::{Client, PASSWORD, Reply};

/// The columns of the table.
pub(super) const CALLERS: [&str; 11] = [
    "an anonymous caller",
    "another customer",
    "the owner",
    "an operator",
    "an administrator",
    "a token of an administrator who has logged out",
    "the owner's cookie without its CSRF token",
    "an administrator's key that lacks the scope",
    "the owner's key",
    "an operator's key",
    "an administrator's key",
];

const STAFF: &[Role] = &[Role::Admin];
const SCOPES: [&str; 8] = [
    "orders:read",
    "orders:write",
    "catalog:read",
    "catalog:write",
    "webhooks:read",
    "webhooks:write",
    "admin:read",
    "admin:write",
];

/// The hash of the accounts' password.
pub(super) async fn password_hash() -> String {
    let cost = Cost {
        memory_kib: 64,
        passes: 1,
    };
    Hasher::new(cost).hash(PASSWORD.to_owned()).await.unwrap()
}

/// A caller's credentials.
enum Proof {
    Nothing,
    Token(String),
    Cookies(String),
    Key { id: String, secret: String },
}

/// A client with its credentials.
pub(super) struct Caller {
    visitor: Client,
    proof: Proof,
}

impl Caller {
    pub(super) async fn send(&self, method: &str, sent: &TestRequest) -> Reply {
        let body = sent.body.clone().unwrap_or_default();
        let mut request = self.visitor.request(method, &sent.path);
        if sent.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        if let Some(signature) = &sent.provider {
            request = request.header("stripe-signature", signature);
        }
        request = match &self.proof {
            Proof::Nothing => request,
            Proof::Token(token) => request.header("authorization", format!("Bearer {token}")),
            Proof::Cookies(cookies) => request.header("cookie", cookies),
            Proof::Key { id, secret } => request
                .header("streamward-key", id)
                .header("streamward-signature", signature(secret, &body)),
        };
        self.visitor.send(request, body).await
    }
}

/// The signature `t=..,v1=..` of a body, made now.
pub(super) fn signature(secret: &str, body: &str) -> String {
    let at = clock::now_ms() / 1000;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// The scope that a route requires of a key; `None` for routes without keys and for public ones.
fn scope(row: &Row) -> Option<String> {
    let part = match row.path.split('/').nth(2) {
        Some("orders") => "orders",
        Some("products" | "coupons") => "catalog",
        Some("webhooks") => "webhooks",
        Some("admin") => "admin",
        _ => return None,
    };
    let access = if row.method == "GET" { "read" } else { "write" };
    Some(format!("{part}:{access}"))
}

impl Harness {
    /// A new account with these roles.
    pub(super) async fn person(&self, roles: &[Role]) -> User {
        let id = CustomerId::new(clock::now_ms(), rand::random());
        let user = User {
            email: format!("{id}@example.com").to_lowercase(),
            customer_id: id,
            name: "Ada".to_owned(),
            phone: None,
            password_hash: self.password_hash.clone(),
            roles: roles.to_vec(),
        };
        let runtime = &self.shop.runtime;
        assert!(account::register_account(runtime, &user).await.unwrap());
        user
    }

    /// Logs `who` in and returns a client with the session's token.
    pub(super) async fn member(&self, who: &User) -> Client {
        self.shop.member(&who.email).await
    }

    async fn token(&self, who: &User) -> Proof {
        Proof::Token(self.member(who).await.token.unwrap())
    }

    async fn cookies(&self, who: &User) -> Proof {
        let login = json!({ "email": who.email, "password": PASSWORD, "session": "cookie" });
        let reply = self.shop.visitor().post("/v1/auth/login", login).await;
        let pairs: Vec<&str> = reply
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|set| set.to_str().unwrap().split(';').next().unwrap())
            .collect();
        Proof::Cookies(pairs.join("; "))
    }

    /// A key of `who` with the scopes that are wanted and may be given.
    async fn key(&self, who: &User, wanted: impl Fn(&str) -> bool) -> Proof {
        let may = |scope: &&str| match (who.roles[0], *scope) {
            (Role::Admin, _) => true,
            (Role::Operator, scope) => scope == "orders:read" || scope.starts_with("admin:"),
            (Role::Customer, scope) => scope.starts_with("orders:"),
        };
        let scopes: Vec<_> = SCOPES.into_iter().filter(may).collect();
        let scopes: Vec<_> = scopes.into_iter().filter(|scope| wanted(scope)).collect();
        let wish = json!({ "name": "till", "scopes": scopes });
        let key = self.member(who).await.post("/v1/api-keys", wish).await;
        let key = key.expect(201).body();
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        Proof::Key {
            id: text("id"),
            secret: text("secret"),
        }
    }

    /// Returns a new caller for this column.
    pub(super) async fn caller(&self, place: usize, owner: &User, row: &Row) -> Caller {
        let all = |_: &str| true;
        let proof = match place {
            0 => Proof::Nothing,
            1 => self.token(&self.person(&[Role::Customer]).await).await,
            2 => self.token(owner).await,
            3 => self.token(&self.person(&[Role::Operator]).await).await,
            4 => self.token(&self.person(STAFF).await).await,
            5 => {
                let gone = self.member(&self.person(STAFF).await).await;
                gone.post("/v1/auth/logout", json!({})).await.expect(204);
                Proof::Token(gone.token.unwrap())
            }
            6 => self.cookies(owner).await,
            7 => {
                let needed = scope(row);
                let other = |scope: &str| needed.as_deref() != Some(scope);
                self.key(&self.person(STAFF).await, other).await
            }
            8 => self.key(owner, all).await,
            9 => self.key(&self.person(&[Role::Operator]).await, all).await,
            _ => self.key(&self.person(STAFF).await, all).await,
        };
        Caller {
            visitor: self.shop.visitor(),
            proof,
        }
    }
}
