//! Units come in, and are written off as far as they are available.

use std::collections::BTreeMap;

use contracts::event::{InventoryUpdated, StockCause, StockLevel};
use store::inventory::{self, Adjusted, Adjustment, LedgerLine, Stock, When};
use streamward::TraceParent;

use crate::support::{Effect, Shop, line, product, unknown_order};

async fn adjust(shop: &Shop, delta: i64) -> (Adjusted, Effect) {
    let (mug, trace) = (product("mug"), TraceParent::start());
    shop.observe(inventory::adjust_stock(&shop.runtime, &mug, delta, trace))
        .await
}

#[tokio::test]
async fn units_are_received_and_written_off() {
    let shop = Shop::open().await;
    let changes = [(5, 5), (3, 8), (-8, 0), (1, 1), (0, 1)];
    for ((delta, units), revision) in changes.into_iter().zip(1..) {
        let (adjusted, effect) = adjust(&shop, delta).await;
        let expected = Stock {
            received: units,
            available: units,
            ..Stock::default()
        };
        assert_eq!(adjusted, Adjusted::Adjusted(expected, revision));
        let topic = "inventory:updated".to_owned();
        assert!(effect.keys.contains(&topic), "{effect:?}");
        let event: InventoryUpdated = shop.event("inventory").await;
        let level = StockLevel {
            product_id: product("mug"),
            available: units,
            reserved: 0,
            sold: 0,
            revision,
        };
        assert_eq!((event.order_id, event.cause), (None, StockCause::Adjusted));
        assert_eq!(event.levels, [level]);
    }
}

#[tokio::test]
async fn a_first_delivery_opens_the_whole_ledger() {
    let shop = Shop::open().await;
    adjust(&shop, 5).await;
    let ledger: BTreeMap<String, i64> =
        shop.redis(&["HGETALL", "sw:{0}:inventory:stock:mug"]).await;
    let expected = [
        ("available", 5),
        ("received", 5),
        ("reserved", 0),
        ("revision", 1),
        ("sold", 0),
    ];
    assert_eq!(
        ledger,
        expected.map(|(name, n)| (name.to_owned(), n)).into()
    );
}

#[tokio::test]
async fn reserved_units_cannot_be_written_off() {
    let shop = Shop::open().await;
    adjust(&shop, 5).await;
    shop.reserve(&unknown_order(), &[line("mug", 3)]).await;
    let short = Adjusted::Short { available: 2 };
    assert_eq!(adjust(&shop, -3).await, (short, Effect::NOTHING));
    let (adjusted, _) = adjust(&shop, -2).await;
    let expected = Stock {
        received: 3,
        reserved: 3,
        ..Stock::default()
    };
    assert!(
        matches!(adjusted, Adjusted::Adjusted(found, _) if found == expected),
        "{adjusted:?}"
    );
    assert_eq!(shop.stock("mug").await, (0, 3, 0));
}

#[tokio::test]
async fn nothing_can_be_written_off_of_an_unknown_product() {
    let shop = Shop::open().await;
    let short = Adjusted::Short { available: 0 };
    assert_eq!(adjust(&shop, -1).await, (short, Effect::NOTHING));
}

#[tokio::test]
async fn large_stocks_stay_exact() {
    let shop = Shop::open().await;
    let many = 1_000_000_000_000_000;
    adjust(&shop, many).await;
    shop.reserve(&unknown_order(), &[line("mug", 1)]).await;
    assert_eq!(shop.stock("mug").await, (many - 1, 1, 0));
    let (adjusted, _) = adjust(&shop, 2).await;
    let expected = Stock {
        received: many + 2,
        available: many + 1,
        reserved: 1,
        ..Stock::default()
    };
    assert!(
        matches!(adjusted, Adjusted::Adjusted(found, _) if found == expected),
        "{adjusted:?}"
    );
    let event: InventoryUpdated = shop.event("inventory").await;
    assert_eq!(event.levels[0].available, many + 1);
}

