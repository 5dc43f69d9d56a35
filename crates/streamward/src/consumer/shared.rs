//! What the roles of one consumer share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Mutex as AsyncMutex, mpsc};

use crate::consumer::{
    identity, key_order::KeyOrder, key_order::owner::Ownership, options::Options,
    read::throttle::Throttle, work::disposition::Disposition, work::in_flight::InFlight,
    work::poison::Poison, work::slots::Slots,
};
use crate::{
    clock,
    error::{Error, Remedy, Result, remedy},
    groups,
    keys::Partition,
    metrics::ConsumerMetrics,
    server::{Link, Server},
};

/// Verdicts that may wait for the settler before workers have to.
const QUEUED_DISPOSITIONS: usize = 4096;
/// Deliveries that may wait for their turn before nothing more is read.
const MOST_WAITING: usize = 1024;

/// A consumer of one partition: its identity, its streams, and the state its roles share.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) server: Server,
    pub(crate) partition: Partition,
    pub(crate) group: Arc<str>,
    pub(crate) consumer: Arc<str>,
    /// Unix milliseconds at which this consumer was made; its sign of life says so.
    since_ms: u64,
    /// Keys of the streams it reads; the last one is its inbox.
    pub(crate) streams: Vec<Arc<str>>,
    pub(crate) slots: Slots,
    pub(crate) metrics: ConsumerMetrics,
    pub(crate) dispositions: mpsc::Sender<Disposition>,
    pub(crate) disposition_queue: AsyncMutex<mpsc::Receiver<Disposition>>,
    /// Held while entries move between "pending in Redis" and "in flight here".
    pub(crate) claiming: AsyncMutex<()>,
    pub(crate) in_flight: InFlight,
    pub(crate) poison: Poison,
    /// For a consumer that keeps the order of each key.
    pub(crate) key_order: Option<KeyOrder>,
    pub(crate) throttle: Option<Throttle>,
    recover: AtomicBool,
    draining: AtomicBool,
    /// For a consumer that one process at a time reads for.
    pub(crate) ownership: Option<Ownership>,
}

impl Shared {
    pub(crate) fn new(options: Options, server: Server, partition: Partition) -> Arc<Self> {
        let service = Arc::clone(&options.service);
        let (dispositions, disposition_queue) = mpsc::channel(QUEUED_DISPOSITIONS);
        let inbox = partition.inbox(&service);
        let streams = options
            .reads
            .iter()
            .map(|name| partition.stream(name))
            .chain([inbox]);
        Arc::new(Self {
            consumer: identity::next_name(&service).into(),
            since_ms: clock::now_ms(),
            streams: streams.map(Into::into).collect(),
            metrics: ConsumerMetrics::new(&service),
            group: service,
            server,
            partition,
            slots: Slots::default(),
            dispositions,
            disposition_queue: AsyncMutex::new(disposition_queue),
            claiming: AsyncMutex::new(()),
            in_flight: InFlight::over(options.reads.len() + 1),
            poison: Poison::default(),
            key_order: options.ordered.then(KeyOrder::default),
            throttle: options.per_second.map(Throttle::new),
            recover: AtomicBool::new(true),
            draining: AtomicBool::new(false),
            ownership: options.ordered.then(Ownership::default),
            options,
        })
    }

    pub(crate) fn link(&self) -> Link {
        self.server.link()
    }

    pub(crate) fn service(&self) -> &str {
        &self.options.service
    }

    /// The lease in milliseconds.
    pub(crate) fn lease_ms(&self) -> u64 {
        millis(self.options.lease)
    }

    /// Whether entry `id` of stream number `stream` is being handled here.
    pub(crate) fn is_in_flight(&self, stream: usize, id: &str) -> bool {
        self.holds(stream, id).is_some()
    }

    /// The delivery count under which an entry is held here, if it is.
    pub(crate) fn holds(&self, stream: usize, id: &str) -> Option<u32> {
        self.in_flight.deliveries(stream, id)
    }

    /// Whether what is read here may be handled here.
    pub(crate) fn may_read(&self) -> bool {
        self.ownership.as_ref().is_none_or(Ownership::holds)
    }

