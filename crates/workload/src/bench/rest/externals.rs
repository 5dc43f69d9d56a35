//! Everything outside a shop, in this process: the simulated provider, an SMS API, and the buyers'
//! accounts. Both shops of the comparison have their own.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{Router, extract::State, http::StatusCode, routing::post};
use contracts::OrderId;
use payments_sim::{Delay, Faults, Settings, Simulator};
use serde_json::Value;
use store::durability::Durability;
use tokio::{net::TcpListener, task::JoinSet, time::sleep};

use crate::{bench::fixture::FreshShop, processes::ANY_PORT};

/// A Redis with products, a provider and an SMS API.
#[derive(Debug)]
pub(super) struct Externals {
    pub(super) shop: FreshShop,
    pub(super) simulator: Simulator,
    pub(super) provider: String,
    pub(super) secrets: Settings,
    pub(super) sms_api: String,
    pub(super) sms: Arc<Sms>,
    _servers: JoinSet<()>,
}

/// Messages that the SMS API accepted.
#[derive(Debug, Default)]
pub(super) struct Sms {
    delay_ms: AtomicU64,
    confirmations: Mutex<HashMap<OrderId, u64>>,
}

impl Externals {
    pub(super) async fn start(durability: Durability) -> Result<Self> {
        let shop = FreshShop::start(durability).await?;
        let secrets = Settings::generated();
        let simulator = Simulator::open(secrets.clone()).await?;
        let sms = Arc::<Sms>::default();
        let router = Router::new().route("/sms", post(accept));
        let router = router.with_state(Arc::clone(&sms));
        let mut servers = JoinSet::new();
        let provider = serve(&mut servers, simulator.router()).await?;
        let sms_api = serve(&mut servers, router).await? + "/sms";
        Ok(Self {
            shop,
            simulator,
            provider,
            secrets,
            sms_api,
            sms,
            _servers: servers,
        })
    }

    /// Sets the time that the provider takes for each answer.
    pub(super) fn delay_provider(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.simulator.set_faults(Faults {
            answer_ms: Delay { min: ms, max: ms },
            ..Faults::default()
        });
    }

    /// Sets the time that the SMS API takes for each answer.
    pub(super) fn delay_sms(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.sms.delay_ms.store(ms, Ordering::Relaxed);
    }

    /// Returns the cents that the provider captured and kept for each order.
    pub(super) async fn money(&self) -> Result<HashMap<OrderId, i64>> {
        let (client, mut kept) = (reqwest::Client::new(), HashMap::new());
        let mut query = vec![("limit", "100".to_owned())];
        loop {
            let request = client.get(format!("{}/v1/charges", self.provider));
            let request = request.bearer_auth(&self.secrets.secret_key).query(&query);
            let page: Value = request.send().await?.json().await?;
            let charges = page["data"].as_array().context("a list of charges")?;
            for charge in charges {
                let order = charge["metadata"]["order_id"].as_str();
                let order = order.context("an order")?.parse()?;
                let cents = |name: &str| charge[name].as_i64().unwrap_or(0);
                *kept.entry(order).or_default() +=
                    cents("amount_captured") - cents("amount_refunded");
            }
            let last = charges.last().and_then(|charge| charge["id"].as_str());
            match last.filter(|_| page["has_more"] == true) {
                Some(last) => query = vec![query[0].clone(), ("starting_after", last.to_owned())],
                None => return Ok(kept),
            }
        }
    }
}

impl Sms {
    /// Returns how often each order's confirmation was sent.
    pub(super) fn confirmations(&self) -> HashMap<OrderId, u64> {
        let sent = self.confirmations.lock();
        sent.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Accepts a message and notes the order that it confirms.
async fn accept(State(sms): State<Arc<Sms>>, body: String) -> StatusCode {
    let delay = sms.delay_ms.load(Ordering::Relaxed);
    if delay > 0 {
        sleep(Duration::from_millis(delay)).await;
    }
    let mut words = body.split(|letter: char| !letter.is_ascii_alphanumeric());
    if body.contains("confirmed")
        && let Some(order) = words.find_map(|word| word.parse::<OrderId>().ok())
    {
        let sent = sms.confirmations.lock();
        let mut sent = sent.unwrap_or_else(PoisonError::into_inner);
        *sent.entry(order).or_default() += 1;
    }
    StatusCode::CREATED
}

/// Serves a router and returns its URL.
async fn serve(servers: &mut JoinSet<()>, router: Router) -> Result<String> {
    let listener = TcpListener::bind(ANY_PORT).await?;
    let url = format!("http://{}", listener.local_addr()?);
    servers.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::warn!(%error, "an external system ended");
        }
    });
    Ok(url)
}
