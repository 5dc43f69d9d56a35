//! The model as a stateright model.

use std::collections::{BTreeMap, BTreeSet};

use contracts::OrderStatus;
use saga::{Action, Scenario, World, actions, invariants};
use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

/// The model of a scenario.
#[derive(Clone, Debug)]
struct Saga(Scenario);

impl Model for Saga {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(&self.0)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        actions::possible(world, &self.0, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        Some(actions::apply(world, &self.0, &action))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        macro_rules! invariants {
            ($($list:ident[$n:literal]),+) => {
                vec![$(Property::always(invariants::$list[$n].0, |saga: &Self, world| {
                    invariants::$list[$n].1(&saga.0, world)
                })),+]
            };
        }
        macro_rules! reached {
            ($($status:ident),+) => {
                [$(Property::sometimes(OrderStatus::$status.name(), |_: &Self, world: &World| {
                    let mut orders = world.state.orders.iter();
                    orders.any(|order| order.status == Some(OrderStatus::$status))
                })),+]
            };
        }
        #[rustfmt::skip]
        let mut properties = invariants!(
            ALWAYS[0], ALWAYS[1], ALWAYS[2], ALWAYS[3], ALWAYS[4], ALWAYS[5], ALWAYS[6], ALWAYS[7],
            QUIESCENT[0], QUIESCENT[1], QUIESCENT[2], QUIESCENT[3], QUIESCENT[4]
        );
        assert_eq!(
            properties.len(),
            invariants::ALWAYS.len() + invariants::QUIESCENT.len()
        );
        #[rustfmt::skip]
        properties.extend(reached!(
            Placed, AwaitingPayment, Confirmed, Rejected, Cancelled, Refunding, Refunded
        ));
        // The checker evaluates this at the end of every maximal path.
        properties.push(Property::eventually(
            "every order that was placed ends",
            |_: &Self, world: &World| {
                let mut orders = world.state.orders.iter();
                orders.all(|order| order.status.is_some_and(OrderStatus::is_resolved))
            },
        ));
        properties
    }
}

/// Result of checking a scenario.
pub(crate) struct Report {
    /// Number of states.
    pub(crate) states: usize,
    /// States that orders reached.
    pub(crate) reached: BTreeSet<&'static str>,
    /// Violated invariants, each with a shortest path to the violation.
    pub(crate) violated: BTreeMap<&'static str, String>,
}

/// Checks every state, or up to the first violation.
pub(crate) fn check(scenario: Scenario) -> Report {
    let options = Saga(scenario).checker().threads(2);
    let options = options.finish_when(HasDiscoveries::AnyFailures);
    let checker = options.spawn_bfs().join();
    let mut report = Report {
        states: checker.unique_state_count(),
        reached: BTreeSet::new(),
        violated: BTreeMap::new(),
    };
    for (name, path) in checker.discoveries() {
        if checker.model().property(name).expectation == Expectation::Sometimes {
            report.reached.insert(name);
        } else {
            let steps = path.into_actions().into_iter();
            let path = steps.map(|step| format!("  {step:?}\n")).collect();
            report.violated.insert(name, path);
        }
    }
    report
}
