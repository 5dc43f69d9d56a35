//! The root's parent: it does nothing but hear why the root ended.

use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::oneshot;

use crate::exit::Exit;

pub(crate) struct Guardian;

impl Actor for Guardian {
    type Msg = ();
    type State = Option<oneshot::Sender<Exit>>;
    type Arguments = oneshot::Sender<Exit>;

    async fn pre_start(
        &self,
        _: ActorRef<()>,
        last_word: oneshot::Sender<Exit>,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(Some(last_word))
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<()>,
        event: SupervisionEvent,
        last_word: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        if let Some((_, exit)) = Exit::of(event)
            && let Some(last_word) = last_word.take()
        {
            let _ = last_word.send(exit);
        }
        Ok(())
    }
}
