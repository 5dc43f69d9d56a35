//! A tree as data: what the driver makes up, the supervisors run and the book knows.
//!
//! All times are a few milliseconds of paused time, and delays have no jitter, so that a seed means
//! the same story each time.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use supervision::{Backoff, Intensity, Restart, Shutdown, Strategy};

/// Timers have this precision.
const TICK: Duration = Duration::from_millis(1);

/// A supervisor.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) strategy: Strategy,
    pub(crate) intensity: Intensity,
    pub(crate) backoff: Backoff,
    pub(crate) children: Vec<Arc<Child>>,
}

#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) restart: Restart,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) enum Body {
    Actor(Habits),
    Task(Habits),
    Group(Habits, usize),
    Supervisor(Arc<Shape>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    pub(crate) shutdown: Shutdown,
    pub(crate) watchdog: Option<Duration>,
}

impl Habits {
    fn deadline(self) -> Duration {
        match self.shutdown {
            Shutdown::Drain(deadline) | Shutdown::Stop(deadline) => deadline + TICK,
            Shutdown::Kill => TICK,
        }
    }
}

impl Child {
    /// The longest time its shutdown may take; a group shares one deadline.
    pub(crate) fn deadline(&self) -> Duration {
        match &self.body {
            Body::Actor(habits) | Body::Task(habits) | Body::Group(habits, _) => habits.deadline(),
            Body::Supervisor(shape) => shape.deadline(),
        }
    }

    pub(crate) fn watchdog(&self) -> Option<Duration> {
        match &self.body {
            Body::Actor(habits) | Body::Task(habits) | Body::Group(habits, _) => habits.watchdog,
            Body::Supervisor(_) => None,
        }
    }

    /// Names of the children this describes, and whether they are a group.
    pub(crate) fn members(&self) -> (Vec<String>, bool) {
        match self.body {
            Body::Group(_, count) => {
                let names = (0..count).map(|number| format!("{}-{number}", self.name));
                (names.collect(), true)
            }
            Body::Actor(_) | Body::Task(_) | Body::Supervisor(_) => {
                (vec![self.name.clone()], false)
            }
        }
    }
}

impl Shape {
    /// The sum of the deadlines below.
    pub(crate) fn deadline(&self) -> Duration {
        self.children.iter().map(|child| child.deadline()).sum()
    }

    /// A supervisor with at most `levels` levels of supervisors, itself included; each gives up
    /// after few restarts with the probability `tight`.
    pub(crate) fn random(rng: &mut StdRng, levels: u32, tight: f64) -> Self {
        let strategies = [
            Strategy::OneForOne,
            Strategy::OneForAll,
            Strategy::RestForOne,
        ];
        let max_restarts = if rng.random_bool(tight) {
            rng.random_range(0..4)
        } else {
            100_000
        };
        let initial = Duration::from_millis(rng.random_range(1..4));
        let children = rng.random_range(2..5);
        Self {
            strategy: *strategies.choose(rng).expect("there are three"),
            intensity: Intensity {
                max_restarts,
                // Longer than any story, so that restarts can simply be counted.
                within: Duration::from_secs(36_000),
            },
            backoff: Backoff::new(initial, 4 * initial, 0.0).expect("valid"),
            children: (0..children)
                .map(|number| {
                    Arc::new(Child::random(rng, &format!("c{number}"), levels - 1, tight))
                })
                .collect(),
        }
    }
}

impl Child {
    /// A child with at most `levels` levels of supervisors below its parent.
    pub(crate) fn random(rng: &mut StdRng, name: &str, levels: u32, tight: f64) -> Self {
        let restart = match rng.random_range(0..10) {
            0..=5 => Restart::Permanent,
            6..=7 => Restart::Transient,
            _ => Restart::Temporary,
        };
        let habits = Habits::random(rng);
        let body = match rng.random_range(0..10) {
            0..=3 if levels > 0 => Body::Supervisor(Arc::new(Shape::random(rng, levels, tight))),
            4..=5 => Body::Group(habits, rng.random_range(1..4)),
            6..=7 => Body::Task(habits),
            _ => Body::Actor(habits),
        };
        Self {
            name: name.to_owned(),
            restart,
            body,
        }
    }
}

impl Habits {
    fn random(rng: &mut StdRng) -> Self {
        let deadline = Duration::from_millis(rng.random_range(5..40));
        Self {
            shutdown: match rng.random_range(0..6) {
                0..=2 => Shutdown::Stop(deadline),
                3..=4 => Shutdown::Drain(deadline),
                _ => Shutdown::Kill,
            },
            watchdog: rng.random_bool(0.4).then(|| Duration::from_millis(40)),
        }
    }
}
