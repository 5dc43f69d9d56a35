//! `streamward streams`: every stream and group of the shop.

use std::process::ExitCode;

use anyhow::Result;
use contracts::Service;
use serde::Serialize;
use streamward::{
    Partition, Runtime, SharedConnection, delay,
    inspect::{self, GroupInfo, StreamInfo},
};

use super::watch::{self, WatchArgs};
use shop::{
    locate,
    output::{self, Cell, Colour, Table},
};

/// The streams, and per service what waits and what died.
#[derive(Debug, Serialize)]
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
    let place = &args.once.place;
    if let Some(every) = args.watch {
        let mut known = None;
        let look = async || {
            // After a failure the shop is looked up again: it may have moved.
            let runtime = match known.take() {
                Some(runtime) => runtime,
                None => locate::runtime(place).await?,
            };
            let seen = overview(&runtime).await?;
            known = Some(runtime);
            Ok(lines(&seen))
        };
        return watch::run(every, look).await;
    }
    let seen = overview(&locate::runtime(place).await?).await?;
    if args.once.json {
        output::json(&seen)?;
    } else {
        lines(&seen).iter().for_each(output::line);
    }
    Ok(ExitCode::SUCCESS)
}

async fn overview(runtime: &Runtime) -> Result<Overview> {
    let mut link = runtime.server().link();
    let mut overview = Overview {
        streams: Vec::new(),
        services: Vec::new(),
    };
    for partition in runtime.partitions() {
        look(&mut link, partition, &mut overview).await?;
    }
    Ok(overview)
}

async fn look(
    link: &mut SharedConnection,
    partition: &Partition,
    overview: &mut Overview,
) -> Result<()> {
    let written = Service::ALL.map(|service| partition.stream(service.writes()));
    let inboxes = Service::ALL.map(|service| partition.inbox(service.name()));
    for key in written
        .iter()
        .chain(&inboxes)
        .chain([&partition.stream("catalog")])
    {
        overview.streams.extend(inspect::stream(link, key).await?);
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

/// The streams' table, an empty line, the services' table.
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
        let length = stream.length.to_string();
        if stream.groups.is_empty() {
            table.row([stream.stream.as_str(), &length]);
        }
        for (number, group) in stream.groups.iter().enumerate() {
            let named = if number == 0 {
                [stream.stream.as_str(), &length]
            } else {
                ["", ""]
            };
            table.row(named.map(Cell::from).into_iter().chain(cells(group)));
        }
    }
    let mut lines = table.lines();
    lines.push(String::new());
    let mut table = Table::new(["service", "delayed", "late", "dead"]);
    for info in &overview.services {
        let late = format!("{} ms", info.late_ms);
        table.row([
            info.service.as_str().into(),
            info.delayed.to_string().into(),
            Cell::painted(alarm(Colour::Yellow, info.late_ms), late),
            Cell::painted(alarm(Colour::Red, info.dead), info.dead.to_string()),
        ]);
    }
    lines.extend(table.lines());
    lines
}

/// Grey for nothing, else this colour.
fn alarm(colour: Colour, count: u64) -> Colour {
    if count == 0 { Colour::Grey } else { colour }
}

fn cells(group: &GroupInfo) -> [Cell; 6] {
    let lag = match group.lag {
        Some(lag) => Cell::painted(alarm(Colour::Yellow, lag), lag.to_string()),
        None => Cell::painted(Colour::Yellow, "?"),
    };
    let parked = alarm(Colour::Yellow, group.parked);
    let oldest = group.oldest_pending_ms.map(|ms| format!("{ms} ms"));
    [
        group.group.as_str().into(),
        lag,
        (group.pending - group.parked.min(group.pending))
            .to_string()
            .into(),
        Cell::painted(parked, group.parked.to_string()),
        group.consumers.to_string().into(),
        oldest.unwrap_or_else(|| "-".to_owned()).into(),
    ]
}
