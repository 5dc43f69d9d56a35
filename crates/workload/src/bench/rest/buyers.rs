//! Buyers: the same client for both shops. Each sends one request per order and does not repeat it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;
use contracts::{CustomerId, OrderId};
use serde_json::json;
use shop::follower::Follower;
use store::account::{self, Role, User};
use streamward::clock;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use crate::{bench::fixture::FreshShop, load::Latency};

const BUYERS: usize = 16;
/// Time that a buyer waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
const AT_ONCE: usize = 64;
const SESSION: Duration = Duration::from_secs(3600);
const STEP: Duration = Duration::from_millis(5);

/// New customers of one shop, known to it by session and by id.
#[derive(Debug)]
pub(super) struct Buyers {
    client: reqwest::Client,
    pub(super) accounts: Vec<(CustomerId, String)>,
    confirmed: Arc<Confirmations>,
    _follower: JoinSet<()>,
}

/// Answer to one order.
#[derive(Debug)]
pub(super) struct Purchase {
    pub(super) order: Option<OrderId>,
    /// The status; 0 without an answer.
    pub(super) status: u16,
    pub(super) sent: Instant,
    pub(super) answered: Instant,
}

impl Purchase {
    pub(super) const fn is_accepted(&self) -> bool {
        matches!(self.status, 201 | 202)
    }
}

/// Times at which orders were confirmed, as events show them.
#[derive(Debug, Default)]
struct Confirmations(Mutex<HashMap<String, Instant>>);

impl Confirmations {
    fn times(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn follow(&self, mut follower: Follower) {
        while let Ok(entries) = follower.next().await {
            let now = Instant::now();
            let keys = entries.iter().map(|entry| (entry.key().to_owned(), now));
            self.times().extend(keys);
        }
    }
}

impl Buyers {
    pub(super) async fn register(shop: &FreshShop) -> Result<Self> {
        let runtime = shop.runtime();
        let mut accounts = Vec::with_capacity(BUYERS);
        for n in 0..BUYERS {
            let customer_id = CustomerId::new(clock::now_ms(), rand::random());
            let user = User {
                customer_id: customer_id.clone(),
                email: format!("buyer-{n}@example.com"),
                name: "Bench Mark".to_owned(),
                phone: Some("+15550101".to_owned()),
                password_hash: String::new(),
                roles: vec![Role::Customer],
            };
            let token = format!("sw_{:064x}", rand::random::<u128>());
            account::open_session(runtime, &token, &user, SESSION).await?;
            accounts.push((customer_id, token));
        }
        let mut follower = Follower::new(runtime)?;
        let stream = runtime.partitions()[0].stream("orders:confirmed");
        follower.add(stream, 1).await?;
        let (confirmed, mut tasks) = (Arc::<Confirmations>::default(), JoinSet::new());
        let confirmations = Arc::clone(&confirmed);
        tasks.spawn(async move { confirmations.follow(follower).await });
        let client = reqwest::Client::builder().timeout(PATIENCE);
        Ok(Self {
            client: client
                .tcp_nodelay(true)
                .pool_max_idle_per_host(512)
                .build()?,
            accounts,
            confirmed,
            _follower: tasks,
        })
    }

    /// Places orders at `rate` per second, whatever the answers; 0 is as fast as 64 connections allow.
    pub(super) async fn buy(
        self: &Arc<Self>,
        shop: &FreshShop,
        url: &str,
        orders: u64,
        rate: u32,
    ) -> Vec<Purchase> {
        let mut ticks = (rate > 0).then(|| interval(Duration::from_secs(1) / rate));
        if let Some(ticks) = &mut ticks {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        }
        let most = if rate == 0 {
            AT_ONCE
        } else {
            Semaphore::MAX_PERMITS
        };
        let in_flight = Arc::new(Semaphore::new(most));
        let mut purchases = JoinSet::new();
        for n in 0..orders {
            if let Some(ticks) = &mut ticks {
                ticks.tick().await;
            }
            let slot = Arc::clone(&in_flight).acquire_owned().await;
            let items = shop.order(n).items.into_iter();
            let items = items.map(|line| json!({ "productId": line.product_id, "quantity": 1 }));
            let items: Vec<_> = items.collect();
            let cart = json!({ "items": items, "paymentMethod": "pm_card_visa" });
            let account = usize::try_from(n).unwrap_or(0) % self.accounts.len();
            let (buyers, url) = (Arc::clone(self), format!("{url}/v1/orders"));
            purchases.spawn(async move {
                let _slot = slot;
                buyers.place(&url, account, &cart).await
            });
        }
        purchases.join_all().await
    }

    async fn place(&self, url: &str, account: usize, cart: &serde_json::Value) -> Purchase {
        let (customer, token) = &self.accounts[account];
        let request = self.client.post(url).json(cart).bearer_auth(token);
        let request = request.header("x-customer", customer.as_str());
        let key = format!("\"{:032x}\"", rand::random::<u128>());
        let sent = Instant::now();
        let answer = request.header("idempotency-key", key).send().await;
        let answered = Instant::now();
        let (mut order, mut status) = (None, 0);
        if let Ok(answer) = answer {
            status = answer.status().as_u16();
            let location = answer.headers().get("location");
            let location = location.and_then(|location| location.to_str().ok());
            let id = location.and_then(|location| location.rsplit('/').next());
            order = id.and_then(|id| id.parse().ok());
            // The connection is free again when the body was read.
            let _ = answer.bytes().await;
        }
        Purchase {
            order,
            status,
            sent,
            answered,
        }
    }

    /// Returns when an accepted order was confirmed: by its event, or by an answer of 201.
    fn confirmed_at(&self, purchase: &Purchase) -> Option<Instant> {
        if purchase.status == 201 {
            return Some(purchase.answered);
        }
        let order = purchase.order.as_ref()?;
        self.confirmed.times().get(order.as_str()).copied()
    }

    /// Waits until every accepted order is confirmed, no longer than `patience`.
    pub(super) async fn confirmed(&self, purchases: &[Purchase], patience: Duration) {
        let deadline = Instant::now() + patience;
        let accepted = || purchases.iter().filter(|purchase| purchase.is_accepted());
        while Instant::now() < deadline
            && !accepted().all(|purchase| self.confirmed_at(purchase).is_some())
        {
            sleep(STEP).await;
        }
    }

    /// Returns the time from request to answer, and from request to confirmed.
    pub(super) fn latencies(&self, purchases: &[Purchase]) -> (Latency, Latency) {
        let answer = purchases.iter();
        let answer = answer.map(|purchase| purchase.answered - purchase.sent);
        let confirmed = purchases.iter();
        let confirmed =
            confirmed.filter_map(|purchase| Some(self.confirmed_at(purchase)? - purchase.sent));
        (Latency::of(answer), Latency::of(confirmed))
    }

    /// Returns the confirmed orders per second, from the first request to the last confirmation.
    pub(super) fn throughput(&self, purchases: &[Purchase]) -> f64 {
        let confirmed: Vec<Instant> = purchases
            .iter()
            .filter_map(|purchase| self.confirmed_at(purchase))
            .collect();
        let first = purchases.iter().map(|purchase| purchase.sent).min();
        let Some((first, last)) = first.zip(confirmed.iter().max()) else {
            return 0.0;
        };
        crate::bench::fixture::float(confirmed.len() as u64) / (*last - first).as_secs_f64()
    }
}
