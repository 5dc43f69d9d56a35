//! Reading the catalogue: what the API reaches of what its HTTP server can answer at all.
//!
//! Redis is a process of its own; API and clients share this one, and so its processors. The trivial handlers
//! pay for the same clients, so the ratios are fair; the figures are lower than those of a machine that has
//! its clients elsewhere. All kinds of requests take turns, second by second, so that whatever else the
//! machine does meets all of them.

mod client;
mod dataset;
mod measure;
mod report;
mod requests;

use std::time::Duration;

use anyhow::{Result, bail};
use api::{Api, Settings};
use contracts::CustomerId;
use shop::assembly;
use store::account::{self, Role, User};
use streamward::{Runtime, clock};
use tokio::{net::TcpListener, time::Instant};

pub(super) use report::Catalogue;

use self::{measure::Figures, requests::Ends};
use super::{BenchArgs, fixture::FreshRedis, usage::resident_mib};

const ANY_PORT: &str = "127.0.0.1:0";
const TOKEN_TTL: Duration = Duration::from_secs(3600);

pub(super) async fn measure(args: &BenchArgs) -> Result<Catalogue> {
    let fresh = FreshRedis::start(args.durability).await?;
    let runtime = &fresh.runtime;
    let filled = Instant::now();
    dataset::fill(runtime, args.products).await?;
    let fill_seconds = filled.elapsed().as_secs_f64();
    let pid = std::process::id();
    let resident_before_mib = resident_mib(pid);
    let opened = Instant::now();
    let api = Api::open(runtime.clone(), Settings::new("whsec_bench"), String::new).await?;
    let catch_up_seconds = opened.elapsed().as_secs_f64();
    let resident_after_mib = resident_mib(pid);
    let listener = TcpListener::bind(ANY_PORT).await?;
    let address = listener.local_addr()?;
    let tree = assembly::root()
        .child(assembly::api(&api, listener))
        .start()
        .await?;
    let yardstick = TcpListener::bind(ANY_PORT).await?;
    let ends = Ends {
        api: address,
        yardstick: yardstick.local_addr()?,
        token: admin(runtime).await?,
    };
    let requests = tokio::select! {
        ended = api::http_baseline(yardstick) => bail!("the trivial server ended: {ended:?}"),
        requests = take_turns(&ends, args.products) => requests?,
    };
    tree.shutdown().await;
    Ok(Catalogue {
        products: args.products,
        fill_seconds,
        catch_up_seconds,
        resident_before_mib,
        resident_after_mib,
        requests,
    })
}

async fn take_turns(ends: &Ends, products: u64) -> Result<Vec<Figures>> {
    // What a list weighs is known once there is one.
    let weight = client::weight(ends.api, &requests::list(0)).await?;
    measure::run(&requests::all(ends, products, weight)).await
}

/// The token of somebody who may change stock.
async fn admin(runtime: &Runtime) -> Result<String> {
    let user = User {
        customer_id: CustomerId::new(clock::now_ms(), rand::random()),
        email: "bench@example.com".to_owned(),
        name: "Bench Mark".to_owned(),
        phone: None,
        password_hash: String::new(),
        roles: vec![Role::Admin],
    };
    let token = format!(
        "sw_{:032x}{:032x}",
        rand::random::<u128>(),
        rand::random::<u128>()
    );
    account::open_session(runtime, &token, &user, TOKEN_TTL).await?;
    Ok(token)
}
