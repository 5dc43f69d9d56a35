//! A client with or without a token.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Request, StatusCode, request::Builder},
};
use contracts::CustomerId;
use serde_json::Value;
use tower::ServiceExt;

/// An HTTP client of a router, with the token that it sends.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) router: Router,
    pub(crate) token: Option<String>,
    pub(crate) id: Option<CustomerId>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn request(&self, method: &str, path: &str) -> Builder {
        let request = Request::builder().method(method).uri(path);
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: Builder, body: impl Into<Body>) -> Reply {
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// The headers and the bytes of an answer.
    pub(crate) async fn bytes(&self, request: Builder) -> (HeaderMap, Bytes) {
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        (head.headers, to_bytes(body, usize::MAX).await.unwrap())
    }

    /// The status and the bytes of what is no text.
    pub(crate) async fn raw(&self, method: &str, path: &str) -> (u16, Bytes) {
        let request = self.request(method, path).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (
            status,
            to_bytes(response.into_body(), usize::MAX).await.unwrap(),
        )
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path), Body::empty()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request("DELETE", path), Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.json("POST", path, body).await
    }

    pub(crate) async fn json(&self, method: &str, path: &str, body: Value) -> Reply {
        let request = self
            .request(method, path)
            .header("content-type", "application/json");
        self.send(request, body.to_string()).await
    }

    pub(crate) async fn order_with_key(&self, key: &str, body: &Value) -> Reply {
        let request = self.request("POST", "/v1/orders");
        let request = request.header("content-type", "application/json");
        self.send(request.header("idempotency-key", key), body.to_string())
            .await
    }
}

impl Reply {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    /// Checks that this is the problem `slug`, shaped as problems are; answers its body.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, slug: &str) -> Value {
        let reply = self.expect(status);
        assert_eq!(
            reply.header("content-type"),
            "application/problem+json",
            "{reply:?}"
        );
        let body = reply.body();
        assert_eq!(body["type"], format!("/problems/{slug}"), "{reply:?}");
        assert_eq!(body["status"], status);
        assert!(
            body["title"]
                .as_str()
                .is_some_and(|title| !title.is_empty()),
            "{reply:?}"
        );
        assert!(
            body["instance"]
                .as_str()
                .is_some_and(|path| path.starts_with('/')),
            "{reply:?}"
        );
        assert!(!reply.header("x-request-id").is_empty());
        body
    }

    /// Checks that the quota of `policy` is used up, and answers after how many seconds to come back.
    #[track_caller]
    pub(crate) fn over_limit(self, policy: &str) -> u64 {
        let reply = self.expect(429);
        let body = reply.body();
        assert_eq!(
            body["type"],
            "https://iana.org/assignments/http-problem-types#quota-exceeded"
        );
        assert_eq!(
            body["violated-policies"],
            serde_json::json!([policy]),
            "{body}"
        );
        reply.header("retry-after").parse().unwrap()
    }

    /// Checks that validation failed at exactly these places, in any order.
    #[track_caller]
    pub(crate) fn faults(self, pointers: &[&str]) {
        let body = self.problem(422, "validation-failed");
        let errors = body["errors"].as_array().unwrap();
        assert!(
            errors.iter().all(|error| error["detail"].is_string()),
            "{body}"
        );
        let mut found: Vec<_> = errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        let mut wanted = pointers.to_vec();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{body}");
    }
}
