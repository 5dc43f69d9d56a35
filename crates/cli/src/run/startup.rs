//! Steps that several roles take before they serve.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use anyhow::{Context, Result};
use shop::{
    BadSetting,
    data_dir::{self, AdminFile, DataDir},
};
use store::durability::Durability;
use streamward::{Namespace, Runtime, Server};
use tokio::net::TcpListener;

use super::settings::ShopArgs;

/// A listener and the URL that clients use for it.
pub(super) struct Endpoint {
    pub(super) listener: TcpListener,
    pub(super) url: String,
}

impl Endpoint {
    /// Listens on `address`, which was set by `flag`.
    pub(super) async fn bind(flag: &'static str, address: SocketAddr) -> Result<Self> {
        let bound = TcpListener::bind(address).await;
        let problem = |error| BadSetting::new(flag, format!("cannot listen on {address}: {error}"));
        let listener = bound.map_err(problem)?;
        Ok(Self {
            url: url_of(listener.local_addr()?),
            listener,
        })
    }
}

/// Returns the URL by which a client on this machine reaches an address.
fn url_of(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if ip.is_unspecified() && ip.is_ipv6() => "[::1]".to_owned(),
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(ip) => format!("[{ip}]"),
        IpAddr::V4(ip) => ip.to_string(),
    };
    format!("http://{ip}:{}", address.port())
}

/// Opens the shop in Redis, creating it at the first start, and checks the server's settings.
pub(super) async fn open_runtime(url: &str, namespace: &str, shop: &ShopArgs) -> Result<Runtime> {
    if shop.partitions != 1 {
        let problem = format!("is {}, and this version runs exactly 1", shop.partitions);
        return Err(BadSetting::new("--partitions", problem).into());
    }
    let server = Server::new(url).map_err(BadSetting::of("--redis"))?;
    let namespace = Namespace::new(namespace).map_err(BadSetting::of("--namespace"))?;
    let opened = async {
        let runtime = Runtime::open(server, &namespace, shop.partitions).await?;
        store::layout::claim(&runtime).await?;
        Ok(runtime)
    };
    let runtime = opened.await.map_err(|error| {
        if let streamward::Error::Server { setting, problem } = error {
            return anyhow::Error::from(BadSetting::new(setting, problem));
        }
        anyhow::Error::from(error).context(format!("redis at {url}"))
    })?;
    check_durability(&runtime, shop.durability).await?;
    Ok(runtime)
}

/// Checks that the server keeps the promise of `always`.
async fn check_durability(runtime: &Runtime, durability: Durability) -> Result<()> {
    if durability != Durability::Always {
        return Ok(());
    }
    let mut get = redis::cmd("CONFIG");
    get.arg("GET").arg("appendonly").arg("appendfsync");
    let found: HashMap<String, String> = get
        .query_async(&mut runtime.server().link())
        .await
        .context("CONFIG GET")?;
    for (setting, wanted) in [("appendonly", "yes"), ("appendfsync", "always")] {
        let value = found.get(setting).map_or("unknown", String::as_str);
        if value != wanted {
            let problem = format!("the server's {setting} is {value} and must be {wanted}");
            return Err(BadSetting::new("--durability", problem).into());
        }
    }
    Ok(())
}

/// Returns the administrator of `admin.json`, created at the first start.
pub(super) async fn ensure_admin(runtime: &Runtime, data: &DataDir) -> Result<AdminFile> {
    let path = data.admin_file();
    if let Some(known) = data_dir::read::<AdminFile>(&path)? {
        let session = store::account::find_principal(runtime, &known.token).await?;
        if session.is_some() {
            return Ok(known);
        }
    }
    let created = ::api::accounts::bootstrap(runtime).await;
    let created = created.context("cannot create the administrator")?;
    let file = AdminFile {
        email: created.email,
        password: created.password,
        token: created.token,
    };
    data_dir::write(&path, &file)?;
    Ok(file)
}
