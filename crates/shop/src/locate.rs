//! The location of a running shop: by its data folder, or by flags.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use streamward::{Namespace, Runtime, Server};

use crate::{
    BadSetting,
    data_dir::{self, AdminFile, DataDir, RunFile},
};

/// Flags that locate a running shop.
#[derive(Clone, Debug, Args)]
pub struct Location {
    /// The shop's data folder.
    #[arg(long, env = "STREAMWARD_DATA", default_value = "./data")]
    pub data: PathBuf,
    /// URL of the shop's Redis, instead of the one noted in the data folder.
    #[arg(long, env = "STREAMWARD_REDIS", hide_env_values = true)]
    pub redis: Option<String>,
    /// URL of the shop's API, instead of the one noted in the data folder.
    #[arg(long, env = "STREAMWARD_API")]
    pub api: Option<String>,
    /// Prefix of the shop's keys, instead of the one noted in the data folder (else `sw`).
    #[arg(long, env = "STREAMWARD_NAMESPACE")]
    pub namespace: Option<String>,
}

impl Location {
    /// Returns the location of the shop on a data folder.
    pub fn at(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            redis: None,
            api: None,
            namespace: None,
        }
    }

    /// Reads `run.json`; fails when no shop runs on the data folder, and blames `flag` for it.
    pub fn run_file(&self, flag: &'static str) -> Result<RunFile> {
        let file: Option<RunFile> = data_dir::read(&DataDir::at(&self.data).run_file())?;
        let data = self.data.display();
        let problem = match file {
            None => format!("no shop runs on {data} (no run.json there)"),
            Some(file) => match file.staleness() {
                None => return Ok(file),
                Some(stale) => format!("no shop runs on {data} (its run.json is stale: {stale})"),
            },
        };
        Err(BadSetting::new(flag, problem).into())
    }

    /// Returns the URL of the shop's Redis.
    pub fn redis_url(&self) -> Result<String> {
        match &self.redis {
            Some(url) => Ok(url.clone()),
            None => Ok(self.run_file("--data or --redis")?.redis),
        }
    }

    /// Returns the URL of the shop's API.
    pub fn api_url(&self) -> Result<String> {
        match &self.api {
            Some(url) => Ok(url.trim_end_matches('/').to_owned()),
            None => Ok(self.run_file("--data or --api")?.api),
        }
    }

    /// Reads `admin.json`.
    pub fn admin_file(&self) -> Result<AdminFile> {
        let path = DataDir::at(&self.data).admin_file();
        let missing = || BadSetting::new("--data", format!("there is no {}", path.display()));
        Ok(data_dir::read(&path)?.ok_or_else(missing)?)
    }

    /// Returns the prefix of the shop's keys.
    pub fn namespace(&self) -> Result<String> {
        if let Some(name) = &self.namespace {
            return Ok(name.clone());
        }
        // The data folder does not record a Redis that the command line names.
        let file: Option<RunFile> = match &self.redis {
            Some(_) => None,
            None => data_dir::read(&DataDir::at(&self.data).run_file())?,
        };
        Ok(file.map_or_else(|| Namespace::default().to_string(), |file| file.namespace))
    }

    /// Opens the shop with the partitions it was set up with.
    pub async fn runtime(&self) -> Result<Runtime> {
        self.open(None).await
    }

    /// Opens the shop; one that has never started gets one partition.
    pub async fn runtime_to_fill(&self) -> Result<Runtime> {
        self.open(Some(1)).await
    }

    async fn open(&self, partitions: Option<u16>) -> Result<Runtime> {
        let url = self.redis_url()?;
        let shown = redacted(&url);
        let unreachable = || format!("redis at {shown}");
        let server = Server::new(&url).map_err(BadSetting::of("--redis"))?;
        let namespace = Namespace::new(&self.namespace()?);
        let namespace = namespace.map_err(BadSetting::of("--namespace"))?;
        let mut get = redis::cmd("HGET");
        get.arg(namespace.partition(0).key(&["meta"]))
            .arg("partitions");
        let recorded: Option<u16> = get
            .query_async(&mut server.link())
            .await
            .with_context(unreachable)?;
        let Some(partitions) = recorded.or(partitions) else {
            let problem =
                format!("there is no shop in namespace {namespace} of the redis at {shown}");
            return Err(BadSetting::new("--redis or --namespace", problem).into());
        };
        let opened = Runtime::open(server, &namespace, partitions).await;
        let runtime = opened.with_context(unreachable)?;
        store::layout::claim(&runtime).await?;
        Ok(runtime)
    }
}

/// Returns what may be shown of a URL: scheme and host, and the path of a unix socket.
///
/// Passwords may contain any character, also unescaped: a URL whose host cannot be told from them is
/// shown by its scheme.
pub fn redacted(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let path = after.split(['?', '#']).next().unwrap_or_default();
    if authority.is_empty() && scheme.contains("unix") {
        return scheme + path;
    }
    if after.contains('@') {
        return scheme + "***";
    }
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}***@{host}"),
        None => scheme + authority,
    }
}

/// Reads the process id of the redis-server.
pub async fn redis_pid(runtime: &Runtime) -> Result<u32> {
    let info = runtime.server().info("server").await?;
    let pid = info.get("process_id").and_then(|pid| pid.parse().ok());
    pid.context("process_id")
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn a_shown_url_has_no_password() {
        for (url, shown) in [
            ("redis://127.0.0.1:6379/1", "redis://127.0.0.1:6379"),
            ("redis://ada:s3cret@host:6379/1", "redis://***@host:6379"),
            ("rediss://:s3@cret@host", "rediss://***@host"),
            ("redis://:s3/cret@host", "redis://***"),
            ("redis://:s3?cret@host", "redis://***"),
            (
                "https://sms.example/send?apikey=s3cret",
                "https://sms.example",
            ),
            ("https://sms.example/s3cret", "https://sms.example"),
            ("https://sms.example/send?apikey=a@s3cret", "https://***"),
            (
                "redis+unix:///tmp/r.sock?user=a&pass=s3cret&db=1",
                "redis+unix:///tmp/r.sock",
            ),
            ("s3cret@host", "***@host"),
        ] {
            assert_eq!(redacted(url), shown);
        }
    }
}
