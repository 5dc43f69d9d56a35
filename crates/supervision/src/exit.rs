//! Exit reasons: conversion from ractor's events, start errors and panics.

use ractor::{ActorId, SpawnErr, SupervisionEvent};

/// Exit reason of one run of a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exit {
    Normal(String),
    Abnormal(String),
}

impl Exit {
    /// Reads ractor's event; `None` when it reports no exit.
    ///
    /// ractor reports a kill as an ordinary termination, so a kill and a cancelled actor task are
    /// recognised by their reason strings.
    pub(crate) fn of(event: SupervisionEvent) -> Option<(ActorId, Self)> {
        match event {
            SupervisionEvent::ActorFailed(cell, error) => {
                Some((cell.get_id(), Self::Abnormal(error.to_string())))
            }
            SupervisionEvent::ActorTerminated(cell, _state, reason) => {
                let exit = match reason {
                    Some(why) if why == "killed" || why == "actor_task_cancelled" => {
                        Self::Abnormal(why)
                    }
                    Some(why) => Self::Normal(why),
                    None => Self::Normal("stopped".to_owned()),
                };
                Some((cell.get_id(), exit))
            }
            SupervisionEvent::ActorStarted(_) | SupervisionEvent::ProcessGroupChanged(_) => None,
        }
    }

    pub(crate) fn is_abnormal(&self) -> bool {
        matches!(self, Self::Abnormal(_))
    }

    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Normal(reason) | Self::Abnormal(reason) => reason,
        }
    }
}

/// Returns the message of a failed start without ractor's wrapping.
pub(crate) fn start_failure(error: &SpawnErr) -> String {
    match error {
        SpawnErr::StartupFailed(inner) => inner.to_string(),
        SpawnErr::ActorAlreadyStarted | SpawnErr::ActorAlreadyRegistered(_) => error.to_string(),
    }
}

/// Returns the message of a panic.
pub(crate) fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panicked without a message").to_owned()
}
