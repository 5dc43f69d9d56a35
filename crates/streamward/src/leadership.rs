//! Leadership: work that one process at a time does.

use std::{sync::Arc, time::Duration};

use redis::aio::ConnectionLike;

use crate::{consumer::next_name, error::Result, scripts, server::Server};

/// A candidate for a leadership. A leadership that is not taken again expires.
#[derive(Clone, Debug)]
pub struct Leadership {
    server: Server,
    key: String,
    holder: Arc<str>,
    ttl: Duration,
}

impl Leadership {
    /// A candidate for the leadership at `key`, for `ttl` at a time, under a unique name that begins
    /// with `what`.
    pub fn new(server: Server, key: String, what: &str, ttl: Duration) -> Self {
        Self {
            server,
            key,
            holder: next_name(what).into(),
            ttl,
        }
    }

    /// Unique name of this candidate.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Takes or extends the leadership; returns whether this candidate leads.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn take(&self) -> Result<bool> {
        let ttl = u64::try_from(self.ttl.as_millis()).unwrap_or(u64::MAX);
        self.hold(ttl).await
    }

    /// Gives the leadership back, if this candidate leads.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn give_back(&self) -> Result<()> {
        self.hold(0).await.map(drop)
    }

    async fn hold(&self, ttl_ms: u64) -> Result<bool> {
        hold_leadership(&mut self.server.link(), &self.key, &self.holder, ttl_ms).await
    }
}

/// Takes or extends the leadership at `key` for `ttl_ms`, or gives it back when that is 0. Returns
/// whether `holder` leads.
pub(crate) async fn hold_leadership(
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
