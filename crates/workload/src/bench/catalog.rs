//! The catalogue: the share of its HTTP server's limit that the API reaches when reading products.
//!
//! Redis is a process of its own; the API and the clients share this process and its processors. The
//! trivial handlers share them with the same clients, so the ratios are fair; the figures are lower
//! than those of a machine with its clients elsewhere. The requests alternate every second, so that
//! other load on the machine affects all of them.

mod client;
mod dataset;
mod measure;
mod report;
mod requests;

use std::time::Duration;

use anyhow::{Result, bail};
use api::{Api, Settings};
use shop::assembly;
use store::account::Role;
use tokio::{net::TcpListener, time::Instant};

pub(super) use self::report::CatalogReport;

use self::{client::Request, measure::Figures, requests::Endpoints};
use super::{BenchArgs, fixture::FreshRedis, usage::resident_mib};
use crate::{processes::ANY_PORT, session};

const SESSION: Duration = Duration::from_secs(3600);

pub(super) async fn measure(args: &BenchArgs) -> Result<CatalogReport> {
    let redis = FreshRedis::start(args.durability).await?;
    let runtime = &redis.runtime;
    let started = Instant::now();
    dataset::fill(runtime, args.products).await?;
    let fill_seconds = started.elapsed().as_secs_f64();
    let pid = std::process::id();
    let resident_before_mib = resident_mib(pid);
    let opened = Instant::now();
    let api = Api::open(runtime.clone(), Settings::new("whsec_bench"), String::new).await?;
    let catch_up_seconds = opened.elapsed().as_secs_f64();
    let resident_after_mib = resident_mib(pid);
    let listener = TcpListener::bind(ANY_PORT).await?;
    let address = listener.local_addr()?;
    let root = assembly::root().child(assembly::api(&api, listener));
    let tree = root.start().await?;
    let baseline = TcpListener::bind(ANY_PORT).await?;
    let (email, name) = ("bench@example.com".to_owned(), "Bench Mark".to_owned());
    let endpoints = Endpoints {
        api: address,
        baseline: baseline.local_addr()?,
        token: session::open(runtime, email, name, Role::Admin, SESSION).await?,
    };
    let requests = tokio::select! {
        ended = api::http_baseline(baseline) => bail!("the trivial server ended: {ended:?}"),
        requests = measure_all(&endpoints, args.products) => requests?,
    };
    tree.shutdown().await;
    Ok(CatalogReport {
        products: args.products,
        fill_seconds,
        catch_up_seconds,
        resident_before_mib,
        resident_after_mib,
        requests,
    })
}

async fn measure_all(endpoints: &Endpoints, products: u64) -> Result<Vec<Figures>> {
    // The trivial handler answers as many bytes as a list has.
    let size = client::body_size(endpoints.api, &Request::get(requests::list(0))).await?;
    measure::run(&requests::all(endpoints, products, size)).await
}
