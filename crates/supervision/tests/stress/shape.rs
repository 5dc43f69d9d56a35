//! A tree as data, shared by the driver, the supervisors and the checker.
//!
//! All times are a few milliseconds of paused time, and delays have no jitter, so that a seed gives
//! the same scenario each time.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use supervision::{Backoff, Intensity, Restart, Shutdown, Strategy};

/// Precision of timers.
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
    Actor(Settings),
    Task(Settings),
    Group(Settings, usize),
    Supervisor(Arc<Shape>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) shutdown: Shutdown,
    pub(crate) watchdog: Option<Duration>,
}

impl Settings {
    fn deadline(self) -> Duration {
        match self.shutdown {
            Shutdown::Drain(deadline) | Shutdown::Stop(deadline) => deadline + TICK,
            Shutdown::Kill => TICK,
        }
    }
}

impl Child {
    /// Returns the maximum time of its shutdown; a group shares one deadline.
    pub(crate) fn deadline(&self) -> Duration {
        match &self.body {
            Body::Actor(settings) | Body::Task(settings) | Body::Group(settings, _) => {
                settings.deadline()
            }
            Body::Supervisor(shape) => shape.deadline(),
        }
    }

    pub(crate) fn watchdog(&self) -> Option<Duration> {
        match &self.body {
            Body::Actor(settings) | Body::Task(settings) | Body::Group(settings, _) => {
                settings.watchdog
            }
            Body::Supervisor(_) => None,
        }
    }

    /// Returns the names of the children, and whether they are a group.
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
    /// Returns the sum of the deadlines below.
    pub(crate) fn deadline(&self) -> Duration {
        self.children.iter().map(|child| child.deadline()).sum()
    }

    /// Returns a supervisor with at most `levels` levels of supervisors, itself included; each gives
    /// up after few restarts with the probability `tight`.
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
                // Longer than any scenario, so that restarts can simply be counted.
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
    /// Returns a child with at most `levels` levels of supervisors below its parent.
    pub(crate) fn random(rng: &mut StdRng, name: &str, levels: u32, tight: f64) -> Self {
        let restart = match rng.random_range(0..10) {
            0..=5 => Restart::Permanent,
            6..=7 => Restart::Transient,
            _ => Restart::Temporary,
        };
        let settings = Settings::random(rng);
        let body = match rng.random_range(0..10) {
            0..=3 if levels > 0 => Body::Supervisor(Arc::new(Shape::random(rng, levels, tight))),
            4..=5 => Body::Group(settings, rng.random_range(1..4)),
            6..=7 => Body::Task(settings),
            _ => Body::Actor(settings),
        };
        Self {
            name: name.to_owned(),
            restart,
            body,
        }
    }
}

impl Settings {
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
