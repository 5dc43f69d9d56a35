//! A lead: something that one process at a time does.

use std::{sync::Arc, time::Duration};

use redis::aio::ConnectionLike;

use crate::{consumer::next_name, error::Result, scripts, server::Server};

/// A process' claim to a lead; it lasts for a time to live unless it is taken again.
#[derive(Clone, Debug)]
pub struct Lead {
    server: Server,
    key: String,
    holder: Arc<str>,
    ttl: Duration,
}

impl Lead {
    /// A claim to the lead that `key` names, for `ttl` at a time, under a name that nobody else has.
    pub fn new(server: Server, key: String, what: &str, ttl: Duration) -> Self {
        Self {
            server,
            key,
            holder: next_name(what).into(),
            ttl,
        }
    }

    /// The name of this claim, which no other has.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Takes or keeps the lead; says whether this process has it.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn take(&self) -> Result<bool> {
        let ttl = u64::try_from(self.ttl.as_millis()).unwrap_or(u64::MAX);
        self.ask(ttl).await
    }

    /// Gives it back, if this process has it.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn give_back(&self) -> Result<()> {
        self.ask(0).await.map(drop)
    }

    async fn ask(&self, ttl_ms: u64) -> Result<bool> {
        hold_lead(&mut self.server.link(), &self.key, &self.holder, ttl_ms).await
    }
}

/// Takes or keeps the lead that `key` names for `ttl_ms`, or gives it back when that is 0. Returns
/// whether `holder` has it.
pub(crate) async fn hold_lead(
    link: &mut (impl ConnectionLike + Send),
    key: &str,
    holder: &str,
    ttl_ms: u64,
) -> Result<bool> {
    let reply = scripts::TAKE_LEADERSHIP
        .call(&[key])
        .arg(holder)
        .arg(ttl_ms)
        .run(link)
        .await?;
    match reply.tag() {
        "LEADS" => Ok(true),
        "FOLLOWS" => Ok(false),
        _ => Err(reply.unexpected()),
    }
}
