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
use serde_json::{Value, json};
use shop::api_client::ApiClient;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, MissedTickBehavior},
};

use super::{
    LoadArgs, Mix,
    plan::{Plan, Then},
    request::{self, Answer},
    tracker::OrderTracker,
};

const CUSTOMERS: u64 = 8;
/// Customers who leave orders unpaid come up against their limit; with so many orders each they do
/// not, where nobody pays and where some do not.
const ORDERS_OF_NON_PAYERS: u64 = 50;
const ORDERS_IN_A_MIX: u64 = 200;
/// Products with fewer units would run out and end the measurement's sameness.
const PLENTY: i64 = 1000;
/// A paced load keeps its pace unless the shop is this far behind.
const PACED_IN_FLIGHT: usize = 512;
/// One request in so many is sent twice at once, as by an impatient customer.
const TWICE: u32 = 10;
/// A customer changes their mind within so many milliseconds.
const SECOND_THOUGHTS_MS: u64 = 400;

/// Customers with a session and the products they choose from.
#[derive(Debug)]
pub(super) struct Customers {
    pub(super) clients: Vec<ApiClient>,
    pub(super) products: Vec<String>,
    pub(super) run: String,
    pub(super) method: Option<String>,
    /// Of one product in one order.
    pub(super) most_units: u32,
    pub(super) mix: Mix,
    pub(super) patience: Duration,
}

impl Customers {
    /// Registers and logs in fresh customers.
    pub(super) async fn invite(client: &ApiClient, args: &LoadArgs) -> Result<Self> {
        let run = run_name();
        let mut customers = Self {
            clients: Vec::new(),
            products: Vec::new(),
            method: Some(args.method.clone()).filter(|method| !method.is_empty()),
            most_units: 2,
            mix: args.mix,
            patience: args.patience,
            run,
        };
        if args.yardstick {
            customers.clients.push(client.with_token("none"));
            customers.products = vec!["mug-01".to_owned(), "tee-01".to_owned()];
            return Ok(customers);
        }
        let needed = match (args.mix, &customers.method) {
            (Mix::Uniform, Some(_)) => 0,
            (Mix::Uniform, None) => args.orders / ORDERS_OF_NON_PAYERS,
            (Mix::Realistic, _) => args.orders / ORDERS_IN_A_MIX,
        };
        for n in 0..CUSTOMERS.max(needed) {
            let email = format!("load-{}-{n}@example.com", customers.run);
            customers.clients.push(register(client, &email).await?);
        }
        let found = client.get("/v1/products?limit=100").await?;
        customers.products = found["data"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|product| product["available"].as_i64().unwrap_or(0) >= PLENTY)
            .filter_map(|product| product["id"].as_str().map(ToOwned::to_owned))
            .collect();
        if customers.products.is_empty() {
            bail!("no product has {PLENTY} units: `streamward seed` puts the demo catalogue in");
        }
        Ok(customers)
    }

    /// Places all orders, paced or as fast as the connections allow.
    pub(super) async fn shop(
        self: &Arc<Self>,
        args: &LoadArgs,
        tracker: &Arc<OrderTracker>,
        bar: &ProgressBar,
    ) {
        if args.rate == 0 {
            self.flood(args, tracker, bar).await;
        } else {
            self.pace(args, tracker, bar).await;
        }
    }

    async fn flood(
        self: &Arc<Self>,
        args: &LoadArgs,
        tracker: &Arc<OrderTracker>,
        bar: &ProgressBar,
    ) {
        let (next, orders) = (Arc::new(AtomicU64::new(0)), args.orders);
        let mut tasks = JoinSet::new();
        for _ in 0..args.connections {
            let (customers, tracker) = (Arc::clone(self), Arc::clone(tracker));
            let (next, bar) = (Arc::clone(&next), bar.clone());
            tasks.spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= orders {
                        return;
                    }
                    customers.order(n, &tracker).await;
                    bar.inc(1);
                }
            });
        }
        tasks.join_all().await;
    }

    /// Sends at the given rate whatever the answers do, so that a slow shop is not measured by
    /// fewer requests.
    async fn pace(
        self: &Arc<Self>,
        args: &LoadArgs,
        tracker: &Arc<OrderTracker>,
        bar: &ProgressBar,
    ) {
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

    /// Everything that customer `n` does.
    async fn order(&self, n: u64, tracker: &OrderTracker) {
        let client = &self.clients[usize::try_from(n).unwrap_or(0) % self.clients.len()];
        let key = format!("\"{}-{n}\"", self.run);
        let plan = self.plan();
        let body = self.cart(plan).to_string();
        let sent = Instant::now();
        let answer = if self.is_impatient() {
            tracker.sent_twice();
            self.twice(client, &key, &body).await
        } else {
            request::place(client, &key, &body, self.patience).await
        };
        match answer {
            Answer::Accepted(order) => {
                tracker.placed(order.clone(), plan.name(), sent);
                self.go_on(client, &order, plan.then(), tracker).await;
            }
            Answer::Refused(why) => tracker.refused(&why, sent),
            Answer::Failed(last) => tracker.failed(&last),
        }
    }

    /// The same request twice at once: both must be answered with one order.
    async fn twice(&self, client: &ApiClient, key: &str, body: &str) -> Answer {
        let (first, second) = tokio::join!(
            request::place(client, key, body, self.patience),
            request::place(client, key, body, self.patience)
        );
        if first == second {
            first
        } else {
            Answer::Failed(format!("one key, two answers: {first:?}, {second:?}"))
        }
    }

    async fn go_on(&self, client: &ApiClient, order: &str, then: Then, tracker: &OrderTracker) {
        let done = match then {
            Then::Nothing => Ok(()),
            Then::PayAgain => {
                if !tracker.payment_failed_within(order, self.patience).await {
                    return;
                }
                request::pay(client, order, self.patience).await
            }
            Then::Cancel => {
                let hesitation = rand::rng().random_range(0..SECOND_THOUGHTS_MS);
                tokio::time::sleep(Duration::from_millis(hesitation)).await;
                request::cancel(client, order, self.patience).await
            }
        };
        if let Err(last) = done {
            tracker.failed(&last);
        }
    }

    fn plan(&self) -> Plan {
        match self.mix {
            Mix::Uniform => Plan::Buys,
            Mix::Realistic => Plan::draw(&mut rand::rng()),
        }
    }

    fn is_impatient(&self) -> bool {
        self.mix == Mix::Realistic && rand::rng().random_ratio(1, TWICE)
    }

    fn cart(&self, plan: Plan) -> Value {
        let mut random = rand::rng();
        let start = random.random_range(0..self.products.len());
        let lines = random.random_range(1..=2.min(self.products.len()));
        let items: Vec<Value> = (0..lines)
            .map(|line| {
                let product = &self.products[(start + line) % self.products.len()];
                json!({ "productId": product, "quantity": random.random_range(1..=self.most_units) })
            })
            .collect();
        let mut cart = json!({ "items": items });
        let method = match self.mix {
            Mix::Uniform => self.method.as_deref(),
            Mix::Realistic => plan.method(),
        };
        if let Some(method) = method {
            cart["paymentMethod"] = json!(method);
        }
        if let Some(coupon) = plan.coupon() {
            cart["coupon"] = json!(coupon);
        }
        cart
    }
}

/// Tells this run's customers and keys from those of other runs.
pub(super) fn run_name() -> String {
    format!("{:012x}", rand::random::<u64>() >> 16)
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
