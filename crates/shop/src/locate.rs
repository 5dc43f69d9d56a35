//! Finds a running shop: by its data folder, or by what the command line says.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use streamward::{Namespace, Runtime, Server};

use crate::{
    data_dir::{self, AdminFile, DataDir, RunFile},
    setting::BadSetting,
};

/// How a running shop is found.
#[derive(Clone, Debug, Args)]
pub struct Location {
    /// The shop's data folder.
    #[arg(long, env = "STREAMWARD_DATA", default_value = "./data")]
    pub data: PathBuf,
    /// Its Redis, instead of what the data folder says.
    #[arg(long, env = "STREAMWARD_REDIS")]
    pub redis: Option<String>,
    /// Its API, instead of what the data folder says.
    #[arg(long, env = "STREAMWARD_API")]
    pub api: Option<String>,
    /// The prefix of its keys, instead of what the data folder says (else `sw`).
    #[arg(long, env = "STREAMWARD_NAMESPACE")]
    pub namespace: Option<String>,
}

/// The shop's API and the token of its first administrator.
#[derive(Clone, Debug)]
pub struct AdminAccess {
    pub api: String,
    pub token: String,
}

/// What the data folder says of a running shop.
pub fn run_file(place: &Location) -> Result<Option<RunFile>> {
    data_dir::read(&DataDir::at(&place.data).run_file())
}

fn nothing_runs(place: &Location, flag: &'static str) -> anyhow::Error {
    let problem = format!(
        "no shop runs on {} (no run.json there)",
        place.data.display()
    );
    BadSetting::new(flag, problem).into()
}

/// Location the shop's Redis is.
pub fn redis_url(place: &Location) -> Result<String> {
    if let Some(url) = &place.redis {
        return Ok(url.clone());
    }
    let file = run_file(place)?.ok_or_else(|| nothing_runs(place, "--data or --redis"))?;
    Ok(file.redis)
}

/// Location the shop's API is.
pub fn api_url(place: &Location) -> Result<String> {
    if let Some(url) = &place.api {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let file = run_file(place)?.ok_or_else(|| nothing_runs(place, "--data or --api"))?;
    Ok(file.api)
}

/// The shop's API with the rights of its first administrator.
pub fn admin(place: &Location) -> Result<AdminAccess> {
    let path = DataDir::at(&place.data).admin_file();
    let file: Option<AdminFile> = data_dir::read(&path)?;
    let missing = || BadSetting::new("--data", format!("there is no {}", path.display()));
    Ok(AdminAccess {
        api: api_url(place)?,
        token: file.ok_or_else(missing)?.token,
    })
}

/// The shop's Redis, checked, with as many partitions as it was set up with.
pub async fn runtime(place: &Location) -> Result<Runtime> {
    open(place, None).await
}

/// The same for a tool that may come before the shop's first start: there is one partition then.
pub async fn runtime_to_fill(place: &Location) -> Result<Runtime> {
    open(place, Some(1)).await
}

async fn open(place: &Location, partitions: Option<u16>) -> Result<Runtime> {
    let url = redis_url(place)?;
    let server =
        Server::new(&url).map_err(|error| BadSetting::new("--redis", error.to_string()))?;
    let namespace = namespace(place)?;
    let namespace = Namespace::new(&namespace)
        .map_err(|error| BadSetting::new("--namespace", error.to_string()))?;
    let mut link = server.link();
    let mut get = redis::cmd("HGET");
    get.arg(namespace.partition(0).key(&["meta"]))
        .arg("partitions");
    let recorded: Option<u16> = get
        .query_async(&mut link)
        .await
        .with_context(|| format!("redis at {url}"))?;
    let Some(partitions) = recorded.or(partitions) else {
        let problem = format!("there is no shop in namespace {namespace} of the redis at {url}");
        return Err(BadSetting::new("--redis or --namespace", problem).into());
    };
    Runtime::open(server, &namespace, partitions)
        .await
        .with_context(|| format!("redis at {url}"))
}

/// The prefix of the shop's keys.
pub fn namespace(place: &Location) -> Result<String> {
    if let Some(name) = &place.namespace {
        return Ok(name.clone());
    }
    // A redis named on the command line is not the one that the data folder speaks of.
    let known = if place.redis.is_some() {
        None
    } else {
        run_file(place)?
    };
    Ok(known.map_or_else(|| Namespace::default().to_string(), |file| file.namespace))
}

/// The process id of the redis-server.
pub async fn redis_pid(runtime: &Runtime) -> Result<u32> {
    let info = runtime.server().info("server").await?;
    info.get("process_id")
        .and_then(|pid| pid.parse().ok())
        .context("process_id")
}
