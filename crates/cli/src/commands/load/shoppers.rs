//! Customers that place orders.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use fake::{Fake, faker::name::en::Name};
use indicatif::ProgressBar;
use rand::Rng;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, MissedTickBehavior},
};

use super::ledger::Ledger;
use crate::{args::LoadArgs, commands::client::ApiClient};

const CUSTOMERS: usize = 8;
/// Products with fewer units would run out and end the measurement's sameness.
const PLENTY: i64 = 1000;
/// A paced load keeps its pace unless the shop is this far behind.
const PACED_IN_FLIGHT: usize = 512;
const PAUSE: Duration = Duration::from_millis(200);

/// Registered customers and the products they choose from.
#[derive(Debug)]
pub(super) struct Shoppers {
    clients: Vec<ApiClient>,
    products: Vec<String>,
    run: String,
    method: Option<String>,
    patience: Duration,
}

impl Shoppers {
    /// Registers and logs in fresh customers.
    pub(super) async fn invite(client: &ApiClient, args: &LoadArgs) -> Result<Self> {
        let run = format!("{:012x}", rand::random::<u64>() >> 16);
        let method = Some(args.method.clone()).filter(|method| !method.is_empty());
        let patience = args.patience;
        if args.yardstick {
            let clients = vec![client.with_token("none")];
            let products = vec!["mug-01".to_owned(), "tee-01".to_owned()];
            return Ok(Self {
                clients,
                products,
                run,
                method,
                patience,
            });
        }
        let mut clients = Vec::with_capacity(CUSTOMERS);
        for n in 0..CUSTOMERS {
            clients.push(register(client, &format!("load-{run}-{n}@example.com")).await?);
        }
        let found = client.get("/v1/products?limit=100").await?;
        let products: Vec<String> = found["data"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|product| product["available"].as_i64().unwrap_or(0) >= PLENTY)
            .filter_map(|product| product["id"].as_str().map(ToOwned::to_owned))
            .collect();
        if products.is_empty() {
            bail!("no product has {PLENTY} units: `streamward seed` puts the demo catalogue in");
        }
        Ok(Self {
            clients,
            products,
            run,
            method,
            patience,
        })
    }

    /// Places all orders, paced or as fast as the connections allow.
    pub(super) async fn shop(
        self: &Arc<Self>,
        args: &LoadArgs,
        ledger: &Arc<Ledger>,
        bar: &ProgressBar,
    ) {
        if args.rate == 0 {
            self.flood(args, ledger, bar).await;
        } else {
            self.pace(args, ledger, bar).await;
        }
    }

    async fn flood(self: &Arc<Self>, args: &LoadArgs, ledger: &Arc<Ledger>, bar: &ProgressBar) {
        let (next, orders) = (Arc::new(AtomicU64::new(0)), args.orders);
        let mut tasks = JoinSet::new();
        for _ in 0..args.connections {
            let (shoppers, ledger) = (Arc::clone(self), Arc::clone(ledger));
            let (next, bar) = (Arc::clone(&next), bar.clone());
            tasks.spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= orders {
                        return;
                    }
                    shoppers.order(n, &ledger).await;
                    bar.inc(1);
                }
            });
        }
        tasks.join_all().await;
    }

    /// Sends at the given rate whatever the answers do, so that a slow shop is not measured by
    /// fewer requests.
    async fn pace(self: &Arc<Self>, args: &LoadArgs, ledger: &Arc<Ledger>, bar: &ProgressBar) {
        let mut ticks = tokio::time::interval(
            Duration::from_secs(1) / u32::try_from(args.rate).unwrap_or(u32::MAX),
        );
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let in_flight = Arc::new(Semaphore::new(PACED_IN_FLIGHT));
        let mut tasks = JoinSet::new();
        for n in 0..args.orders {
            ticks.tick().await;
            let Ok(permit) = Arc::clone(&in_flight).acquire_owned().await else {
                break;
            };
            let (shoppers, ledger, bar) = (Arc::clone(self), Arc::clone(ledger), bar.clone());
            tasks.spawn(async move {
                shoppers.order(n, &ledger).await;
                bar.inc(1);
                drop(permit);
            });
            while tasks.try_join_next().is_some() {}
        }
        tasks.join_all().await;
    }

    /// Places order `n`. A shop that does not answer is asked again under the same idempotency key,
    /// as a careful client does.
    async fn order(&self, n: u64, ledger: &Ledger) {
        let client = &self.clients[usize::try_from(n).unwrap_or(0) % self.clients.len()];
        let key = format!("\"{}-{n}\"", self.run);
        let body = self.cart().to_string();
        let sent = Instant::now();
        loop {
            let request = client
                .request(Method::POST, "/v1/orders")
                .header("content-type", "application/json")
                .header("idempotency-key", &key)
                .body(body.clone());
            let answer = match request.send().await {
                Ok(answer) if answer.status() == StatusCode::ACCEPTED => {
                    match id_of(answer.headers()) {
                        Some(order) => return ledger.placed(order, sent),
                        None => return ledger.failed("202 without Location"),
                    }
                }
                Ok(answer) if !answer.status().is_server_error() => {
                    return ledger.failed(&answer.status().to_string());
                }
                Ok(answer) => answer.status().to_string(),
                Err(error) if error.is_connect() => "no connection".to_owned(),
                Err(_) => "no answer".to_owned(),
            };
            if sent.elapsed() > self.patience {
                return ledger.failed(&answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn cart(&self) -> Value {
        let mut random = rand::rng();
        let start = random.random_range(0..self.products.len());
        let lines = random.random_range(1..=2.min(self.products.len()));
        let items: Vec<Value> = (0..lines)
            .map(|line| {
                let product = &self.products[(start + line) % self.products.len()];
                json!({ "productId": product, "quantity": random.random_range(1..=2) })
            })
            .collect();
        match &self.method {
            Some(method) => json!({ "items": items, "paymentMethod": method }),
            None => json!({ "items": items }),
        }
    }
}

fn id_of(headers: &reqwest::header::HeaderMap) -> Option<String> {
    headers
        .get("location")?
        .to_str()
        .ok()?
        .rsplit('/')
        .next()
        .map(ToOwned::to_owned)
}

async fn register(client: &ApiClient, email: &str) -> Result<ApiClient> {
    let password = format!("{:032x}", rand::random::<u128>());
    let name: String = Name().fake();
    let account = json!({ "email": email, "password": password, "name": name });
    client
        .post("/v1/auth/register", &account)
        .await
        .context("registering a customer")?;
    let login = json!({ "email": email, "password": password });
    let session = client
        .post("/v1/auth/login", &login)
        .await
        .context("logging a customer in")?;
    Ok(client.with_token(
        session["token"]
            .as_str()
            .context("login answered no token")?,
    ))
}
