//! Stations: the roles that make one pass at a time, whichever role it is.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::time::Instant;

use super::tasks::Task;
use crate::{
    consumer::{Connection, Next, Role},
    error::Result,
};

/// The roles that make one pass at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Heartbeat,
    Renewer,
    PoisonWatch,
    Reclaimer,
    Scheduler,
    Reaper,
    Janitor,
}

impl Kind {
    pub(super) const ALL: [Self; 7] = [
        Self::Heartbeat,
        Self::Renewer,
        Self::PoisonWatch,
        Self::Reclaimer,
        Self::Scheduler,
        Self::Reaper,
        Self::Janitor,
    ];
}

pub(super) type Passed = (Box<dyn AnyRole>, Result<Next>);

/// A role, whichever it is.
pub(super) trait AnyRole {
    fn every(&self) -> Duration;
    fn pass(self: Box<Self>, connection: Connection) -> LocalBoxFuture<'static, Passed>;
    fn leave(self: Box<Self>) -> LocalBoxFuture<'static, Passed>;
}

impl<R: Role + 'static> AnyRole for R {
    fn every(&self) -> Duration {
        Role::every(self)
    }

    fn pass(mut self: Box<Self>, connection: Connection) -> LocalBoxFuture<'static, Passed> {
        Box::pin(async move {
            let next = Role::step(&mut *self, &connection).await;
            let role: Box<dyn AnyRole> = self;
            (role, next)
        })
    }

    fn leave(mut self: Box<Self>) -> LocalBoxFuture<'static, Passed> {
        Box::pin(async move {
            let left = Role::leave(&mut *self).await;
            let role: Box<dyn AnyRole> = self;
            (role, left.map(|()| Next::Tick))
        })
    }
}

/// A role between two passes, or in one.
pub(super) struct Station {
    pub(super) kind: Kind,
    pub(super) role: Option<Box<dyn AnyRole>>,
    pub(super) pass: Option<Task<Passed>>,
    pub(super) next: Instant,
    /// Whether it does its last, or has done so.
    pub(super) leaving: bool,
}
