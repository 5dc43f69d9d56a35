//! `streamward streams`: every stream and group of the shop.

use std::process::ExitCode;

use anyhow::Result;
use contracts::Service;
use serde::Serialize;
use shop::output::{Colour, Table, paint};
use streamward::{
    Partition, Runtime, SharedConnection, delay,
    inspect::{self, GroupInfo, StreamInfo},
};

use super::watch::{self, WatchArgs};

/// The streams, and each service's delayed jobs and dead letters.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview {
    streams: Vec<StreamInfo>,
    services: Vec<ServiceInfo>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceInfo {
    service: String,
    partition: u16,
    delayed: u64,
    late_ms: u64,
    dead: u64,
}

pub(crate) async fn run(args: &WatchArgs) -> Result<ExitCode> {
    let mut opened = None;
    let read = async || {
        // After a failure the shop is located again: it may have moved.
        let runtime = match opened.take() {
            Some(runtime) => runtime,
            None => args.once.location.runtime().await?,
        };
        let overview = overview(&runtime).await?;
        opened = Some(runtime);
        Ok(overview)
    };
    watch::show(args, read, lines).await
}

async fn overview(runtime: &Runtime) -> Result<Overview> {
    let mut link = runtime.server().link();
    let mut overview = Overview::default();
    for partition in runtime.partitions() {
        read(&mut link, partition, &mut overview).await?;
    }
    Ok(overview)
}

async fn read(
    link: &mut SharedConnection,
    partition: &Partition,
    overview: &mut Overview,
) -> Result<()> {
    for key in store::streams(partition) {
        overview.streams.extend(inspect::stream(link, &key).await?);
    }
    for service in Service::ALL {
        let queue = delay::queue(link, partition, service.name()).await?;
        let mut count = redis::cmd("XLEN");
        count.arg(partition.dead(service.name()));
        overview.services.push(ServiceInfo {
            service: service.name().to_owned(),
            partition: partition.index(),
            delayed: queue.jobs,
            late_ms: queue.late_ms,
            dead: count.query_async(link).await?,
        });
    }
    Ok(())
}

/// Returns the table of streams, an empty line, and the table of services.
fn lines(overview: &Overview) -> Vec<String> {
    let mut table = Table::new([
        "stream",
        "length",
        "group",
        "lag",
        "pending",
        "backing off",
        "consumers",
        "oldest",
    ]);
    for stream in &overview.streams {
        let named = [stream.stream.clone(), stream.length.to_string()];
        if stream.groups.is_empty() {
            table.row(named.clone());
        }
        for (number, group) in stream.groups.iter().enumerate() {
            let first = if number == 0 {
                named.clone()
            } else {
                Default::default()
            };
            table.row(first.into_iter().chain(cells(group)));
        }
    }
    let mut lines = table.lines();
    lines.push(String::new());
    let mut table = Table::new(["service", "delayed", "late", "dead"]);
    for info in &overview.services {
        table.row([
            info.service.clone(),
            info.delayed.to_string(),
            alarm(Colour::Yellow, info.late_ms, " ms"),
            alarm(Colour::Red, info.dead, ""),
        ]);
    }
    lines.extend(table.lines());
    lines
}

/// Returns a count in a colour, or in grey if it is zero.
fn alarm(colour: Colour, count: u64, unit: &str) -> String {
    let colour = if count == 0 { Colour::Grey } else { colour };
    paint(colour, &format!("{count}{unit}"))
}

fn cells(group: &GroupInfo) -> [String; 6] {
    let lag = group.lag.map(|lag| alarm(Colour::Yellow, lag, ""));
    let oldest = group.oldest_pending_ms.map(|ms| format!("{ms} ms"));
    [
        group.group.clone(),
        lag.unwrap_or_else(|| paint(Colour::Yellow, "?")),
        group.pending.saturating_sub(group.parked).to_string(),
        alarm(Colour::Yellow, group.parked, ""),
        group.consumers.to_string(),
        oldest.unwrap_or_else(|| "-".to_owned()),
    ]
}
