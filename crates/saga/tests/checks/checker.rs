//! The model as stateright wants it.

use std::collections::{BTreeMap, BTreeSet};

use contracts::OrderStatus;
use saga::{Action, Shop, World, actions, invariants};
use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

/// A shop whose worlds are walked through.
#[derive(Clone, Debug)]
struct Saga(Shop);

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
        macro_rules! hold {
            ($($list:ident[$n:literal]),+) => {
                vec![$(Property::always(invariants::$list[$n].0, |saga: &Self, world| {
                    invariants::$list[$n].1(&saga.0, world)
                })),+]
            };
        }
        macro_rules! come_to {
            ($($status:ident),+) => {
                [$(Property::sometimes(OrderStatus::$status.name(), |_: &Self, world: &World| {
                    let mut orders = world.books.orders.iter();
                    orders.any(|order| order.status == Some(OrderStatus::$status))
                })),+]
            };
        }
        #[rustfmt::skip]
        let mut properties = hold!(
            ALWAYS[0], ALWAYS[1], ALWAYS[2], ALWAYS[3], ALWAYS[4], ALWAYS[5], ALWAYS[6], ALWAYS[7],
            AT_REST[0], AT_REST[1], AT_REST[2], AT_REST[3], AT_REST[4]
        );
        assert_eq!(
            properties.len(),
            invariants::ALWAYS.len() + invariants::AT_REST.len()
        );
        #[rustfmt::skip]
        properties.extend(come_to!(
            Placed, AwaitingPayment, Confirmed, Rejected, Cancelled, Refunding, Refunded
        ));
        // The checker sees this at the end of every way that nothing can go on from.
        properties.push(Property::eventually(
            "every order that was placed ends",
            |_: &Self, world: &World| {
                let mut orders = world.books.orders.iter();
                orders.all(|order| order.status.is_some_and(OrderStatus::is_resolved))
            },
        ));
        properties
    }
}

/// What was found on a walk through every state of a shop.
pub(crate) struct Walk {
    /// How many there are.
    pub(crate) states: usize,
    /// What orders came to.
    pub(crate) reached: BTreeSet<&'static str>,
    /// What does not hold, and a shortest way there.
    pub(crate) violated: BTreeMap<&'static str, String>,
}

/// Walks through every state, or as far as the first that breaks an invariant.
pub(crate) fn walk(shop: Shop) -> Walk {
    let options = Saga(shop).checker().threads(2);
    let options = options.finish_when(HasDiscoveries::AnyFailures);
    let checker = options.spawn_bfs().join();
    let mut walk = Walk {
        states: checker.unique_state_count(),
        reached: BTreeSet::new(),
        violated: BTreeMap::new(),
    };
    for (name, path) in checker.discoveries() {
        if checker.model().property(name).expectation == Expectation::Sometimes {
            walk.reached.insert(name);
        } else {
            let steps = path.into_actions().into_iter();
            let way = steps.map(|step| format!("  {step:?}\n")).collect();
            walk.violated.insert(name, way);
        }
    }
    walk
}
