//! The two shops of the comparison, each service in a process of its own.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use store::durability::Durability;

use super::{
    buyers::Buyers,
    chain::{ChainSettings, Part},
    externals::Externals,
};
use crate::processes::{self, ANY_PORT, ShopProcess};

const LOG: &str = "off";

/// Kind of shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Services that call each other.
    Rest,
    /// Services that react to events.
    Events,
}

/// Command line of a child process that serves a part of the chain.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ChildArgs {
    pub(super) part: Part,
    pub(super) listen: String,
    pub(super) settings: ChainSettings,
}

/// A running shop with its surroundings.
#[derive(Debug)]
pub(super) struct Contender {
    pub(super) kind: Kind,
    processes: BTreeMap<Part, Vec<ShopProcess>>,
    /// URLs of parts that serve HTTP, which they keep when they are started again.
    urls: BTreeMap<Part, String>,
    pub(super) buyers: Arc<Buyers>,
    // Last, because Redis must outlive its clients.
    pub(super) externals: Arc<Externals>,
}

impl Contender {
    pub(super) async fn start(kind: Kind, durability: Durability) -> Result<Self> {
        let externals = Arc::new(Externals::start(durability).await?);
        let mut shop = Self {
            kind,
            processes: BTreeMap::new(),
            urls: BTreeMap::new(),
            buyers: Arc::new(Buyers::register(&externals.shop).await?),
            externals,
        };
        for part in Part::ALL {
            shop.start_part(part).await?;
        }
        if kind == Kind::Events {
            let callbacks = format!("{}/v1/payments/webhook", shop.url());
            shop.externals.simulator.set_webhook_url(callbacks);
        }
        Ok(shop)
    }

    /// Returns the URL at which buyers place orders.
    pub(super) fn url(&self) -> &str {
        self.urls.get(&Part::Order).map_or("", String::as_str)
    }

    /// Registers new buyers, so that what follows can be counted alone.
    pub(super) async fn new_buyers(&mut self) -> Result<()> {
        self.buyers = Arc::new(Buyers::register(&self.externals.shop).await?);
        Ok(())
    }

    /// Starts a part, at the address that it had before.
    pub(super) async fn start_part(&mut self, part: Part) -> Result<()> {
        let started = match self.kind {
            Kind::Rest => vec![self.start_service(part).await?],
            Kind::Events => self.start_worker(part).await?,
        };
        if let Some(process) = started.first().filter(|it| it.ready.starts_with("http")) {
            self.urls.insert(part, process.ready.clone());
        }
        self.processes.insert(part, started);
        Ok(())
    }

    fn listen(&self, part: Part) -> &str {
        let known = self
            .urls
            .get(&part)
            .and_then(|url| url.strip_prefix("http://"));
        known.unwrap_or(ANY_PORT)
    }

    async fn start_service(&self, part: Part) -> Result<ShopProcess> {
        let url = |part| self.urls.get(&part).cloned().unwrap_or_default();
        let externals = &self.externals;
        let args = ChildArgs {
            part,
            listen: self.listen(part).to_owned(),
            settings: ChainSettings {
                redis: externals.shop.redis_url().to_owned(),
                inventory: url(Part::Inventory),
                payment: url(Part::Payment),
                notification: url(Part::Notification),
                provider: externals.provider.clone(),
                provider_key: externals.secrets.secret_key.clone(),
                sms_api: externals.sms_api.clone(),
                outbox: externals.shop.redis.dir.path().join("outbox"),
            },
        };
        let mut command = processes::command()?;
        let args = serde_json::to_string(&args)?;
        command.args(["bench", "--rest-service", &args, "--log", LOG]);
        ShopProcess::spawn(command).await
    }

    /// Starts the worker of a part; the order service's with the API, which takes the orders.
    async fn start_worker(&self, part: Part) -> Result<Vec<ShopProcess>> {
        let externals = &self.externals;
        let data = externals.shop.redis.dir.path().join("shop");
        let redis = ["--redis", externals.shop.redis_url()];
        let secret = ["--webhook-secret", &externals.secrets.webhook_secret];
        let provider = ["--provider-url", &externals.provider];
        let key = ["--provider-key", &externals.secrets.secret_key];
        let sms = ["--sms-url", &externals.sms_api, "--sms-user", "bench"];
        let sender = ["--sms-password", "bench", "--sms-from", "+15550100"];
        let mut started = Vec::new();
        if part == Part::Order {
            let api = ["api", "--listen", self.listen(part)];
            let api = [&api[..], &redis, &secret].concat();
            started.push(ShopProcess::start(&api, &data, LOG).await?);
        }
        let worker = ["worker", part.name()];
        let worker = [&worker[..], &redis, &secret, &provider, &key, &sms, &sender].concat();
        started.push(ShopProcess::start(&worker, &data, LOG).await?);
        Ok(started)
    }

    /// Stops a part, which finishes what is in flight.
    pub(super) async fn stop_part(&mut self, part: Part) -> Result<()> {
        for process in self.processes.remove(&part).context("it runs")? {
            process.stop().await?;
        }
        Ok(())
    }

    /// Kills a part.
    pub(super) async fn kill_part(&mut self, part: Part) -> Result<()> {
        for process in self.processes.remove(&part).context("it runs")? {
            process.kill().await?;
        }
        Ok(())
    }

    /// Returns whether the order service of the chain has given up or finished every task. The
    /// event-driven shop has no such state: an order is open until it has ended.
    pub(super) async fn is_idle(&self) -> Result<bool> {
        if self.kind == Kind::Events {
            return Ok(false);
        }
        let tasks = reqwest::get(format!("{}/tasks", self.url())).await?;
        Ok(tasks.text().await? == "0")
    }
}
