//! The roles of a shop.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args as ClapArgs;
use contracts::Service;

use super::{
    AuditorArgs, EdgeArgs, MessageArgs, ProviderArgs, ShopArgs, WebhookArgs, WebhookPlaceArgs,
    Where,
};

#[derive(Debug, ClapArgs)]
pub(crate) struct UpArgs {
    /// Where the API listens; port 0 means any.
    #[arg(long, env = "STREAMWARD_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where the simulated provider listens; port 0 means any.
    #[arg(
        long,
        env = "STREAMWARD_PROVIDER_LISTEN",
        default_value = "127.0.0.1:8081"
    )]
    pub(crate) provider_listen: SocketAddr,
    /// Where the shop keeps its data.
    #[arg(long, env = "STREAMWARD_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// Use this Redis instead of an own redis-server.
    #[arg(long, env = "STREAMWARD_REDIS")]
    pub(crate) redis: Option<String>,
    /// Put the demo catalogue into the shop, whatever is in it.
    #[arg(long, conflicts_with = "no_seed_demo")]
    pub(crate) seed_demo: bool,
    /// Start with an empty catalogue. Without either flag an empty one is filled.
    #[arg(long)]
    pub(crate) no_seed_demo: bool,
    /// Prefix of all keys, so that several shops can share a server.
    #[arg(long, env = "STREAMWARD_NAMESPACE", default_value = "sw")]
    pub(crate) namespace: String,
    #[command(flatten)]
    pub(crate) shop: ShopArgs,
    #[command(flatten)]
    pub(crate) auditor: AuditorArgs,
    #[command(flatten)]
    pub(crate) edge: EdgeArgs,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
    #[command(flatten)]
    pub(crate) webhooks: WebhookArgs,
    /// A provider's URL here means that the simulated one does not run.
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ApiArgs {
    /// Where the API listens; port 0 means any.
    #[arg(long, env = "STREAMWARD_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) shop: ShopArgs,
    #[command(flatten)]
    pub(crate) webhooks: WebhookPlaceArgs,
    #[command(flatten)]
    pub(crate) edge: EdgeArgs,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct WorkerArgs {
    /// Which services: order, inventory, promotion, payment, notification, webhook.
    #[arg(required = true)]
    pub(crate) services: Vec<Service>,
    /// Serve health, metrics and the supervision tree there; port 0 means any. Without it, nowhere.
    #[arg(long, env = "STREAMWARD_WORKER_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) shop: ShopArgs,
    #[command(flatten)]
    pub(crate) auditor: AuditorArgs,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
    #[command(flatten)]
    pub(crate) webhooks: WebhookArgs,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ProviderRoleArgs {
    /// Where the provider listens; port 0 means any.
    #[arg(
        long,
        env = "STREAMWARD_PROVIDER_LISTEN",
        default_value = "127.0.0.1:8081"
    )]
    pub(crate) listen: SocketAddr,
    /// Where callbacks go; without it, to the API that the data folder names.
    #[arg(long, env = "STREAMWARD_WEBHOOK_URL")]
    pub(crate) webhook_url: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
}
