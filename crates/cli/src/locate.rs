//! Finds a running shop: by its data folder, or by what the command line says.

use anyhow::{Context, Result};
use streamward::{Namespace, Runtime, Server};

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
    let url = redis_url(place)?;
    let server =
        Server::new(&url).map_err(|error| BadSetting::new("--redis", error.to_string()))?;
    let namespace = Namespace::default();
    let mut link = server.link();
    let mut get = redis::cmd("HGET");
    get.arg(namespace.partition(0).key(&["meta"]))
        .arg("partitions");
    let recorded: Option<u16> = get
        .query_async(&mut link)
        .await
        .with_context(|| format!("redis at {url}"))?;
    Runtime::open(server, &namespace, recorded.unwrap_or(1))
        .await
        .with_context(|| format!("redis at {url}"))
}
