//! What is known not to be promised: the checker finds that, and nothing else, so that it is seen when it
//! changes.

use saga::shop::{Card, Trouble};

use crate::{
    checker::walk,
    shops::{DYING, Vary, one},
};

/// A handler dies after the provider has charged the card, and before that is written down; its entry
/// comes again only when the time to pay has passed, and is not tried any more; and the callback is lost.
/// Then nobody in the shop knows of the intent.
#[test]
fn a_charge_that_nobody_has_noted_and_whose_callback_is_lost_stays_unknown() {
    let late = Trouble {
        late: true,
        ..DYING
    };
    let walk = walk(one(Some(Card::Good)).with(late));
    let found: Vec<_> = walk.violated.into_keys().collect();
    assert_eq!(
        found,
        ["all money that was kept belongs to confirmed orders"]
    );
}

/// The same, but the callback comes: it brings the intent to light, and the money goes back.
#[test]
fn its_callback_brings_it_to_light() {
    let late = Trouble {
        late: true,
        lost: 0,
        ..DYING
    };
    let walk = walk(one(Some(Card::Good)).with(late));
    assert!(walk.violated.is_empty(), "{:?}", walk.violated);
}
