//! Units come in, and are written off as far as they are available.

use std::collections::BTreeMap;

use contracts::event::{InventoryUpdated, StockCause, StockLevel};
use store::inventory::{self, Adjusted, Stock};
use streamward::TraceParent;

use crate::support::{Effect, Shop, line, product, unknown_order};

async fn adjust(shop: &Shop, delta: i64) -> (Adjusted, Effect) {
    let (mug, trace) = (product("mug"), TraceParent::start());
    shop.observe(inventory::adjust(&shop.runtime, &mug, delta, trace))
        .await
}

#[tokio::test]
async fn units_are_received_and_written_off() {
    let shop = Shop::open().await;
    for (delta, units) in [(5, 5), (3, 8), (-8, 0), (1, 1), (0, 1)] {
        let (adjusted, effect) = adjust(&shop, delta).await;
        let expected = Stock {
            received: units,
            available: units,
            ..Stock::default()
        };
        let entry = shop.newest("inventory", 1).await[0].id.parse().unwrap();
        assert_eq!(adjusted, Adjusted::Adjusted(expected, entry));
        assert!(effect.keys.contains(&"inventory".to_owned()), "{effect:?}");
        let event: InventoryUpdated = shop.event("inventory").await;
        let level = StockLevel {
            product_id: product("mug"),
            available: units,
            reserved: 0,
            sold: 0,
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
        ("sold", 0),
    ];
    assert_eq!(
        ledger,
        expected.map(|(name, n)| (name.to_owned(), n)).into()
    );
}

#[tokio::test]
async fn what_is_reserved_cannot_be_written_off() {
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
