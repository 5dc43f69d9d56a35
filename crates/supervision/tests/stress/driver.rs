//! One story: a random tree, random things done to it, and its end.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use supervision::{Fault, Tree};
use tokio::task::JoinSet;

use crate::calls;
use crate::cast::{Stage, root};
use crate::ending;
use crate::orders::Order;
use crate::shape::{Child, Shape};

/// What kind of stories to tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) steps: u32,
    /// How likely a supervisor gives up after few restarts.
    pub(crate) tight: f64,
    /// How likely each step strikes the root.
    pub(crate) root_struck: f64,
    /// How likely the tree may calm down before it is shut down.
    pub(crate) quiet_end: f64,
}

pub(crate) struct Driver {
    pub(crate) stage: Stage,
    pub(crate) shape: Arc<Shape>,
    pub(crate) tree: Tree,
    pub(crate) rng: StdRng,
    pub(crate) profile: Profile,
    /// Requests that are under way; they check their answers themselves.
    pub(crate) calls: JoinSet<()>,
    /// Writes down the end of the tree.
    pub(crate) witness: JoinSet<()>,
}

/// Tells the story; what went wrong is in the book.
pub(crate) async fn tell(stage: Stage, profile: Profile, show: impl FnOnce(&Tree)) {
    let mut rng = StdRng::seed_from_u64(stage.seed);
    let levels = rng.random_range(2..4);
    let shape = Arc::new(Shape::random(&mut rng, levels, profile.tight));
    let tree = match root(&stage, &shape).start().await {
        Ok(tree) => tree,
        Err(error) => return stage.book.pages().broken(format!("no start: {error}")),
    };
    show(&tree);
    let mut witness = JoinSet::new();
    witness.spawn(ending::witness(stage.book.clone(), tree.clone()));
    let driver = Driver {
        stage,
        shape,
        tree,
        rng,
        profile,
        calls: JoinSet::new(),
        witness,
    };
    driver.play().await;
}

impl Driver {
    async fn play(mut self) {
        for _ in 0..self.profile.steps {
            self.step();
            if self.rng.random_bool(0.4) {
                self.settle().await;
            } else {
                self.pause(12).await;
            }
            if self.stage.book.is_closed() {
                break;
            }
        }
        self.end().await;
    }

    /// Some things at the same moment; now and then very many.
    fn step(&mut self) {
        let things = match self.rng.random_range(0..10) {
            0..=5 => 1,
            6..=8 => self.rng.random_range(2..6),
            _ => self.rng.random_range(6..20),
        };
        for _ in 0..things {
            match self.rng.random_range(0..20) {
                0 => calls::add(self),
                1 => calls::remove(self),
                2..=3 => self.strike_supervisor(),
                4..=14 => self.strike(),
                _ => self.order(),
            }
        }
        if self.rng.random_bool(self.profile.root_struck) {
            let fault = self.fault();
            self.crash("", fault);
        }
        drop(self.tree.snapshot());
    }

    /// A fault or an order for some actor or task, and nothing else.
    pub(crate) fn harm(&mut self) {
        match self.rng.random_range(0..4) {
            0 => self.strike_supervisor(),
            1..=2 => self.strike(),
            _ => self.order(),
        }
    }

    fn strike(&mut self) {
        if let Some(path) = self.some_child(false) {
            let fault = self.fault();
            self.crash(&path, fault);
        }
    }

    fn strike_supervisor(&mut self) {
        if let Some(path) = self.some_child(true) {
            let fault = self.fault();
            self.crash(&path, fault);
        }
    }

    fn crash(&self, path: &str, fault: Fault) {
        match self.tree.crash(path, fault) {
            Ok(()) => self.stage.book.struck(path, fault),
            Err(error) => self.stage.book.note(format!("no {fault}: {error}")),
        }
    }

    fn order(&mut self) {
        let Some(path) = self.some_child(false) else {
            return;
        };
        let order = match self.rng.random_range(0..3) {
            0 => Order::Fail,
            1 => Order::Quit,
            _ => Order::Work(Duration::from_millis(self.rng.random_range(1..25))),
        };
        self.stage.book.note(format!("order   {path} {order:?}"));
        let tell = || self.stage.orders.tell(&path, order);
        self.stage.book.owe(&path, tell);
    }

    fn fault(&mut self) -> Fault {
        *Fault::ALL.choose(&mut self.rng).expect("there are three")
    }

    fn some_child(&mut self, supervisor: bool) -> Option<String> {
        let mut paths = self.stage.book.children();
        paths.retain(|(_, is_supervisor)| *is_supervisor == supervisor);
        paths.choose(&mut self.rng).map(|(path, _)| path.clone())
    }

    /// An arbitrary point inside whatever is under way.
    pub(crate) async fn pause(&mut self, below: u64) {
        let millis = self.rng.random_range(0..below);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// Something new below some supervisor.
    pub(crate) fn new_child(&mut self) -> Child {
        let letter = if self.rng.random_bool(0.5) { 'c' } else { 'd' };
        let name = format!("{letter}{}", self.rng.random_range(0..4));
        Child::random(&mut self.rng, &name, 1, self.profile.tight)
    }
}
