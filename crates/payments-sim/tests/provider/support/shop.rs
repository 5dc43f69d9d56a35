//! A shop that receives callbacks and verifies their signatures independently.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use payments_sim::Settings;
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{settings, soon};

/// A received callback.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) event: Value,
    pub(crate) authentic: bool,
    /// Age of its timestamp in seconds.
    pub(crate) age: i64,
}

impl Callback {
    pub(crate) fn id(&self) -> &str {
        self.event["id"].as_str().unwrap()
    }

    pub(crate) fn intent(&self) -> &str {
        self.event["data"]["object"]["id"].as_str().unwrap()
    }
}

#[derive(Clone)]
struct Receiver {
    secret: String,
    arrived: mpsc::Sender<Callback>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

pub(crate) struct Shop {
    pub(crate) url: String,
    secret: String,
    callbacks: mpsc::Receiver<Callback>,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::answering(&[]).await
    }

    /// Opens a shop with these response statuses first, and 200 afterwards.
    pub(crate) async fn answering(answers: &[u16]) -> Self {
        let secret = "whsec_the_shop_knows".to_owned();
        let (arrived, callbacks) = mpsc::channel(1000);
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let receiver = Receiver {
            secret: secret.clone(),
            arrived,
            answers,
        };
        let app = Router::new()
            .route("/hook", post(receive))
            .with_state(receiver);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, app).await });
        Self {
            url,
            secret,
            callbacks,
        }
    }

    /// Returns settings of a provider with callbacks to this shop.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            webhook_url: Some(self.url.clone()),
            ..self.silent_settings()
        }
    }

    /// Returns settings of a provider with the secret and without the URL.
    pub(crate) fn silent_settings(&self) -> Settings {
        Settings {
            webhook_secret: self.secret.clone(),
            ..settings()
        }
    }

    pub(crate) async fn next(&mut self) -> Callback {
        soon(self.callbacks.recv()).await.unwrap()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = headers["stripe-signature"].to_str().unwrap();
    let (stamp, mac) = header
        .strip_prefix("t=")
        .unwrap()
        .split_once(",v1=")
        .unwrap();
    let mut expected = Hmac::<Sha256>::new_from_slice(receiver.secret.as_bytes()).unwrap();
    expected.update(format!("{stamp}.").as_bytes());
    expected.update(&body);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let callback = Callback {
        event: serde_json::from_slice(&body).unwrap(),
        authentic: expected.verify_slice(&hex::decode(mac).unwrap()).is_ok(),
        age: now.cast_signed() - stamp.parse::<i64>().unwrap(),
    };
    receiver.arrived.send(callback).await.unwrap();
    let answer = receiver.answers.lock().unwrap().pop_front().unwrap_or(200);
    StatusCode::from_u16(answer).unwrap()
}
