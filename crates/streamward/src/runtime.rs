//! A checked server, its namespace and its partitions: the start of every consumer and producer.

use std::{collections::BTreeMap, sync::Arc};

use redis::aio::ConnectionLike;
use sha2::{Digest, Sha256};

use crate::{
    clock,
    error::{Error, Result},
    keys::{Namespace, Partition, check_stream},
    message::Message,
    producer,
    server::Server,
    trace::TraceParent,
};

/// Oldest server whose stream commands behave as the scripts expect.
const OLDEST: (u32, u32) = (7, 0);

/// A server with safe settings, a namespace and its partitions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime {
    server: Server,
    partitions: Arc<[Partition]>,
}

impl Runtime {
    /// Connects to the server at `url` (`redis://`, `rediss://`, `redis+unix:///path`), with the
    /// default namespace and one partition.
    ///
    /// # Errors
    /// [`Runtime::open`] has the list.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::open(Server::new(url)?, &Namespace::default(), 1).await
    }

    /// Appends `message` to `stream`, in the partition of `key`, and returns the id of the entry.
    ///
    /// Messages of one key share a partition, so an ordered consumer handles them in their order. The
    /// entry starts a trace; [`crate::send`] continues one.
    ///
    /// A call that timed out may have written the entry: send it again only if its consumers are
    /// idempotent.
    ///
    /// # Errors
    /// [`Error::KeyPart`] when `stream` is not a valid name, [`Error::Pack`] or [`Error::Redis`].
    pub async fn send<M: Message>(&self, stream: &str, key: &str, message: &M) -> Result<String> {
        check_stream(stream)?;
        let stream = self.partition_of(key).stream(stream);
        let mut link = self.server.link();
        producer::send(&mut link, &stream, key, TraceParent::start(), message).await
    }

    /// The partition of `key`: the first 8 bytes of its SHA-256, modulo the number of partitions.
    fn partition_of(&self, key: &str) -> &Partition {
        let digest = Sha256::digest(key);
        let hash = digest
            .iter()
            .take(8)
            .fold(0, |hash: u64, byte| (hash << 8) | u64::from(*byte));
        let index = hash % u64::from(self.partition_count());
        &self.partitions[usize::try_from(index).unwrap_or(0)]
    }

    /// Checks the server, and records or compares the number of partitions.
    ///
    /// # Errors
    /// [`Error::Server`] naming the setting when the server is too old, may evict keys, or already
    /// holds this namespace with another number of partitions. [`Error::Redis`] when it cannot be
    /// reached.
    pub async fn open(server: Server, namespace: &Namespace, partitions: u16) -> Result<Self> {
        if partitions == 0 {
            let problem = "it is 0 and must be at least 1";
            return Err(Error::setting("partitions", problem));
        }
        let mut link = server.link();
        clock::measure(&server).await?;
        check_server(&server.info("default").await?)?;
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

    /// Number of partitions.
    pub fn partition_count(&self) -> u16 {
        u16::try_from(self.partitions.len()).unwrap_or(u16::MAX)
    }
}

fn check_server(info: &BTreeMap<String, String>) -> Result<()> {
    let field = |name| info.get(name).map(String::as_str);
    let version = field("redis_version").unwrap_or("0");
    let mut numbers = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        let problem = format!(
            "it is {version} and must be {}.{} or newer",
            OLDEST.0, OLDEST.1
        );
        return Err(Error::setting("redis_version", problem));
    }
    match field("maxmemory_policy") {
        None | Some("noeviction") => Ok(()),
        Some(policy) => Err(Error::setting(
            "maxmemory-policy",
            format!("it is {policy} and must be noeviction: an evicted stream is lost"),
        )),
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
    Err(Error::setting("partitions", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(version: &str, policy: &str) -> BTreeMap<String, String> {
        let fields = [("redis_version", version), ("maxmemory_policy", policy)];
        let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        owned.into()
    }

    #[test]
    fn a_server_that_evicts_or_is_too_old_is_refused_by_name() {
        let good = info("7.0.15", "noeviction");
        assert!(check_server(&good).is_ok());
        let evicting = info("7.0.15", "allkeys-lru");
        assert!(
            check_server(&evicting)
                .unwrap_err()
                .to_string()
                .contains("maxmemory-policy")
        );
        let old = info("6.2.14", "noeviction");
        assert!(
            check_server(&old)
                .unwrap_err()
                .to_string()
                .contains("redis_version")
        );
    }
}
