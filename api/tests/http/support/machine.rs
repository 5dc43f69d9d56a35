//! A client that signs its requests with an API key.

use axum::http::request::Builder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use streamward::clock;

use super::{Client, Reply};

/// A machine with a key.
pub(crate) struct Machine {
    pub(crate) client: Client,
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// Unix seconds.
pub(crate) fn now() -> u64 {
    clock::now_ms() / 1000
}

/// The HMAC-SHA256 of a text, in hex.
pub(crate) fn mac(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

impl Machine {
    pub(crate) async fn of(owner: &Client, scopes: &[&str]) -> Self {
        let wish = json!({ "name": "till", "scopes": scopes });
        let key = owner.post("/v1/api-keys", wish).await.expect(201).body();
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        Self {
            client: Client {
                token: None,
                ..owner.clone()
            },
            id: text("id"),
            secret: text("secret"),
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str, signature: &str) -> Builder {
        self.client
            .request(method, path)
            .header("content-type", "application/json")
            .header("streamward-key", &self.id)
            .header("streamward-signature", signature)
    }

    /// Sends what is signed in the simple way.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        let at = now();
        let signature = format!("t={at},v1={}", mac(&self.secret, &format!("{at}.{body}")));
        self.send_as(method, path, body, &signature).await
    }

    pub(crate) async fn send_as(
        &self,
        method: &str,
        path: &str,
        body: &str,
        signature: &str,
    ) -> Reply {
        let request = self.request(method, path, signature);
        self.client.send(request, body.to_owned()).await
    }

    /// The signature that covers method and target.
    pub(crate) fn bound(&self, nonce: &str, method: &str, path: &str, body: &str) -> String {
        let at = now();
        let text = format!("v2\n{at}\n{nonce}\n{method}\n{path}\n{body}");
        format!("t={at},n={nonce},v2={}", mac(&self.secret, &text))
    }
}
