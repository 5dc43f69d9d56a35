//! The identity of a consumer: its group, its name in the group, and the streams it reads.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

use crate::{clock, keys::Partition, metrics::ConsumerMetrics};

/// Boot-unique: two processes on one host, or one host started twice, never share a name.
static BOOT: LazyLock<String> = LazyLock::new(|| {
    let host = hostname();
    let boot = ulid::Ulid::from_parts(clock::now_ms(), rand::random()).to_string();
    // Ten characters of the millisecond and three random ones. The name is part of every delivery's
    // line in the append-only file, so each further character costs disk on each delivery.
    format!("{host}#{}", boot[..13].to_lowercase())
});

/// Numbers the consumers of this process.
static SLOT: AtomicU32 = AtomicU32::new(0);

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let name: String = name.trim().chars().filter(plain).take(48).collect();
    if name.is_empty() {
        "host".to_owned()
    } else {
        name
    }
}

/// Returns a new consumer name of `service`: `<service>@<host>#<boot>-<slot>`, never given twice.
pub(crate) fn next_name(service: &str) -> String {
    let slot = SLOT.fetch_add(1, Ordering::Relaxed);
    format!("{service}@{}-{slot}", *BOOT)
}

/// Identity of a consumer of one partition, as named in Redis and the metrics.
pub(crate) struct Identity {
    /// The service, which is also the name of the consumer group.
    pub(crate) service: Arc<str>,
    /// The boot-unique name in the group.
    pub(crate) consumer: Arc<str>,
    /// Unix milliseconds of its start, the value of its heartbeat key.
    pub(crate) since_ms: u64,
    pub(crate) partition: Partition,
    /// Keys of the streams it reads: first those on demand, last its inbox.
    pub(crate) streams: Vec<Arc<str>>,
    /// For each stream on demand, whether it may have a group: entries may be pending there after the
    /// demand has ended.
    subscribed: Vec<AtomicBool>,
    /// Unix milliseconds since when those are wanted; 0 while they are not.
    wanted_since_ms: AtomicU64,
    pub(crate) metrics: ConsumerMetrics,
}

impl Identity {
    /// The consumer named `consumer` that reads the streams `reads`, its own inbox and, while they are
    /// wanted, the streams `on_demand`.
    pub(crate) fn new(
        service: &Arc<str>,
        consumer: String,
        since_ms: u64,
        partition: Partition,
        reads: &[String],
        on_demand: &[String],
    ) -> Self {
        let streams = on_demand
            .iter()
            .chain(reads)
            .map(|name| partition.stream(name));
        let streams = streams.chain([partition.inbox(service)]);
        Self {
            streams: streams.map(Into::into).collect(),
            subscribed: on_demand.iter().map(|_| AtomicBool::new(false)).collect(),
            wanted_since_ms: AtomicU64::new(0),
            metrics: ConsumerMetrics::new(service),
            service: Arc::clone(service),
            consumer: consumer.into(),
            since_ms,
            partition,
        }
    }

    /// The streams that new entries are read from now.
    pub(crate) fn read_now(&self) -> &[Arc<str>] {
        let left_out = if self.is_wanted() {
            0
        } else {
            self.subscribed.len()
        };
        &self.streams[left_out..]
    }

    /// The streams that the group may be on, with their numbers.
    pub(crate) fn subscribed(&self) -> impl Iterator<Item = (usize, &Arc<str>)> {
        let streams = self.streams.iter().enumerate();
        streams.filter(|(number, _)| self.is_subscribed(*number))
    }

    /// Whether the group may be on stream number `stream`.
    pub(crate) fn is_subscribed(&self, stream: usize) -> bool {
        let on_demand = self.subscribed.get(stream);
        on_demand.is_none_or(|subscribed| subscribed.load(Ordering::Acquire))
    }

    /// Notes whether the group may be on stream number `stream`, one of those on demand.
    pub(crate) fn subscribe(&self, stream: usize, subscribed: bool) {
        if let Some(known) = self.subscribed.get(stream) {
            known.store(subscribed, Ordering::Release);
        }
    }

    /// The streams that it receives only while they are wanted.
    pub(crate) fn on_demand(&self) -> &[Arc<str>] {
        &self.streams[..self.subscribed.len()]
    }

    /// Unix milliseconds since when the streams on demand are wanted; 0 while they are not.
    pub(crate) fn wanted_since_ms(&self) -> u64 {
        self.wanted_since_ms.load(Ordering::Acquire)
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted_since_ms() != 0
    }

    pub(crate) fn want_since(&self, ms: u64) {
        self.wanted_since_ms.store(ms, Ordering::Release);
    }

    /// Number of the stream with this key.
    pub(crate) fn stream_number(&self, key: &str) -> Option<usize> {
        self.streams.iter().position(|known| **known == *key)
    }

    /// Whether only this service reads the stream. The runtime's own fields - `retry.*`, `dead.*` -
    /// are trusted there only: every producer may write into the other streams.
    pub(crate) fn is_inbox(&self, stream: usize) -> bool {
        stream + 1 == self.streams.len()
    }

    /// Number of the consumer in its process, from its name.
    pub(crate) fn slot(&self) -> u32 {
        let slot = self.consumer.rsplit('-').next();
        slot.and_then(|slot| slot.parse().ok()).unwrap_or(0)
    }

    /// Key of the error histories.
    pub(crate) fn attempts_key(&self) -> String {
        self.partition.attempts(&self.service)
    }

    /// Key of the heartbeat of `consumer`, a consumer of the same service.
    pub(crate) fn alive_key(&self, consumer: &str) -> String {
        self.partition.alive(&self.service, consumer)
    }

    /// Raises the alarm when entries were deleted that this group had not settled.
    pub(crate) fn count_lost(&self, entries: usize) {
        if entries > 0 {
            let service = &*self.service;
            tracing::error!(
                service,
                entries,
                "entries were deleted before they were settled"
            );
            self.metrics.lost.increment(entries as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumer_names_are_unique_and_begin_with_their_service() {
        let (one, two) = (next_name("mailer"), next_name("mailer"));
        assert_ne!(one, two);
        assert!(one.starts_with("mailer@") && one.contains('#'), "{one}");
    }
}
