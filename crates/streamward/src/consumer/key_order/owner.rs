//! The owner: the one process that reads a partition whose keys are handled in order.
//!
//! Two processes that read the same group could handle two entries of one key at once, and no lock in
//! either would know. So one process at a time owns the partition; when it dies, the next owner first
//! walks over the pending entries, in their order, so that no newer entry overtakes them.

use std::{sync::Arc, time::Duration};

use redis::Value;
use tokio::time::Instant;

use super::{KeyOrder, Place, pending::PendingWalk};
use crate::{
    consumer::{
        connection::Connection, read::flow_control::FlowControl, role::Role, work::lease::Leases,
    },
    error::Result,
    leadership::Leadership,
};

/// Entries per look.
const PAGE: usize = 100;

/// The owner of one partition, or a candidate for it.
pub(crate) struct Owner {
    pub(crate) connection: Connection,
    pub(crate) flow: Arc<FlowControl>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) leadership: Leadership,
    pub(crate) ttl: Duration,
}

impl Owner {
    /// Takes or keeps the partition. Returns whether this process owns it now.
    pub(crate) async fn own(&self) -> Result<bool> {
        let Some(order) = &self.flow.key_order else {
            return Ok(true);
        };
        if !order.is_owned() && order.end_ownership() {
            self.step_back(order);
        }
        let mut asked = Instant::now();
        // A server that does not answer must not keep this process from noticing the end.
        let owns = match tokio::time::timeout_at(asked + self.ttl, self.leadership.take()).await {
            Ok(answer) => answer?,
            Err(_) => false,
        };
        if !owns {
            if order.end_ownership() {
                self.step_back(order);
            }
            return Ok(false);
        }
        if !order.is_owned() {
            match self.prepare(order).await? {
                Some(last) => asked = last,
                None => return Ok(false),
            }
            let service = &*self.connection.identity.service;
            tracing::info!(service, "owns the partition");
        }
        order.own_until(asked + self.ttl);
        self.forget_settled(order).await?;
        Ok(true)
    }

    /// Gives everything up: another process may own the partition.
    fn step_back(&self, order: &KeyOrder) {
        let service = &*self.connection.identity.service;
        tracing::warn!(service, "lost the partition");
        self.leases.in_flight.lose_all();
        order.clear();
    }

    /// Keeps a place for everything that is pending, and the leadership meanwhile, however long that
    /// takes. Returns when it last requested the leadership, or nothing when it was lost.
    async fn prepare(&self, order: &KeyOrder) -> Result<Option<Instant>> {
        let mut walk = PendingWalk::new(&self.connection, order);
        loop {
            let asked = Instant::now();
            if !self.leadership.take().await? {
                return Ok(None);
            }
            if !walk.next_page().await? {
                return Ok(Some(asked));
            }
        }
    }

    /// Releases the keys of entries that were settled elsewhere: they must not wait for ever.
    async fn forget_settled(&self, order: &KeyOrder) -> Result<()> {
        let (identity, in_flight) = (&self.connection.identity, &self.leases.in_flight);
        let heads = order.heads();
        let waiting: Vec<&Place> = heads
            .iter()
            .filter(|(stream, id)| !in_flight.contains(*stream, id))
            .collect();
        for page in waiting.chunks(PAGE) {
            let mut pipe = redis::pipe();
            for (stream, id) in page {
                pipe.cmd("XPENDING")
                    .arg(&*identity.streams[*stream])
                    .arg(&*identity.service)
                    .arg(&[id, id])
                    .arg(1);
            }
            let rows: Vec<Vec<Value>> = pipe.query_async(&mut self.connection.link()).await?;
            for ((stream, id), rows) in page.iter().zip(rows) {
                if rows.is_empty() && !in_flight.contains(*stream, id) {
                    self.flow.release_key(*stream, id.clone());
                }
            }
        }
        Ok(())
    }
}

impl Role for Owner {
    const NAME: &'static str = "owner";

    fn every(&self) -> Duration {
        self.ttl / 3
    }

    async fn run_once(&mut self) -> Result<usize> {
        self.own().await.map(usize::from)
    }

    async fn leave(&mut self) -> Result<()> {
        if let Some(order) = &self.flow.key_order {
            order.end_ownership();
        }
        self.leadership.give_back().await
    }
}
