//! No sequence of steps leads back to where it began. Every step is progress, and there are finitely many,
//! so an order that ends in every state of rest ends on every way.

use std::collections::HashMap;

use saga::{Action, Shop, World, actions, shop::Card};

use crate::shops::{DOUBLED, DYING, HASTY, LOWERED, SILENT, TWICE, Vary, one};

/// A state whose ways on are being followed.
struct Here {
    world: World,
    ways: Vec<Action>,
}

impl Here {
    fn at(world: World, shop: &Shop) -> Self {
        let mut ways = Vec::new();
        actions::possible(&world, shop, &mut ways);
        Self { world, ways }
    }
}

/// The number of states, none of which can be come back to.
fn without_circles(shop: &Shop) -> usize {
    let first = World::new(shop);
    let mut is_behind = HashMap::from([(first.clone(), false)]);
    let mut path = vec![Here::at(first, shop)];
    while let Some(here) = path.last_mut() {
        let Some(action) = here.ways.pop() else {
            let left = path.pop().unwrap();
            is_behind.insert(left.world, true);
            continue;
        };
        let next = actions::apply(&here.world, shop, &action);
        match is_behind.get(&next) {
            Some(behind) => assert!(behind, "{action:?} leads back to {next:?}"),
            None => {
                is_behind.insert(next.clone(), false);
                path.push(Here::at(next, shop));
            }
        }
    }
    is_behind.len()
}

#[test]
fn no_step_leads_back() {
    for trouble in [DOUBLED, TWICE, DYING, SILENT, HASTY, LOWERED] {
        for card in [None, Some(Card::Good), Some(Card::SlowBad)] {
            let states = without_circles(&one(card).with(trouble));
            assert!(
                states > 1000,
                "{card:?} {trouble:?}: {states} states prove little"
            );
        }
    }
}