#[tokio::test]
async fn the_ledger_lists_changes_with_their_authors_newest_first() {
    let shop = Shop::open().await;
    let (mug, trace) = (product("mug"), TraceParent::start());
    for (delta, reason) in [(5, "delivery"), (-2, "broken"), (1, "")] {
        let one = Adjustment {
            delta,
            reason,
            actor: "ada",
            when: When::Any,
            low_stock: None,
        };
        let adjusted = inventory::adjust_stock(&shop.runtime, &mug, one, trace).await;
        assert!(matches!(adjusted.unwrap(), Adjusted::Adjusted(..)));
    }
    let short = inventory::adjust_stock(&shop.runtime, &mug, -5, trace).await;
    assert_eq!(short.unwrap(), Adjusted::Short { available: 4 });
    let newest = inventory::ledger(&shop.runtime, &mug, None, 2).await;
    let newest = newest.unwrap();
    let summary = |line: &LedgerLine| (line.delta, line.reason.clone(), line.available);
    let expected = [(1, String::new(), 4), (-2, "broken".to_owned(), 3)];
    assert_eq!(newest.iter().map(summary).collect::<Vec<_>>(), expected);
    assert!(newest.iter().all(|line| line.actor == "ada"));
    let before = Some(newest[1].id);
    let rest = inventory::ledger(&shop.runtime, &mug, before, 2).await;
    let rest: Vec<_> = rest.unwrap().iter().map(summary).collect();
    assert_eq!(rest, [(5, "delivery".to_owned(), 5)]);
}

#[tokio::test]
async fn a_shelf_is_filled_for_the_first_time_once() {
    let shop = Shop::open().await;
    let (mug, trace) = (product("mug"), TraceParent::start());
    let first = Adjustment {
        when: When::First,
        ..Adjustment::from(5)
    };
    let filled = inventory::adjust_stock(&shop.runtime, &mug, first, trace).await;
    assert!(matches!(filled.unwrap(), Adjusted::Adjusted(..)));
    adjust(&shop, -5).await;
    let again = shop.observe(inventory::adjust_stock(&shop.runtime, &mug, first, trace));
    assert_eq!(again.await, (Adjusted::Kept, Effect::NOTHING));
}

#[tokio::test]
async fn an_adjustment_with_a_name_is_made_once() {
    let shop = Shop::open().await;
    let (mug, trace) = (product("mug"), TraceParent::start());
    let once = |name| Adjustment {
        when: When::Once(name),
        ..Adjustment::from(5)
    };
    let made = inventory::adjust_stock(&shop.runtime, &mug, once("a1"), trace).await;
    assert!(matches!(made.unwrap(), Adjusted::Adjusted(..)));
    let again = shop.observe(inventory::adjust_stock(
        &shop.runtime,
        &mug,
        once("a1"),
        trace,
    ));
    assert_eq!(again.await, (Adjusted::Kept, Effect::NOTHING));
    let other = inventory::adjust_stock(&shop.runtime, &mug, once("b2"), trace).await;
    assert!(matches!(other.unwrap(), Adjusted::Adjusted(..)));
    assert_eq!(shop.stock("mug").await, (10, 0, 0));
    let left: i64 = shop.redis(&["PTTL", "sw:{0}:inventory:adjusted:a1"]).await;
    assert!((1..=24 * 3_600_000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_write_off_that_was_refused_may_be_made_under_its_name() {
    let shop = Shop::open().await;
    let (mug, trace) = (product("mug"), TraceParent::start());
    let broken = Adjustment {
        when: When::Once("a1"),
        ..Adjustment::from(-5)
    };
    let short = inventory::adjust_stock(&shop.runtime, &mug, broken, trace).await;
    assert_eq!(short.unwrap(), Adjusted::Short { available: 0 });
    adjust(&shop, 5).await;
    let made = inventory::adjust_stock(&shop.runtime, &mug, broken, trace).await;
    assert!(matches!(made.unwrap(), Adjusted::Adjusted(..)));
}
