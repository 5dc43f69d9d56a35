//! Customers that place orders.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use fake::{Fake, faker::name::en::Name};
use indicatif::ProgressBar;
use rand::Rng;
use serde_json::{Value, json};
use shop::api_client::ApiClient;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, Interval, MissedTickBehavior, interval, sleep},
};

use super::{
    LoadArgs, Mix,
    plan::{Plan, Then},
    request::{self, Answer},
    tracker::OrderTracker,
};

const CUSTOMERS: u64 = 8;
/// Orders per customer if no order is paid: fewer than the limit of unpaid orders per customer.
const UNPAID_ORDERS: u64 = 50;
/// Orders per customer of a realistic mix, in which some orders stay unpaid.
const MIXED_ORDERS: u64 = 200;
/// Least units of a product, so that no product sells out during the measurement.
const MIN_UNITS: i64 = 1000;
/// Requests in flight beyond which a load with a rate slows down.
const PACED_IN_FLIGHT: usize = 512;
/// Share of requests that are sent twice concurrently: one in so many.
const SENT_TWICE: u32 = 10;
/// Longest time until a customer cancels, in milliseconds.
const CANCEL_WITHIN_MS: u64 = 400;

/// Customers with a session, and the products they choose from.
#[derive(Debug)]
pub(super) struct Customers {
    pub(super) clients: Vec<ApiClient>,
    pub(super) products: Vec<String>,
    /// Distinguishes this run's customers and idempotency keys from those of other runs.
    pub(super) run: String,
    pub(super) method: Option<String>,
    /// Most units of one product per order.
    pub(super) most_units: u32,
    pub(super) mix: Mix,
    pub(super) patience: Duration,
}

impl Customers {
    /// Registers and logs in new customers.
    pub(super) async fn register(args: &LoadArgs) -> Result<Self> {
        let client = ApiClient::new(&args.location.api_url()?, None)?;
        let mut customers = Self {
            clients: Vec::new(),
            products: Vec::new(),
            run: run_id(),
            method: Some(args.method.clone()).filter(|method| !method.is_empty()),
            most_units: 2,
            mix: args.mix,
            patience: args.patience,
        };
        if args.baseline {
            customers.clients.push(client.with_token("none"));
            customers.products = vec!["mug-01".to_owned(), "tee-01".to_owned()];
            return Ok(customers);
        }
        let needed = match (args.mix, &customers.method) {
            (Mix::Uniform, Some(_)) => 0,
            (Mix::Uniform, None) => args.orders / UNPAID_ORDERS,
            (Mix::Realistic, _) => args.orders / MIXED_ORDERS,
        };
        for n in 0..CUSTOMERS.max(needed) {
            let email = format!("load-{}-{n}@example.com", customers.run);
            customers.clients.push(register(&client, &email).await?);
        }
        let found = client.get("/v1/products?limit=100").await?;
        let products = found["data"].as_array().into_iter().flatten();
        customers.products = products
            .filter(|product| product["available"].as_i64().unwrap_or(0) >= MIN_UNITS)
            .filter_map(|product| product["id"].as_str().map(ToOwned::to_owned))
            .collect();
        if customers.products.is_empty() {
            bail!("no product has {MIN_UNITS} units: `streamward seed` adds the demo catalogue");
        }
        Ok(customers)
    }

    /// Places all orders, as fast as the connections allow or at the given rate.
    ///
    /// The rate does not depend on the responses, so a slow shop is not spared.
    pub(super) async fn place_all(
        self: &Arc<Self>,
        args: &LoadArgs,
        tracker: &Arc<OrderTracker>,
        bar: &ProgressBar,
    ) {
        let mut ticks = (args.rate > 0).then(|| ticks(args.rate));
        let most = match ticks {
            Some(_) => PACED_IN_FLIGHT,
            None => args.connections,
        };
        let in_flight = Arc::new(Semaphore::new(most));
        let mut tasks = JoinSet::new();
        for n in 0..args.orders {
            if let Some(ticks) = &mut ticks {
                ticks.tick().await;
            }
            let Ok(permit) = Arc::clone(&in_flight).acquire_owned().await else {
                break;
            };
            let (customers, tracker, bar) = (Arc::clone(self), Arc::clone(tracker), bar.clone());
            tasks.spawn(async move {
                customers.order(n, &tracker).await;
                bar.inc(1);
                drop(permit);
            });
            while tasks.try_join_next().is_some() {}
        }
        tasks.join_all().await;
    }

