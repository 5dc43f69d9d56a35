//! A lead: something that one process of a service does at a time.

use std::{sync::Arc, time::Duration};

use super::shared::{Shared, millis};
use crate::{error::Result, scripts};

/// This process' claim to a lead; it lasts for a time to live unless it is taken again.
pub(crate) struct Lead {
    shared: Arc<Shared>,
    key: String,
    ttl: Duration,
}

impl Lead {
    pub(crate) fn new(shared: &Arc<Shared>, what: &str, ttl: Duration) -> Self {
        Self {
            key: shared.partition.lead(shared.service(), what),
            shared: Arc::clone(shared),
            ttl,
        }
    }

    /// Takes or keeps the lead; says whether this process has it.
    pub(crate) async fn take(&self) -> Result<bool> {
        self.ask(millis(self.ttl)).await
    }

    /// Gives it back, if this process has it.
    pub(crate) async fn give_back(&self) -> Result<()> {
        self.ask(0).await.map(drop)
    }

    async fn ask(&self, ttl_ms: u64) -> Result<bool> {
        let shared = &self.shared;
        let reply = scripts::LEAD
            .call(&[&self.key])
            .arg(&*shared.consumer)
            .arg(ttl_ms)
            .run(&mut shared.link())
            .await?;
        match reply.tag() {
            "LEADS" => Ok(true),
            "FOLLOWS" => Ok(false),
            _ => Err(reply.unexpected()),
        }
    }
}
