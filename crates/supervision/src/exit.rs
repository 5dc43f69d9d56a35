//! How one run of a child ended.

use ractor::{ActorId, SpawnErr, SupervisionEvent};

/// How one run of a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exit {
    Normal(String),
    Abnormal(String),
}

impl Exit {
    /// Reads ractor's event; `None` when it reports no exit.
    ///
    /// ractor reports a kill as a termination like any other, so its two reasons for "ended from
    /// outside" are told apart by their words.
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

/// The words of a failed start, without ractor's wrapping.
pub(crate) fn start_failure(error: &SpawnErr) -> String {
    match error {
        SpawnErr::StartupFailed(inner) => inner.to_string(),
        SpawnErr::ActorAlreadyStarted | SpawnErr::ActorAlreadyRegistered(_) => error.to_string(),
    }
}

/// The words of a panic.
pub(crate) fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "panicked without words".to_owned()
    }
}
