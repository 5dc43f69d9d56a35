//! The end of the root, told to everybody who waits for it.

use std::sync::Arc;

use ractor::ActorRef;
use tokio::sync::{oneshot, watch};

use crate::entry::Entry;
use crate::exit::Exit;
use crate::launch::Life;
use crate::{Ended, NodeState, StartError};

/// Waits for the root as a supervisor waits for a child, and tells the world.
pub(crate) struct Keeper {
    pub(crate) root: Arc<Entry>,
    pub(crate) guardian: ActorRef<()>,
    pub(crate) exit: oneshot::Receiver<Exit>,
    pub(crate) end: watch::Sender<Option<Ended>>,
    pub(crate) up: Option<oneshot::Sender<Result<(), StartError>>>,
}

impl Keeper {
    pub(crate) async fn keep(mut self, life: Life) {
        let mut up = self.up.take();
        let root = Arc::clone(&self.root);
        let failure = life
            .live(root.label(), || {
                root.up();
                let _ = up.take().map(|up| up.send(Ok(())));
            })
            .await;
        // The guardian hears of the exit before it drains; without an exit the word is dropped.
        let _ = self.guardian.drain();
        let (state, end, reason) = match self.exit.await {
            Ok(Exit::Normal(reason)) => (NodeState::Stopped, Ended::Stopped, reason),
            Ok(Exit::Abnormal(reason)) => (
                NodeState::Failed,
                Ended::Failed {
                    reason: reason.clone(),
                },
                reason,
            ),
            Err(_) => {
                let reason = failure
                    .as_ref()
                    .map_or("never was up".to_owned(), ToString::to_string);
                (
                    NodeState::Failed,
                    Ended::Failed {
                        reason: reason.clone(),
                    },
                    reason,
                )
            }
        };
        root.ended(state, &reason);
        self.end.send_replace(Some(end));
        if let (Some(up), Some(failure)) = (up, failure) {
            let _ = up.send(Err(failure));
        }
    }
}
