//! Watcher of the root: publishes its start and its end.

use std::sync::Arc;

use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::{oneshot, watch};

use super::Ended;
use crate::exit::Exit;
use crate::record::NodeRecord;
use crate::run::Completion;
use crate::{NodeState, StartError};

/// The root's parent actor, which receives ractor's report of its exit reason.
pub(super) struct RootParent;

impl Actor for RootParent {
    type Msg = ();
    type State = Option<oneshot::Sender<Exit>>;
    type Arguments = oneshot::Sender<Exit>;

    async fn pre_start(
        &self,
        _: ActorRef<()>,
        exit: oneshot::Sender<Exit>,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(Some(exit))
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<()>,
        event: SupervisionEvent,
        sender: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        if let Some((_, exit)) = Exit::of(event)
            && let Some(sender) = sender.take()
        {
            let _ = sender.send(exit);
        }
        Ok(())
    }
}

/// Waits for the root as a supervisor waits for a child.
pub(super) struct RootWatcher {
    pub(super) root: Arc<NodeRecord>,
    pub(super) parent: ActorRef<()>,
    pub(super) exit: oneshot::Receiver<Exit>,
    pub(super) end: watch::Sender<Option<Ended>>,
    pub(super) up: Option<oneshot::Sender<Result<(), StartError>>>,
}

impl RootWatcher {
    pub(super) async fn watch(mut self, completion: Completion) {
        let mut up = self.up.take();
        let root = Arc::clone(&self.root);
        let on_up = || {
            root.up();
            let _ = up.take().map(|up| up.send(Ok(())));
        };
        let failure = completion.wait(root.label(), on_up).await;
        // The parent handles the exit event before it drains; without one the sender is dropped.
        let _ = self.parent.drain();
        let exit = self.exit.await.unwrap_or_else(|_| {
            let reason = failure.as_ref().map(ToString::to_string);
            Exit::Abnormal(reason.unwrap_or("was never up".to_owned()))
        });
        let (state, end) = match &exit {
            Exit::Normal(_) => (NodeState::Stopped, Ended::Stopped),
            Exit::Abnormal(reason) => {
                let reason = reason.clone();
                (NodeState::Failed, Ended::Failed { reason })
            }
        };
        root.ended(state, exit.reason());
        self.end.send_replace(Some(end));
        if let (Some(up), Some(failure)) = (up, failure) {
            let _ = up.send(Err(failure));
        }
    }
}
