//! The hold: one script in Redis beside locked rows in PostgreSQL, with 32 clients on loopback.
//!
//! `hold <output.json> [<postgres url>]`; without a URL only Redis is measured. ROUNDS (3) rounds alternate.

mod client;
mod kill;
mod load;
mod stock;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use client::{Holder, Way};
use kill::Waits;
use load::{CLIENTS, Load};
use peers::{
    figures::{median, processor},
    server::Server,
};
use serde::Serialize;
use serde_json::json;
use stock::Stock;

const RUN: Duration = Duration::from_secs(3);
/// Units and attempts of the part that sells out.
const LAST_UNITS: i64 = 500;
const ATTEMPTS: i64 = 1500;

/// A way to hold units under one setting of durability.
#[derive(Serialize)]
struct Contender {
    name: &'static str,
    durability: &'static str,
    #[serde(skip)]
    way: Way,
    #[serde(skip)]
    url: String,
    #[serde(skip)]
    settings: String,
    #[serde(skip)]
    shared: bool,
    spread: Vec<Load>,
    hot: Vec<Load>,
    last_units: Vec<i64>,
    waits: Option<Waits>,
}

impl Contender {
    fn new(way: Way, url: &str, durability: &'static str) -> Self {
        Self {
            name: way.name(),
            durability,
            way,
            url: url.to_owned(),
            settings: format!("-c {}", durability.replace(' ', "")),
            shared: false,
            spread: Vec::new(),
            hot: Vec::new(),
            last_units: Vec::new(),
            waits: None,
        }
    }

    async fn holder(&self) -> Result<Holder> {
        match self.way {
            Way::Script => Holder::redis(&self.url).await,
            way => Holder::postgres(&self.url, &self.settings, way).await,
        }
    }

    async fn holders(&self) -> Result<Vec<Holder>> {
        let mut all = Vec::new();
        for client in 0..CLIENTS {
            let holder = match all.first() {
                Some(Holder::Redis(link, hash)) if self.shared && client > 0 => {
                    Holder::Redis(link.clone(), hash.clone())
                }
                _ => self.holder().await?,
            };
            all.push(holder);
        }
        Ok(all)
    }

    async fn stock(&self) -> Result<Stock> {
        Ok(match self.way {
            Way::Script => Stock::Redis(peers::connect(&self.url).await?),
            way => Stock::Postgres(client::postgres(&self.url, "").await?, way),
        })
    }

    async fn measure(&mut self) -> Result<()> {
        let (mut stock, holders) = (self.stock().await?, self.holders().await?);
        for hot in [false, true] {
            stock.fill(None).await?;
            let load = load::run(&holders, hot, RUN, i64::MAX).await?;
            ensure!(
                load.refused == 0,
                "{}: sold out during the measurement",
                self.name
            );
            ensure!(
                stock.audit().await? == load.held,
                "{}: holds are lost",
                self.name
            );
            eprintln!("{}, {}: {load:?}", self.name, self.durability);
            if hot { &mut self.hot } else { &mut self.spread }.push(load);
        }
        stock.fill(Some(LAST_UNITS)).await?;
        let load = load::run(&holders, true, Duration::from_secs(60), ATTEMPTS).await?;
        let held = stock.audit().await?;
        ensure!(
            held == load.held && held <= LAST_UNITS,
            "{}: oversold",
            self.name
        );
        self.last_units.push(held);
        if self.waits.is_none() && !self.shared {
            let way = format!("{:?}", self.way);
            let victim = ["victim", &way, &self.url, &self.settings];
            let prober = self.holder().await?;
            self.waits = Some(kill::run(&victim, &prober, &mut stock).await?);
        }
        Ok(())
    }

    fn print(&self) {
        let part = |loads: &[Load]| {
            let of =
                |figure: fn(&Load) -> f64| median(loads.iter().map(figure)).unwrap_or(f64::NAN);
            let (rate, p50, p99) = (
                of(|it| it.per_second),
                of(|it| it.p50_ms),
                of(|it| it.p99_ms),
            );
            format!("{rate:.0} | {p50:.1} / {p99:.1}")
        };
        let waits = self.waits.map_or("|".to_owned(), |waits| {
            let (p50, max) = (waits.killed_p50_ms, waits.killed_max_ms);
            format!("{p50:.1} / {max:.1} | {:.0}", waits.frozen_max_ms)
        });
        let (name, durability) = (self.name, self.durability);
        let (spread, hot) = (part(&self.spread), part(&self.hot));
        let last = peers::figures::range(self.last_units.iter().copied());
        println!("| {name} | {durability} | {spread} | {hot} | {last} | {waits} |");
    }
}

async fn contenders(redis: [&Server; 2], postgres: Option<&str>) -> Result<Vec<Contender>> {
    let [everysec, always] = redis.map(|server| &server.url);
    let shared = |name, url, durability| Contender {
        shared: true,
        name,
        ..Contender::new(Way::Script, url, durability)
    };
    let mut all = vec![
        shared("one script, shared connection", everysec, "everysec"),
        Contender::new(Way::Script, everysec, "everysec"),
        shared("one script, shared connection", always, "always"),
    ];
    if let Some(url) = postgres {
        let client = client::postgres(url, "").await?;
        client
            .batch_execute(include_str!("../../../sql/schema.sql"))
            .await?;
        for durability in ["synchronous_commit = off", "synchronous_commit = on"] {
            let rows = Way::ALL.into_iter().filter(|way| *way != Way::Script);
            all.extend(rows.map(|way| Contender::new(way, url, durability)));
        }
    }
    Ok(all)
}

async fn measure(output: &str, postgres: Option<&str>) -> Result<()> {
    let (everysec, always) = (
        Server::start("everysec").await?,
        Server::start("always").await?,
    );
    let mut all = contenders([&everysec, &always], postgres).await?;
    let rounds = std::env::var("ROUNDS").map_or(Ok(3), |rounds| rounds.parse())?;
    for _ in 0..rounds {
        for contender in &mut all {
            contender.measure().await?;
        }
    }
    println!(
        "{}, {CLIENTS} clients, {rounds} rounds of {RUN:?}, medians\n",
        processor()
    );
    println!(
        "| hold | durability | spread, holds/s | p50 / p99 ms | one hot item, holds/s | p50 / p99 ms | held of the last {LAST_UNITS} | usable after a kill, p50 / max ms | while frozen, ms |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    all.iter().for_each(Contender::print);
    let json = json!({ "rounds": rounds, "clients": CLIENTS, "holds": all });
    std::fs::write(output, serde_json::to_vec_pretty(&json)?).context("the output is not written")
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["victim", way, url, settings] => {
            let way = Way::ALL.into_iter().find(|it| format!("{it:?}") == way);
            let mut contender = Contender::new(way.context("an unknown way")?, url, "");
            contender.settings = settings.to_owned();
            kill::victim(contender.holder().await?, contender.way).await
        }
        [output] => measure(output, None).await,
        [output, postgres] => measure(output, Some(postgres)).await,
        _ => anyhow::bail!("usage: hold <output.json> [<postgres url>]"),
    }
}
