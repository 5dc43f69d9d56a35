//! The table and the JSON.

use anyhow::{Context, Result};
use peers::{
    figures::{median, processor, range},
    server::{self, Server},
};
use serde::Serialize;
use serde_json::json;

use crate::{
    parts::{Kill, Latency, PACE, PACED},
    process::Peer,
};

/// Figures of a peer, one per round.
#[derive(Debug, Default, Serialize)]
pub struct Results {
    pub noops_per_second: Vec<f64>,
    pub orders_per_second: Vec<f64>,
    pub paced: Vec<Latency>,
    pub kills: Vec<Kill>,
    pub failure: Option<String>,
}

/// Conditions of the run.
#[derive(Debug, Serialize)]
pub struct Conditions {
    rounds: u64,
    watch_seconds: u64,
    cores: usize,
    processor: String,
    redis: String,
}

impl Conditions {
    pub async fn read(rounds: u64, watch_seconds: u64) -> Result<Self> {
        let mut server = Server::start("everysec").await?;
        let mut info = redis::cmd("INFO");
        let info: String = info.arg("server").query_async(&mut server.link).await?;
        let version = info
            .lines()
            .find_map(|line| line.strip_prefix("redis_version:"));
        Ok(Self {
            rounds,
            watch_seconds,
            cores: std::thread::available_parallelism()?.get(),
            processor: processor(),
            redis: version.unwrap_or("unknown").trim().to_owned(),
        })
    }
}

fn row(peer: &Peer, results: &Results, baseline: &[f64]) -> String {
    let text =
        |value: Option<f64>, digits| value.map_or(String::new(), |it| format!("{it:.digits$}"));
    let noops = median(results.noops_per_second.iter().copied());
    let orders = median(results.orders_per_second.iter().copied());
    // Of each round, because a busy machine slows all peers of a round.
    let rounds = results.orders_per_second.iter().zip(baseline);
    let share = median(rounds.map(|(orders, baseline)| orders / baseline));
    let p50 = median(results.paced.iter().map(|it| it.p50_ms));
    let p99 = median(results.paced.iter().map(|it| it.p99_ms));
    let kills = results.kills.iter();
    let times = kills.clone().filter(|kill| kill.undone == 0);
    let times = range(times.map(|kill| (kill.seconds * 10.0).round() / 10.0));
    let times = if times.is_empty() {
        "not all".to_owned()
    } else {
        times
    };
    let cells = [
        peer.name.clone(),
        text(noops, 0),
        text(orders, 0),
        text(share, 2),
        format!("{} / {}", text(p50, 1), text(p99, 1)),
        times,
        range(kills.clone().map(|kill| kill.undone)),
        range(kills.map(|kill| kill.repeated)),
    ];
    format!("| {} |", cells.join(" | "))
}

pub fn print(conditions: &Conditions, measured: &[(Peer, Results)], skipped: &[String]) {
    println!(
        "{} cores ({}), redis-server {}, everysec, loopback; {} rounds, medians; paced: {PACED} orders at {PACE}/s\n",
        conditions.cores, conditions.processor, conditions.redis, conditions.rounds
    );
    println!(
        "| | no-ops/s | orders/s | share | p50 / p99 ms | s after kill -9 | undone | steps run twice |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let baseline = measured
        .first()
        .map_or(&[][..], |(_, first)| &first.orders_per_second);
    for (peer, results) in measured {
        println!("{}", row(peer, results, baseline));
    }
    println!();
    for (peer, results) in measured {
        println!(
            "{}: {} no-ops, {} orders",
            peer.name, peer.noops, peer.orders
        );
        if let Some(failure) = &results.failure {
            println!("{} FAILED: {failure}", peer.name);
        }
    }
    for reason in skipped {
        println!("skipped {reason}");
    }
}

pub fn save(
    output: &str,
    conditions: &Conditions,
    measured: &[(Peer, Results)],
    skipped: &[String],
) -> Result<()> {
    let peers = measured.iter().map(|(peer, results)| {
        json!({ "name": peer.name, "noops": peer.noops, "orders": peer.orders, "results": results })
    });
    let peers: Vec<_> = peers.collect();
    let all = json!({
        "conditions": conditions, "redisServer": server::program(), "peers": peers, "skipped": skipped,
    });
    std::fs::write(output, serde_json::to_vec_pretty(&all)?)
        .with_context(|| format!("{output} cannot be written"))
}
