//! The interface between the runtime and a service: a handler of deliveries.

use std::{fmt, future::Future, sync::Arc};

use crate::{entry::RawEntry, message::Undecodable, outcome::Outcome, trace::TraceParent};

/// Messages that a consumer handles: a [`Message`](crate::Message), or an enum that
/// [`inbound!`](crate::inbound) defines.
pub trait Inbound: Sized + Send + 'static {
    /// Whether the consumer handles messages of this type. Others are acknowledged without a call.
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
    /// The same entry may be delivered again: after a crash between an effect and its
    /// acknowledgement, or when this process was believed dead. Effects inside Redis belong into
    /// the step script that acknowledges the entry; effects outside need an idempotency key.
    fn handle(
        &self,
        message: Self::Message,
        delivery: &Delivery,
    ) -> impl Future<Output = Outcome> + Send;
}

/// Arguments that a step script needs to settle a delivery.
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
    /// Delivery count of Redis; the fence against a later owner.
    pub deliveries: u32,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.stream, self.id)
    }
}

/// A delivery of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Receipt to settle it with.
    pub receipt: Receipt,
    /// The entry as it was read.
    pub entry: RawEntry,
    /// Errors recorded so far; 0 for the first attempt.
    pub attempts: u32,
}

impl Delivery {
    /// Key of the entry, for example an order id.
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