    /// How many new entries may be read now. Where entries wait for their turn, no more are read than
    /// may wait; what they wait for is claimed all the same.
    pub(crate) fn room_to_read(&self) -> usize {
        let most = self.options.max_parked;
        let crowded = |key_order: &KeyOrder| {
            key_order.waiting() >= MOST_WAITING || key_order.places() >= most
        };
        if self.key_order.as_ref().is_some_and(crowded) {
            return 0;
        }
        self.room()
    }

    /// How many deliveries may start now.
    pub(crate) fn room(&self) -> usize {
        if !self.may_read() {
            return 0;
        }
        let free = self.slots.free();
        let allowed = self.throttle.as_ref().map(Throttle::available);
        allowed.map_or(free, |allowed| allowed.min(free))
    }

    /// How long it makes sense to wait before asking for room again, if that is known.
    pub(crate) fn room_in(&self) -> Option<Duration> {
        let throttle = self.throttle.as_ref()?;
        (throttle.available() == 0).then(|| throttle.ready_in())
    }

    /// Settles entries that nobody here wants.
    pub(crate) async fn skip(&self, stream: usize, ids: Vec<String>) {
        self.metrics.skipped.increment(ids.len() as u64);
        self.file(Disposition::Skipped { stream, ids }).await;
    }

    /// Hands a disposition to the settler, which holds the other end as long as this consumer exists.
    pub(crate) async fn file(&self, disposition: Disposition) {
        if self.dispositions.send(disposition).await.is_err() {
            self.request_recovery();
        }
    }

    /// Raises the alarm when entries were deleted that this group had not settled.
    pub(crate) fn count_lost(&self, entries: usize) {
        if entries > 0 {
            let service = self.service();
            tracing::error!(
                service,
                entries,
                "entries were deleted before they were settled"
            );
            self.metrics.lost.increment(entries as u64);
        }
    }

    /// Asks for a look at this consumer's pending entries: some may have been lost in this process.
    pub(crate) fn request_recovery(&self) {
        self.recover.store(true, Ordering::Release);
    }

    /// Whether a recovery was asked for since the last call.
    pub(crate) fn take_recovery(&self) -> bool {
        self.recover.swap(false, Ordering::AcqRel)
    }

    /// Jobs may start (again): after a restart of all roles the end of their last run is over.
    pub(crate) fn start_reading(&self) {
        self.draining.store(false, Ordering::Release);
        self.slots.open();
    }

    pub(crate) fn start_draining(&self) {
        self.draining.store(true, Ordering::Release);
        self.slots.close();
        self.key_order
            .as_ref()
            .inspect(|key_order| key_order.clear());
        self.ownership.as_ref().map(Ownership::end);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Writes the sign of life. Without it the entries of this consumer are taken away.
    pub(crate) async fn write_heartbeat(&self) -> Result<()> {
        let key = self.partition.alive(self.service(), &self.consumer);
        let mut set = redis::cmd("SET");
        set.arg(key)
            .arg(self.since_ms)
            .arg("PX")
            .arg(millis(self.options.heartbeat));
        Ok(set.query_async(&mut self.link()).await?)
    }

    /// Creates the groups this consumer reads with.
    pub(crate) async fn ensure_groups(&self) -> Result<()> {
        groups::ensure(
            &mut self.link(),
            &self.partition,
            &self.group,
            &self.streams,
        )
        .await
    }

    /// Heals what a role's failed pass over Redis allows to heal, and passes the rest on, so that
    /// the role crashes and its supervisor decides.
    pub(crate) async fn recover_from(&self, role: &'static str, error: Error) -> Result<()> {
        let service = self.service();
        if let Error::Redis(redis) = &error
            && remedy(redis) == Remedy::RecreateGroup
        {
            tracing::warn!(service, role, %error, "group is gone: creating it again");
            // A failover may take the connection meanwhile; the next pass tries again.
            return match self.ensure_groups().await {
                Err(error) if error.is_transient() => Ok(()),
                other => other,
            };
        }
        if error.is_transient() {
            tracing::warn!(service, role, %error, "redis does not answer: trying again");
            return Ok(());
        }
        Err(error)
    }
}

/// Whole milliseconds of a duration.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
