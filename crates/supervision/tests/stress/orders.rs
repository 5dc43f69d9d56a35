//! How the driver reaches the run of a child that lives now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ractor::ActorRef;
use supervision::Fault;
use tokio::sync::mpsc;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    Strike(Fault),
    /// End with an error.
    Fail,
    /// End normally.
    Quit,
    Work(Duration),
}

impl From<Fault> for Order {
    fn from(fault: Fault) -> Self {
        Self::Strike(fault)
    }
}

#[derive(Clone, Default)]
pub(crate) struct Orders(Arc<Mutex<HashMap<String, Ear>>>);

enum Ear {
    Actor(ActorRef<Order>),
    Task(mpsc::Sender<Order>),
}

impl Orders {
    pub(crate) fn actor(&self, path: &str, actor: ActorRef<Order>) {
        self.ears().insert(path.to_owned(), Ear::Actor(actor));
    }

    pub(crate) fn task(&self, path: &str) -> mpsc::Receiver<Order> {
        let (mouth, ear) = mpsc::channel(4);
        self.ears().insert(path.to_owned(), Ear::Task(mouth));
        ear
    }

    /// Tells the latest run; whether it may have heard.
    pub(crate) fn tell(&self, path: &str, order: Order) -> bool {
        match self.ears().get(path) {
            Some(Ear::Actor(actor)) => actor.cast(order).is_ok(),
            Some(Ear::Task(task)) => task.try_send(order).is_ok(),
            None => false,
        }
    }

    fn ears(&self) -> MutexGuard<'_, HashMap<String, Ear>> {
        self.0.lock().expect("nobody panics while holding this")
    }
}