    /// Performs everything that the customer of order `n` does.
    async fn order(&self, n: u64, tracker: &OrderTracker) {
        let client = &self.clients[usize::try_from(n).unwrap_or(0) % self.clients.len()];
        let key = format!("\"{}-{n}\"", self.run);
        let plan = self.plan();
        let body = self.cart(plan).to_string();
        let sent = Instant::now();
        let place = || request::place(client, &key, &body, self.patience);
        let answer = if self.mix == Mix::Realistic && rand::rng().random_ratio(1, SENT_TWICE) {
            tracker.sent_twice();
            // Both must be answered with one order.
            let (first, second) = tokio::join!(place(), place());
            if first == second {
                first
            } else {
                Answer::Failed(format!("one key, two answers: {first:?}, {second:?}"))
            }
        } else {
            place().await
        };
        match answer {
            Answer::Accepted(order) => {
                tracker.placed(order.clone(), plan.name, sent);
                self.follow_up(client, &order, plan.then, tracker).await;
            }
            Answer::Refused(reason) => tracker.refused(&reason, sent),
            Answer::Failed(last) => tracker.failed(&last),
        }
    }

    async fn follow_up(&self, client: &ApiClient, order: &str, then: Then, tracker: &OrderTracker) {
        let done = match then {
            Then::Nothing => Ok(()),
            Then::PayAgain => {
                if !tracker.payment_failed_within(order, self.patience).await {
                    return;
                }
                request::pay(client, order, self.patience).await
            }
            Then::Cancel => {
                let delay = rand::rng().random_range(0..CANCEL_WITHIN_MS);
                sleep(Duration::from_millis(delay)).await;
                request::cancel(client, order, self.patience).await
            }
        };
        if let Err(last) = done {
            tracker.failed(&last);
        }
    }

    fn plan(&self) -> Plan {
        match self.mix {
            Mix::Uniform => Plan::BUYS,
            Mix::Realistic => Plan::random(&mut rand::rng()),
        }
    }

    fn cart(&self, plan: Plan) -> Value {
        let mut random = rand::rng();
        let start = random.random_range(0..self.products.len());
        let lines = random.random_range(1..=2.min(self.products.len()));
        let mut line = |offset| {
            let product = &self.products[(start + offset) % self.products.len()];
            json!({ "productId": product, "quantity": random.random_range(1..=self.most_units) })
        };
        let items: Vec<Value> = (0..lines).map(&mut line).collect();
        let mut cart = json!({ "items": items });
        let method = match self.mix {
            Mix::Uniform => self.method.as_deref(),
            Mix::Realistic => plan.method,
        };
        if let Some(method) = method {
            cart["paymentMethod"] = json!(method);
        }
        if let Some(coupon) = plan.coupon {
            cart["coupon"] = json!(coupon);
        }
        cart
    }
}

fn ticks(rate: u64) -> Interval {
    let rate = u32::try_from(rate).unwrap_or(u32::MAX);
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    ticks
}

/// Returns a random name of a run.
pub(super) fn run_id() -> String {
    format!("{:012x}", rand::random::<u64>() >> 16)
}

async fn register(client: &ApiClient, email: &str) -> Result<ApiClient> {
    let password = format!("{:032x}", rand::random::<u128>());
    let name: String = Name().fake();
    let account = json!({ "email": email, "password": password, "name": name });
    let registered = client.post("/v1/auth/register", &account).await;
    registered.context("registering a customer")?;
    let login = json!({ "email": email, "password": password });
    let session = client.post("/v1/auth/login", &login).await;
    let session = session.context("logging a customer in")?;
    let token = session["token"].as_str();
    Ok(client.with_token(token.context("the login returned no token")?))
}
