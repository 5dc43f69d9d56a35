//! Consumer configuration, with defaults and validation.

use std::{fmt, sync::Arc, time::Duration};

use supervision::{Backoff, StartError, SupervisorSpec, Tree};

use super::{read::demand::Demand, tree, work::policy::Policy};
use crate::{
    error::Error,
    groups,
    handler::Handler,
    keys::{check_part, check_stream},
    runtime::Runtime,
};

/// Redis and two schedulers need some milliseconds to notice anything.
const SHORTEST_TIME: Duration = Duration::from_millis(300);
const SHORTEST_TENURE: Duration = Duration::from_secs(2);
const LONGEST_TIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// The rate of a delivery an hour.
const LOWEST_RATE: f64 = 1.0 / 3600.0;

/// A consumer's settings, all checked.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) service: Arc<str>,
    pub(crate) reads: Vec<String>,
    pub(crate) on_demand: Vec<String>,
    pub(crate) demand: Option<Arc<dyn Demand>>,
    pub(crate) writes: Vec<String>,
    pub(crate) concurrency: usize,
    pub(crate) timeout: Duration,
    pub(crate) lease: Duration,
    pub(crate) policy: Policy,
    pub(crate) max_parked: usize,
    pub(crate) ordered: bool,
    pub(crate) per_second: Option<f64>,
    pub(crate) across_processes: Option<usize>,
    pub(crate) drain: Duration,
    pub(crate) heartbeat: Duration,
    pub(crate) retention: Duration,
}

