//! The seam between the runtime and a service: a handler of deliveries.

use std::{fmt, future::Future, sync::Arc};

use crate::{entry::RawEntry, message::Undecodable, outcome::Outcome, trace::TraceParent};

/// What a consumer wants from its streams, usually an enum with one variant per message type.
pub trait Inbound: Sized + Send + 'static {
    /// Whether messages of this type concern the consumer. Others are acknowledged unseen.
    fn wants(kind: &str) -> bool;

    /// Decodes a wanted message. Called inside the supervised attempt.
    ///
    /// # Errors
    /// [`Undecodable`]: the entry becomes a dead letter, or waits for a newer process.
    fn decode(kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable>;
}

/// Handles deliveries. One value serves all workers of a consumer concurrently.
pub trait Handler: Send + Sync + 'static {
    /// The messages it handles.
    type Message: Inbound;

    /// Handles one delivery.
    ///
    /// It may be called again for the same entry: after a crash between an effect and its
    /// acknowledgement, or when this process was believed dead. Effects inside Redis belong into
    /// the step script that acknowledges the entry; effects outside need an idempotency key.
    fn handle(
        &self,
        message: Self::Message,
        delivery: &Delivery,
    ) -> impl Future<Output = Outcome> + Send;
}

/// What a step script needs to settle a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The stream's key.
    pub stream: Arc<str>,
    /// The consumer group.
    pub group: Arc<str>,
    /// The consumer that holds the entry.
    pub consumer: Arc<str>,
    /// The entry's id.
    pub id: String,
    /// How often Redis has delivered the entry; the fence against a later owner.
    pub deliveries: u32,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.stream, self.id)
    }
}

/// One delivery of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How to settle it.
    pub receipt: Receipt,
    /// The entry as it was read.
    pub entry: RawEntry,
    /// Errors recorded so far; 0 for the first attempt.
    pub attempts: u32,
}

impl Delivery {
    /// What the entry is about, for example an order id.
    pub fn key(&self) -> &str {
        self.entry.key()
    }

    /// Whether the entry was delivered before, so that an earlier handler may have left effects. A
    /// replayed dead letter was, and so was an entry that comes back from the delay queue.
    pub fn is_redelivery(&self) -> bool {
        let returned = |field| self.entry.field(field).is_some();
        self.receipt.deliveries > 1 || returned("dead.lineage") || returned("retry.first")
    }

    /// The trace this delivery belongs to.
    pub fn trace(&self) -> TraceParent {
        self.entry.trace()
    }
}
