//! Commands from the driver to the current run of a child.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ractor::ActorRef;
use supervision::Fault;
use tokio::sync::mpsc;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Command {
    InjectFault(Fault),
    /// Ends with an error.
    Fail,
    /// Ends normally.
    Quit,
    Work(Duration),
}

impl From<Fault> for Command {
    fn from(fault: Fault) -> Self {
        Self::InjectFault(fault)
    }
}

#[derive(Clone, Default)]
pub(crate) struct Mailboxes(Arc<Mutex<HashMap<String, Mailbox>>>);

enum Mailbox {
    Actor(ActorRef<Command>),
    Task(mpsc::Sender<Command>),
}

impl Mailboxes {
    pub(crate) fn actor(&self, path: &str, actor: ActorRef<Command>) {
        self.lock().insert(path.to_owned(), Mailbox::Actor(actor));
    }

    pub(crate) fn task(&self, path: &str) -> mpsc::Receiver<Command> {
        let (sender, receiver) = mpsc::channel(4);
        self.lock().insert(path.to_owned(), Mailbox::Task(sender));
        receiver
    }

    /// Sends to the latest run and returns whether the mailbox accepted it.
    pub(crate) fn send(&self, path: &str, command: Command) -> bool {
        match self.lock().get(path) {
            Some(Mailbox::Actor(actor)) => actor.cast(command).is_ok(),
            Some(Mailbox::Task(task)) => task.try_send(command).is_ok(),
            None => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Mailbox>> {
        self.0.lock().expect("no panic while locked")
    }
}