/// Why a consumer cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsumerError {
    /// A setting cannot work.
    #[error("consumer {service}: {setting} {problem}")]
    Setting {
        /// The consumer.
        service: String,
        /// The setting, named as its builder method.
        setting: &'static str,
        /// The reason why it cannot work.
        problem: String,
    },
    /// The consumer groups could not be created.
    #[error(transparent)]
    Redis(#[from] Error),
    /// The supervision tree could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// A consumer being described. Nothing runs until its tree is started.
///
/// The service's name is the consumer group, the context of its keys and its place in the
/// supervision tree.
pub struct Consumer<H> {
    options: Options,
    handler: Arc<H>,
}

impl<H> fmt::Debug for Consumer<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<H: Handler> Consumer<H> {
    /// The consumer `service` that hands what it reads to `handler`.
    pub fn new(service: &str, handler: H) -> Self {
        let options = Options {
            service: service.into(),
            reads: Vec::new(),
            on_demand: Vec::new(),
            demand: None,
            writes: Vec::new(),
            concurrency: 64,
            timeout: Duration::from_secs(10),
            lease: Duration::from_secs(30),
            policy: Policy {
                backoff: Backoff::default(),
                max_attempts: 8,
                max_crashes: 3,
            },
            max_parked: 5000,
            ordered: false,
            per_second: None,
            across_processes: None,
            drain: Duration::from_secs(5),
            heartbeat: Duration::from_secs(3),
            retention: Duration::from_secs(24 * 3600),
        };
        Self {
            options,
            handler: Arc::new(handler),
        }
    }

    /// The streams it reads, besides its own inbox, which it always reads.
    #[must_use]
    pub fn reads<I: IntoIterator<Item = S>, S: Into<String>>(mut self, streams: I) -> Self {
        self.options.reads = streams.into_iter().map(Into::into).collect();
        self
    }

    /// Streams that it reads only while there is `demand` for them. While there is none it has no group
    /// on them, so that they cost nothing. Default: none.
    #[must_use]
    pub fn reads_on_demand<I: IntoIterator<Item = S>, S: Into<String>>(
        mut self,
        streams: I,
        demand: impl Demand,
    ) -> Self {
        self.options.on_demand = streams.into_iter().map(Into::into).collect();
        self.options.demand = Some(Arc::new(demand));
        self
    }

    /// The streams it writes: its janitor trims them too.
    #[must_use]
    pub fn writes<I: IntoIterator<Item = S>, S: Into<String>>(mut self, streams: I) -> Self {
        self.options.writes = streams.into_iter().map(Into::into).collect();
        self
    }

    /// Workers, and so deliveries in flight at a time. Default 64.
    #[must_use]
    pub const fn concurrency(mut self, workers: usize) -> Self {
        self.options.concurrency = workers;
        self
    }

    /// Time that one call of the handler may take; longer is a retry. Default 10 s. It may be longer
    /// than the lease, which is renewed as long as this process lives.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// Idle time after which an entry is due again, whoever holds it, unless its holder renews the
    /// lease; also the longest backoff that an entry waits for in its place. Default 30 s.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.options.lease = lease;
        self
    }

    /// Pauses between attempts. Default 100 ms doubling to 10 s, with jitter.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.options.policy.backoff = backoff;
        self
    }

    /// Recorded errors after which an entry becomes a dead letter. Default 8.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.options.policy.max_attempts = attempts;
        self
    }

    /// Deliveries without any outcome (the worker or its process died) after which an entry is
    /// quarantined among the dead letters. Default 3.
    #[must_use]
    pub const fn max_crashes(mut self, crashes: u32) -> Self {
        self.options.policy.max_crashes = crashes;
        self
    }

    /// Entries per stream that may back off in their place; more, and those that wait longer than the
    /// lease, go through the delay queue. Every sweep walks past the ones in place. Default 5000.
    #[must_use]
    pub const fn max_parked(mut self, entries: usize) -> Self {
        self.options.max_parked = entries;
        self
    }

    /// Entries of one key are handled one at a time, in the order they came; one that is tried
    /// again keeps those behind it waiting, for at most the lease between two attempts. One process
    /// at a time reads each partition; others stand by. Entries without a key are not held back. The
    /// heartbeat must be at least 2 s.
    #[must_use]
    pub const fn ordered(mut self) -> Self {
        self.options.ordered = true;
        self
    }

    /// At most so many deliveries per second in this process and of each partition, retries included.
    /// Default: no limit.
    #[must_use]
    pub const fn per_second(mut self, deliveries: f64) -> Self {
        self.options.per_second = Some(deliveries);
        self
    }

    /// At most so many entries of each partition in flight over all processes of this service. Costs
    /// a look every 25 ms instead of a wait in Redis. Default: each process' own concurrency is the
    /// limit.
    #[must_use]
    pub const fn across_processes(mut self, entries: usize) -> Self {
        self.options.across_processes = Some(entries);
        self
    }

    /// Time that a drain waits for entries in flight before it hands them back. Default 5 s.
    #[must_use]
    pub const fn drain_within(mut self, deadline: Duration) -> Self {
        self.options.drain = deadline;
        self
    }

    /// Time after its last heartbeat at which this process counts as dead. Default 3 s.
    #[must_use]
    pub const fn heartbeat(mut self, ttl: Duration) -> Self {
        self.options.heartbeat = ttl;
        self
    }

    /// Time for which settled entries are kept for inspection. Default one day.
    #[must_use]
    pub const fn retention(mut self, retention: Duration) -> Self {
        self.options.retention = retention;
        self
    }

    /// Creates the consumer groups where they are missing, and describes the supervision tree of
    /// this consumer over all partitions of `runtime`.
    ///
    /// # Errors
    /// [`ConsumerError`] naming the setting that cannot work, or that Redis does not answer.
    pub async fn tree(&self, runtime: &Runtime) -> Result<SupervisorSpec, ConsumerError> {
        self.prepare(runtime).await?;
        Ok(tree::service(runtime, &self.options, &self.handler))
    }

    /// Creates the consumer groups where they are missing, and starts the supervision tree.
    ///
    /// # Errors
    /// [`ConsumerError`] as [`Consumer::tree`], or [`ConsumerError::Start`].
    pub async fn start(&self, runtime: &Runtime) -> Result<Tree, ConsumerError> {
        Ok(self.tree(runtime).await?.start().await?)
    }

    /// Checks the settings and creates the consumer groups where they are missing.
    pub(crate) async fn prepare(&self, runtime: &Runtime) -> Result<(), ConsumerError> {
        self.check()?;
        let service = &*self.options.service;
        for partition in runtime.partitions() {
            let reads = self.options.reads.iter().map(|name| partition.stream(name));
            let streams: Vec<String> = reads.chain([partition.inbox(service)]).collect();
            groups::ensure(&mut runtime.server().link(), partition, service, &streams).await?;
        }
        Ok(())
    }

    /// Its settings and its handler.
    pub(crate) fn parts(&self) -> (Options, Arc<H>) {
        (self.options.clone(), Arc::clone(&self.handler))
    }

    fn check(&self) -> Result<(), ConsumerError> {
        let options = &self.options;
        let refuse = |setting, problem: String| {
            let service = options.service.to_string();
            Err(ConsumerError::Setting {
                service,
                setting,
                problem,
            })
        };
        let streams = options.reads.iter().chain(&options.on_demand);
        let streams = streams.chain(&options.writes);
        let checked = streams.map(|name| check_stream(name));
        for name in std::iter::once(check_part("name", &options.service)).chain(checked) {
            name.or_else(|error| refuse("name", error.to_string()))?;
        }
        if options.concurrency == 0 || options.concurrency > 4096 {
            return refuse(
                "concurrency",
                format!("is {} and must be 1..4096", options.concurrency),
            );
        }
        // A read that waits in Redis must end well within the ownership it was begun in.
        let heartbeat = if options.ordered {
            SHORTEST_TENURE
        } else {
            SHORTEST_TIME
        };
        for (setting, time, least) in [
            ("heartbeat", options.heartbeat, heartbeat),
            ("lease", options.lease, SHORTEST_TIME),
            ("timeout", options.timeout, Duration::from_millis(1)),
            ("drain_within", options.drain, Duration::ZERO),
        ] {
            if time < least || time > LONGEST_TIME {
                return refuse(
                    setting,
                    format!("is {time:?} and must be between {least:?} and {LONGEST_TIME:?}"),
                );
            }
        }
        let Policy {
            max_attempts,
            max_crashes,
            ..
        } = options.policy;
        for (setting, is_zero) in [
            (
                "max_attempts, max_crashes",
                max_attempts.min(max_crashes) == 0,
            ),
            ("max_parked", options.max_parked == 0),
            ("across_processes", options.across_processes == Some(0)),
        ] {
            if is_zero {
                return refuse(setting, "must be at least 1".to_owned());
            }
        }
        if options.across_processes.is_some() && options.ordered {
            let problem = "makes no sense for an ordered consumer, which one process reads for";
            return refuse("across_processes", problem.to_owned());
        }
        if let Some(rate) = options.per_second
            && !(rate.is_finite() && rate >= LOWEST_RATE)
        {
            return refuse(
                "per_second",
                format!("is {rate} and must be at least {LOWEST_RATE}"),
            );
        }
        Ok(())
    }
}
