//! Steps that several roles take before they serve.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result};
use shop::{
    BadSetting,
    data_dir::{self, AdminFile, DataDir},
    locate::redacted,
};
use store::durability::Durability;
use streamward::{Namespace, Runtime, Server};
use tokio::{net::TcpListener, time::Instant};

use super::{process::Interrupt, settings::ShopArgs};

/// Interval of the questions whether a server has loaded its data.
const STEP: Duration = Duration::from_millis(100);
/// Interval of the lines about it.
const PROGRESS: Duration = Duration::from_secs(2);

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

/// Checks the URL of a Redis and the prefix of keys, without a connection.
pub(super) fn check_redis(url: Option<&str>, namespace: &str) -> Result<(), BadSetting> {
    if let Some(url) = url {
        Server::new(url).map_err(BadSetting::of("--redis"))?;
    }
    Namespace::new(namespace).map_err(BadSetting::of("--namespace"))?;
    Ok(())
}

/// Opens the shop in Redis, creating it at the first start, and checks the server's settings.
pub(super) async fn open_runtime(
    url: &str,
    namespace: &str,
    shop: &ShopArgs,
    interrupt: &Interrupt,
) -> Result<Runtime> {
    let server = Server::new(url).map_err(BadSetting::of("--redis"))?;
    let namespace = Namespace::new(namespace).map_err(BadSetting::of("--namespace"))?;
    let shown = redacted(url);
    let failed = |error| {
        if let streamward::Error::Server { setting, problem } = error {
            return anyhow::Error::from(BadSetting::new(setting, problem));
        }
        anyhow::Error::from(error).context(format!("redis at {shown} (--redis)"))
    };
    let loaded = async { until_loaded(&server).await.map_err(failed) };
    interrupt.ends(loaded).await?;
    let opened = async {
        let runtime = Runtime::open(server.clone(), &namespace, shop.partitions).await?;
        store::layout::claim(&runtime).await?;
        Ok(runtime)
    };
    let runtime = opened.await.map_err(failed)?;
    check_durability(&runtime, shop.durability).await?;
    Ok(runtime)
}

/// Waits while the server loads its data, for as long as that takes; progress is logged.
async fn until_loaded(server: &Server) -> streamward::Result<()> {
    let mut reported: Option<Instant> = None;
    loop {
        let info = server.info("persistence").await?;
        let field = |name: &str| info.get(name).map_or("0", String::as_str);
        if field("loading") == "0" {
            return Ok(());
        }
        if reported.is_none_or(|last| last.elapsed() >= PROGRESS) {
            reported = Some(Instant::now());
            let (percent, left) = (field("loading_loaded_perc"), field("loading_eta_seconds"));
            tracing::info!(percent, left = format!("{left} s"), "redis loads its data");
        }
        tokio::time::sleep(STEP).await;
    }
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
