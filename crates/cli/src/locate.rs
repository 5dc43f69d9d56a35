//! Finds a running shop: by its data folder, or by what the command line says.

use anyhow::{Context, Result};
use streamward::{Namespace, Runtime, Server, info_field};

use crate::{
    args::Where,
    data_dir::{self, AdminFile, DataDir, RunFile},
    setting::BadSetting,
};

/// The shop's API and the token of its first administrator.
#[derive(Clone, Debug)]
pub(crate) struct AdminAccess {
    pub(crate) api: String,
    pub(crate) token: String,
}

/// What the data folder says of a running shop.
pub(crate) fn run_file(place: &Where) -> Result<Option<RunFile>> {
    data_dir::read(&DataDir::at(&place.data).run_file())
}

fn nothing_runs(place: &Where, flag: &'static str) -> anyhow::Error {
    let problem = format!(
        "no shop runs on {} (no run.json there)",
        place.data.display()
    );
    BadSetting::new(flag, problem).into()
}

/// Where the shop's Redis is.
pub(crate) fn redis_url(place: &Where) -> Result<String> {
    if let Some(url) = &place.redis {
        return Ok(url.clone());
    }
    let file = run_file(place)?.ok_or_else(|| nothing_runs(place, "--data or --redis"))?;
    Ok(file.redis)
}

/// Where the shop's API is.
pub(crate) fn api_url(place: &Where) -> Result<String> {
    if let Some(url) = &place.api {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let file = run_file(place)?.ok_or_else(|| nothing_runs(place, "--data or --api"))?;
    Ok(file.api)
}

/// The shop's API with the rights of its first administrator.
pub(crate) fn admin(place: &Where) -> Result<AdminAccess> {
    let path = DataDir::at(&place.data).admin_file();
    let file: Option<AdminFile> = data_dir::read(&path)?;
    let missing = || BadSetting::new("--data", format!("there is no {}", path.display()));
    Ok(AdminAccess {
        api: api_url(place)?,
        token: file.ok_or_else(missing)?.token,
    })
}

/// The shop's Redis, checked, with as many partitions as it was set up with.
pub(crate) async fn runtime(place: &Where) -> Result<Runtime> {
    open(place, None).await
}

/// The same for a tool that may come before the shop's first start: there is one partition then.
pub(crate) async fn runtime_to_fill(place: &Where) -> Result<Runtime> {
    open(place, Some(1)).await
}

async fn open(place: &Where, partitions: Option<u16>) -> Result<Runtime> {
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
pub(crate) fn namespace(place: &Where) -> Result<String> {
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
pub(crate) async fn redis_pid(runtime: &Runtime) -> Result<u32> {
    let mut info = redis::cmd("INFO");
    info.arg("server");
    let info: String = info.query_async(&mut runtime.server().link()).await?;
    info_field(&info, "process_id")
        .and_then(|pid| pid.parse().ok())
        .context("process_id")
}
