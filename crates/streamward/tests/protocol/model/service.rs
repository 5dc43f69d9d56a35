//! The keys of one service in one partition.

use std::{fmt, sync::Arc};

use streamward::{Namespace, Partition};

use super::streams::Name;

/// A service: its group, and the keys its scripts are called with.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) partition: Partition,
    pub(crate) group: Name,
    pub(crate) inbox: Name,
    pub(crate) dead: Name,
    pub(crate) attempts: Name,
    pub(crate) delayed: Name,
    pub(crate) data: Name,
    pub(crate) poison: Name,
    pub(crate) checkpoints: Name,
}

impl Service {
    /// The service `name` in partition 0 of the namespace `t`.
    pub(crate) fn new(name: &str) -> Self {
        let partition = Namespace::new("t").expect("a plain name").partition(0);
        Self {
            group: name.into(),
            inbox: partition.inbox(name).into(),
            dead: partition.dead(name).into(),
            attempts: partition.attempts(name).into(),
            delayed: partition.delayed(name).into(),
            data: partition.delayed_data(name).into(),
            poison: partition.poison(name).into(),
            checkpoints: partition.checkpoints(name).into(),
            partition,
        }
    }

    /// A stream that others write.
    pub(crate) fn stream(&self, name: &str) -> Name {
        Arc::from(self.partition.stream(name))
    }

    /// The sign of life of `consumer`.
    pub(crate) fn alive(&self, consumer: &str) -> String {
        self.partition.alive(&self.group, consumer)
    }

    /// The key that names who does `what`.
    pub(crate) fn lead(&self, what: &str) -> String {
        self.partition.lead(&self.group, what)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.group)
    }
}
