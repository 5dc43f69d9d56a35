//! The keys of one service in one partition.

use std::{fmt, sync::Arc};

use super::streams::Name;
use crate::keys::{Namespace, Partition};

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

    /// A stream that other services write.
    pub(crate) fn stream(&self, name: &str) -> Name {
        Arc::from(self.partition.stream(name))
    }

    /// The heartbeat key of `consumer`.
    pub(crate) fn alive(&self, consumer: &str) -> String {
        self.partition.alive(&self.group, consumer)
    }

    /// The key that names the leader of `task`.
    pub(crate) fn lead(&self, task: &str) -> Name {
        self.partition.lead(&self.group, task).into()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.group)
    }
}
