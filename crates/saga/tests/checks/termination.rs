//! The model has no cycles. Every action makes progress and the states are finitely many, so an order that
//! ends in every quiescent state ends on every path.

use std::collections::HashMap;

use saga::{Action, Scenario, World, actions, scenario::Card};

use crate::scenarios::{
    CRASHES, DUPLICATE_CALLBACKS, EARLY_POLLS, LOWERED_AMOUNTS, TAKEOVERS, UNANSWERED, Vary, one,
};

/// A state on the current path, and its remaining actions.
struct Visit {
    world: World,
    remaining: Vec<Action>,
}

impl Visit {
    fn new(world: World, scenario: &Scenario) -> Self {
        let mut remaining = Vec::new();
        actions::possible(&world, scenario, &mut remaining);
        Self { world, remaining }
    }
}

/// Returns the number of states, none of which is on a cycle.
fn count_acyclic(scenario: &Scenario) -> usize {
    let first = World::new(scenario);
    let mut is_finished = HashMap::from([(first.clone(), false)]);
    let mut path = vec![Visit::new(first, scenario)];
    while let Some(visit) = path.last_mut() {
        let Some(action) = visit.remaining.pop() else {
            let left = path.pop().unwrap();
            is_finished.insert(left.world, true);
            continue;
        };
        let next = actions::apply(&visit.world, scenario, &action);
        match is_finished.get(&next) {
            Some(finished) => assert!(finished, "{action:?} closes a cycle at {next:?}"),
            None => {
                is_finished.insert(next.clone(), false);
                path.push(Visit::new(next, scenario));
            }
        }
    }
    is_finished.len()
}

#[test]
fn no_action_closes_a_cycle() {
    for faults in [
        DUPLICATE_CALLBACKS,
        TAKEOVERS,
        CRASHES,
        UNANSWERED,
        EARLY_POLLS,
        LOWERED_AMOUNTS,
    ] {
        for card in [None, Some(Card::Accepted), Some(Card::SlowDeclined)] {
            let states = count_acyclic(&one(card).with(faults));
            assert!(states > 1000, "{card:?} {faults:?}: only {states} states");
        }
    }
}
