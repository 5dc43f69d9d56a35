//! `streamward worker`: some services alone.

use std::{net::SocketAddr, process::ExitCode};

use ::api::Status;
use anyhow::Result;
use clap::Args;
use contracts::Service;
use shop::{
    assembly,
    data_dir::{DataDir, ProviderFile},
    locate::Location,
    metrics,
};

use super::{
    process::{self, Interrupt, Running},
    provider,
    settings::{AuditorArgs, ServiceArgs, ShopArgs},
    startup::{Endpoint, check_redis, open_runtime},
};

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Services to run: order, inventory, promotion, payment, notification, webhook.
    #[arg(required = true)]
    services: Vec<Service>,
    /// Address of the health, metrics and supervision tree pages; port 0 means any. Not served by
    /// default.
    #[arg(long, env = "STREAMWARD_WORKER_LISTEN")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    location: Location,
    #[command(flatten)]
    shop: ShopArgs,
    #[command(flatten)]
    auditor: AuditorArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl WorkerArgs {
    /// Checks every value before anything is touched.
    pub(crate) fn check(&self) -> Result<()> {
        self.shop.check()?;
        check_redis(self.location.redis.as_deref(), &self.location.namespace()?)?;
        self.service.check()
    }
}

pub(crate) async fn run(args: WorkerArgs) -> Result<ExitCode> {
    args.check()?;
    process::run(|interrupt| start(args, interrupt)).await
}

async fn start(mut args: WorkerArgs, interrupt: Interrupt) -> Result<Running> {
    let metrics = metrics::record_metrics()?;
    let (redis, namespace) = (args.location.redis_url()?, args.location.namespace()?);
    let runtime = open_runtime(&redis, &namespace, &args.shop, &interrupt).await?;
    let data = DataDir::create(&args.location.data)?;
    // Only the payment service needs the provider, and no service its callbacks.
    let provider = if args.services.contains(&Service::Payment) {
        args.service.provider.webhook_secret.get_or_insert_default();
        provider::access(&data, &args.service.provider)?
    } else {
        ProviderFile::default()
    };
    let environment = args.service.environment(&data, &args.shop, &provider)?;
    let mut root = assembly::root()
        .child(assembly::metrics(&metrics))
        .child(assembly::clock(&runtime));
    let status = Status::new(runtime.clone(), move || metrics.render());
    if let Some(address) = args.listen {
        let Endpoint { listener, url } = Endpoint::bind("--listen", address).await?;
        tracing::info!(url, "serving health, metrics and the supervision tree");
        root = root.child(assembly::status(&status, listener));
    }
    for service in &args.services {
        root = root.child(assembly::service(*service, &runtime, &environment).await?);
    }
    root = assembly::audited(root, &runtime, args.auditor.audit_every);
    let tree = root.start().await?;
    status.set_tree(tree.clone());
    let names: Vec<&str> = args.services.iter().map(|service| service.name()).collect();
    Ok(Running {
        tree,
        ready: names.join(" "),
        published: None,
    })
}
