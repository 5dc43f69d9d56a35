//! Ten thousand wrong logins at two API processes: all are refused and counted, and other users are not slowed down.

use std::collections::BTreeMap;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    process::Process,
    shop::{Customer, Shop},
};

const GUESSERS: usize = 40;
const GUESSES: usize = 250;
/// Logins that one process hashes or lets wait; so many may be under way when the account is closed.
const PLACES: u32 = 64;

async fn login(client: &Client, api: &str, email: &str, password: &str) -> StatusCode {
    let body = json!({ "email": email, "password": password });
    let request = client.post(format!("{api}/v1/auth/login")).json(&body);
    request.send().await.unwrap().status()
}

/// The answers to all the guesses, by status, each guesser at one process.
async fn flood(apis: &[String], email: &'static str) -> BTreeMap<u16, u32> {
    let mut guessers = JoinSet::new();
    for number in 0..GUESSERS {
        let api = apis[number % apis.len()].clone();
        guessers.spawn(async move {
            let client = Client::new();
            let mut seen: BTreeMap<u16, u32> = BTreeMap::new();
            for _ in 0..GUESSES {
                let status = login(&client, &api, email, "guess").await;
                *seen.entry(status.as_u16()).or_default() += 1;
            }
            seen
        });
    }
    let mut all: BTreeMap<_, u32> = BTreeMap::new();
    for (status, count) in guessers.join_all().await.into_iter().flatten() {
        *all.entry(status).or_default() += count;
    }
    all
}

/// A counter of all processes together, by its outcome.
async fn counted(apis: &[String]) -> BTreeMap<String, u32> {
    let mut all: BTreeMap<_, u32> = BTreeMap::new();
    for api in apis {
        let page = reqwest::get(format!("{api}/metrics")).await.unwrap();
        for line in page.text().await.unwrap().lines() {
            let series = line.strip_prefix("streamward_api_logins_total{outcome=\"");
            let Some((outcome, count)) = series.and_then(|rest| rest.split_once("\"} ")) else {
                continue;
            };
            *all.entry(outcome.to_owned()).or_default() += count.parse::<u32>().unwrap();
        }
    }
    all
}

/// Places orders at both processes during the flood.
async fn shops(ada: &Customer<'_>, apis: &[String]) -> Vec<Value> {
    let client = Client::new();
    let body = json!({
        "items": [{ "productId": "mug-01", "quantity": 1 }], "paymentMethod": "pm_card_visa",
    });
    let mut orders = Vec::new();
    for number in 0..20 {
        let url = format!("{}/v1/orders", apis[number % apis.len()]);
        let request = client.post(url).bearer_auth(&ada.token).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        orders.push(answer.json().await.unwrap());
    }
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_guesses_at_two_processes_neither_succeed_nor_block_others() {
    let shop = Shop::open().await;
    let data = shop.data().to_str().unwrap().to_owned();
    let redis = format!("redis+unix://{data}/redis.sock");
    let other = [
        &["api", "--listen", "127.0.0.1:0", "--data", &data][..],
        &["--redis", &redis, "--webhook-secret", "whsec_other"],
    ]
    .concat();
    let other = Process::start(&other).await;
    let apis = [shop.api.clone(), other.ready.clone()];
    // The first is guessed at, the second one shops.
    shop.customer().await;
    let ada = shop.customer().await;
    let before = counted(&apis).await;
    let (seen, orders) = tokio::join!(flood(&apis, "customer-0@example.com"), shops(&ada, &apis));

    let count = |status: u16| seen.get(&status).copied().unwrap_or(0);
    assert_eq!(count(401) + count(429) + count(503), 10_000, "{seen:?}");
    assert!((10..10 + 2 * PLACES).contains(&count(401)), "{seen:?}");
    let after = counted(&apis).await;
    let rise = |outcome: &str| {
        let at = |all: &BTreeMap<String, u32>| all.get(outcome).copied().unwrap_or(0);
        at(&after) - at(&before)
    };
    let rises = ["wrong", "locked", "busy", "opened"].map(rise);
    assert_eq!(rises, [count(401), count(429), count(503), 0]);

    // The account is closed to logins at both, and others are not.
    let client = Client::new();
    for api in &apis {
        for (email, status) in [("customer-0", 429), ("customer-1", 200)] {
            let email = format!("{email}@example.com");
            let answer = login(&client, api, &email, "correct horse").await;
            assert_eq!(answer, status, "{email} at {api}");
        }
    }
    for order in &orders {
        ada.sees(order, "confirmed").await;
    }
    assert_eq!(other.terminate().await, Some(0));
    shop.audit().await;
}
