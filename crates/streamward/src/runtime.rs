//! A checked connection to the server: the ground every consumer and producer stands on.

use std::sync::Arc;

use redis::aio::ConnectionLike;

use crate::{
    error::{Error, Result},
    keys::{Namespace, Partition},
    server::Server,
};

/// The oldest server whose stream commands behave as the scripts expect.
const OLDEST: (u32, u32) = (7, 0);

/// A server whose settings are known to be safe, a namespace and its partitions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime {
    server: Server,
    partitions: Arc<[Partition]>,
}

impl Runtime {
    /// Checks the server, and records or compares the number of partitions.
    ///
    /// # Errors
    /// [`Error::Server`] naming the setting when the server is too old, may evict keys, or already
    /// holds this namespace with another number of partitions. [`Error::Redis`] when it cannot be
    /// reached.
    pub async fn open(server: Server, namespace: &Namespace, partitions: u16) -> Result<Self> {
        if partitions == 0 {
            let problem = "it is 0 and must be at least 1".to_owned();
            return Err(Error::Server {
                setting: "partitions",
                problem,
            });
        }
        let mut link = server.link();
        let info: String = redis::cmd("INFO").query_async(&mut link).await?;
        check_server(&info)?;
        let first = namespace.partition(0);
        record_partitions(&mut link, &first, partitions).await?;
        let partitions = (0..partitions)
            .map(|index| namespace.partition(index))
            .collect();
        Ok(Self { server, partitions })
    }

    /// The server.
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// All partitions.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// Partition `index`, or `None` when the namespace has fewer.
    pub fn partition(&self, index: u16) -> Option<&Partition> {
        self.partitions.get(usize::from(index))
    }

    /// How many partitions there are.
    pub fn partition_count(&self) -> u16 {
        u16::try_from(self.partitions.len()).unwrap_or(u16::MAX)
    }
}

/// Reads one field of an INFO text.
pub fn info_field<'a>(info: &'a str, field: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .map(str::trim)
}

fn check_server(info: &str) -> Result<()> {
    let version = info_field(info, "redis_version").unwrap_or("0");
    let mut numbers = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        let problem = format!(
            "it is {version} and must be {}.{} or newer",
            OLDEST.0, OLDEST.1
        );
        return Err(Error::Server {
            setting: "redis_version",
            problem,
        });
    }
    match info_field(info, "maxmemory_policy") {
        None | Some("noeviction") => Ok(()),
        Some(policy) => Err(Error::Server {
            setting: "maxmemory-policy",
            problem: format!("it is {policy} and must be noeviction: an evicted stream is lost"),
        }),
    }
}

async fn record_partitions(
    link: &mut (impl ConnectionLike + Send),
    first: &Partition,
    partitions: u16,
) -> Result<()> {
    let key = first.key(&["meta"]);
    let mut pipe = redis::pipe();
    pipe.cmd("HSETNX")
        .arg(&key)
        .arg("partitions")
        .arg(partitions)
        .ignore();
    pipe.cmd("HGET").arg(&key).arg("partitions");
    let (recorded,): (u16,) = pipe.query_async(link).await?;
    if recorded == partitions {
        return Ok(());
    }
    let problem = format!(
        "it is {partitions}, but {key} says that this namespace was set up with {recorded}"
    );
    Err(Error::Server {
        setting: "partitions",
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_evicts_or_is_too_old_is_refused_by_name() {
        let good = "redis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\n";
        assert!(check_server(good).is_ok());
        let evicting = "redis_version:7.0.15\r\nmaxmemory_policy:allkeys-lru\r\n";
        assert!(
            check_server(evicting)
                .unwrap_err()
                .to_string()
                .contains("maxmemory-policy")
        );
        let old = "redis_version:6.2.14\r\nmaxmemory_policy:noeviction\r\n";
        assert!(
            check_server(old)
                .unwrap_err()
                .to_string()
                .contains("redis_version")
        );
    }
}
