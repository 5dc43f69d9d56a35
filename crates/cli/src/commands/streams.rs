//! `streamward streams`: every stream and group of the shop.

use std::process::ExitCode;

use anyhow::Result;
use contracts::Service;
use serde::Serialize;
use streamward::{
    Link, Partition,
    inspect::{self, StreamInfo},
};

use crate::{
    args::JsonArgs,
    locate,
    output::{self, Table},
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
    dead: u64,
}

pub(crate) async fn run(args: &JsonArgs) -> Result<ExitCode> {
    let runtime = locate::runtime(&args.place).await?;
    let mut link = runtime.server().link();
    let mut overview = Overview {
        streams: Vec::new(),
        services: Vec::new(),
    };
    for partition in runtime.partitions() {
        look(&mut link, partition, &mut overview).await?;
    }
    if args.json {
        output::json(&overview)?;
    } else {
        print(&overview);
    }
    Ok(ExitCode::SUCCESS)
}

async fn look(link: &mut Link, partition: &Partition, overview: &mut Overview) -> Result<()> {
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
        let mut pipe = redis::pipe();
        pipe.cmd("ZCARD").arg(partition.delayed(service.name()));
        pipe.cmd("XLEN").arg(partition.dead(service.name()));
        let (delayed, dead) = pipe.query_async(link).await?;
        let (service, partition) = (service.name().to_owned(), partition.index());
        overview.services.push(ServiceInfo {
            service,
            partition,
            delayed,
            dead,
        });
    }
    Ok(())
}

fn print(overview: &Overview) {
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
            table.row([stream.stream.clone(), length.clone()]);
        }
        for (number, group) in stream.groups.iter().enumerate() {
            let first = number == 0;
            let show = |text: &str| {
                if first {
                    text.to_owned()
                } else {
                    String::new()
                }
            };
            table.row([
                show(&stream.stream),
                show(&length),
                group.group.clone(),
                group
                    .lag
                    .map_or_else(|| "?".to_owned(), |lag| lag.to_string()),
                (group.pending - group.parked.min(group.pending)).to_string(),
                group.parked.to_string(),
                group.consumers.to_string(),
                group
                    .oldest_pending_ms
                    .map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms")),
            ]);
        }
    }
    table.print();
    output::line("");
    let mut table = Table::new(["service", "delayed", "dead"]);
    for info in &overview.services {
        table.row([
            info.service.clone(),
            info.delayed.to_string(),
            info.dead.to_string(),
        ]);
    }
    table.print();
}
