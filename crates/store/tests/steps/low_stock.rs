//! Low stock is reported once, until the stock was above its threshold again.

use contracts::event::{LowStock, StockCause};
use store::inventory::{self, Adjustment};
use streamward::{Message, TraceParent, unpack};

use crate::support::{Shop, line, product, unknown_order};

/// The shop's threshold.
const THRESHOLD: u32 = 5;

/// Opens a shop whose mugs have a threshold of their own.
async fn open_with_threshold(units: u32) -> Shop {
    let shop = Shop::open().await;
    inventory::set_low_stock_threshold(&shop.runtime, &product("mug"), Some(units))
        .await
        .unwrap();
    shop
}

/// Changes the stock to so many available units.
async fn set_available(shop: &Shop, units: i64) {
    let mug = product("mug");
    let stock = inventory::stock(&shop.runtime, &mug).await.unwrap();
    let adjustment = Adjustment {
        low_stock: Some(THRESHOLD),
        ..Adjustment::from(units - stock.available)
    };
    inventory::adjust_stock(&shop.runtime, &mug, adjustment, TraceParent::start())
        .await
        .unwrap();
}

async fn reports(shop: &Shop) -> Vec<LowStock> {
    let entries = shop.newest("inventory:low-stock", 100).await;
    let events = entries.iter().map(|entry| {
        assert_eq!((entry.kind(), entry.key()), (LowStock::KIND, "mug"));
        unpack(entry.data()).unwrap()
    });
    events.collect()
}

#[tokio::test]
async fn low_stock_is_reported_once_until_stock_was_above_the_threshold() {
    let shop = Shop::open().await;
    for (available, expected) in [
        (6, 0),
        (5, 1),
        (4, 1),
        (0, 1),
        (5, 1),
        (6, 1),
        (5, 2),
        (3, 2),
    ] {
        set_available(&shop, available).await;
        assert_eq!(reports(&shop).await.len(), expected, "{available} left");
    }
    let expected = LowStock {
        product_id: product("mug"),
        available: 5,
        reserved: 0,
        sold: 0,
        threshold: THRESHOLD,
    };
    assert_eq!(reports(&shop).await, [expected.clone(), expected]);
}

#[tokio::test]
async fn a_product_with_its_own_threshold_is_reported_by_it() {
    let shop = open_with_threshold(20).await;
    let mug = product("mug");
    for (available, expected) in [(21, 0), (20, 1), (5, 1), (21, 1), (20, 2)] {
        set_available(&shop, available).await;
        assert_eq!(reports(&shop).await.len(), expected, "{available} left");
    }
    inventory::set_low_stock_threshold(&shop.runtime, &mug, None)
        .await
        .unwrap();
    set_available(&shop, 10).await;
    set_available(&shop, 9).await;
    assert_eq!(reports(&shop).await.len(), 2, "the shop's threshold counts");
    assert!(
        inventory::stock(&shop.runtime, &mug)
            .await
            .unwrap()
            .balances()
    );
}

#[tokio::test]
async fn a_sale_reports_low_stock_and_a_reservation_alone_does_not() {
    let shop = open_with_threshold(THRESHOLD).await;
    set_available(&shop, 8).await;
    let (order, lines) = (unknown_order(), [line("mug", 3)]);
    shop.reserve(&order, &lines).await;
    assert_eq!(reports(&shop).await, []);
    shop.settle(&order, &lines, StockCause::Sold).await;
    let expected = LowStock {
        product_id: product("mug"),
        available: 5,
        reserved: 0,
        sold: 3,
        threshold: THRESHOLD,
    };
    assert_eq!(reports(&shop).await, [expected]);
}

#[tokio::test]
async fn units_that_come_back_end_the_report() {
    let shop = open_with_threshold(THRESHOLD).await;
    set_available(&shop, 8).await;
    let (order, lines) = (unknown_order(), [line("mug", 3)]);
    shop.reserve(&order, &lines).await;
    shop.settle(&order, &lines, StockCause::Sold).await;
    shop.take_back(&order, &lines).await;
    let (order, lines) = (unknown_order(), [line("mug", 4)]);
    shop.reserve(&order, &lines).await;
    shop.settle(&order, &lines, StockCause::Sold).await;
    let available: Vec<i64> = reports(&shop)
        .await
        .iter()
        .map(|one| one.available)
        .collect();
    assert_eq!(available, [5, 4]);
}

#[tokio::test]
async fn another_threshold_is_reported_by_itself() {
    let shop = open_with_threshold(THRESHOLD).await;
    set_available(&shop, 3).await;
    assert_eq!(reports(&shop).await.len(), 1);
    inventory::set_low_stock_threshold(&shop.runtime, &product("mug"), Some(2))
        .await
        .unwrap();
    set_available(&shop, 2).await;
    let reported: Vec<u32> = reports(&shop)
        .await
        .iter()
        .map(|one| one.threshold)
        .collect();
    assert_eq!(reported, [THRESHOLD, 2]);
}
