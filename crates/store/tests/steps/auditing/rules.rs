//! Each audit rule reports its drift with rule and key.

use contracts::event::StockCause;

use super::{drifts, forget, order_key, payment_key, reservation_key, set, start_services};
use crate::support::{Shop, callback, doc, eur, line};

#[tokio::test]
async fn rule_1_every_unit_of_stock_is_accounted_for() {
    let shop = Shop::open().await;
    shop.confirmed(&[line("mug", 2)]).await;
    shop.awaiting(&[line("mug", 3)]).await;
    shop.receive("mug", 4).await;
    let key = "sw:{0}:inventory:stock:mug".to_owned();
    // Each figure alone, and moves between two columns that keep the sum.
    let breaks: [(&[(&str, &str)], usize); 5] = [
        (&[("received", "10")], 1),
        (&[("available", "5")], 1),
        (&[("available", "-1"), ("received", "4")], 1),
        (&[("reserved", "4"), ("available", "3")], 1),
        (&[("sold", "3"), ("reserved", "2")], 2),
    ];
    let good: Vec<String> = shop.redis(&["HGETALL", &key]).await;
    for (fields, count) in breaks {
        for (field, value) in fields {
            set(&shop, &key, field, value).await;
        }
        let expected = vec![(1, key.clone()); count];
        assert_eq!(drifts(&shop).await, expected, "{fields:?}");
        for pair in good.chunks(2) {
            set(&shop, &key, &pair[0], &pair[1]).await;
        }
    }
    assert_eq!(drifts(&shop).await, []);
}

#[tokio::test]
async fn rule_1_a_missing_stock_ledger_is_a_drift() {
    let shop = Shop::open().await;
    shop.confirmed(&[line("mug", 2)]).await;
    shop.awaiting(&[line("mug", 3)]).await;
    let key = "sw:{0}:inventory:stock:mug";
    shop.redis::<u64>(&["DEL", key]).await;
    let (reserved, sold) = ((1, key.to_owned()), (1, key.to_owned()));
    assert_eq!(drifts(&shop).await, [reserved, sold]);
}

#[tokio::test]
async fn rule_2_a_confirmed_order_is_paid_in_full() {
    let shop = Shop::open().await;
    let order = shop.confirmed(&[line("mug", 2)]).await;
    let key = payment_key(&order);
    for (field, value) in [("captured", "1999"), ("refunded", "1")] {
        set(&shop, &key, field, value).await;
        assert_eq!(drifts(&shop).await, [(2, order_key(&order))], "{field}");
        set(&shop, &key, "captured", "2000").await;
        set(&shop, &key, "refunded", "0").await;
    }
    assert_eq!(drifts(&shop).await, []);
    shop.redis::<u64>(&["DEL", &key]).await;
    assert_eq!(drifts(&shop).await, [(2, order_key(&order))]);
}

#[tokio::test]
async fn rule_2_no_money_stays_with_an_order_that_ended_unpaid() {
    let shop = Shop::open().await;
    let lines = [line("mug", 1)];
    let order = shop.awaiting(&lines).await;
    shop.expire(&order).await;
    shop.settle(&order, &lines, StockCause::Returned).await;
    shop.record(&callback(&order, "evt_1", Some(1000))).await;
    forget(&shop, &order).await;
    assert_eq!(drifts(&shop).await, [(2, payment_key(&order))]);
    shop.refund(&order, eur(1000)).await;
    assert_eq!(drifts(&shop).await, []);

    shop.redis::<u64>(&["DEL", &order_key(&order)]).await;
    shop.redis::<u64>(&["DEL", &reservation_key(&order)]).await;
    assert_eq!(drifts(&shop).await, [], "paid back without an order");
    set(&shop, &payment_key(&order), "refunded", "0").await;
    assert_eq!(drifts(&shop).await, [(2, payment_key(&order))]);
}

#[tokio::test]
async fn rule_3_every_reservation_has_an_order_and_ends_with_it() {
    let shop = Shop::open().await;
    let lines = [line("mug", 1)];
    let order = shop.awaiting(&lines).await;
    shop.expire(&order).await;
    forget(&shop, &order).await;
    assert_eq!(
        drifts(&shop).await,
        [],
        "no service runs that could return it"
    );
    start_services(&shop).await;
    assert_eq!(drifts(&shop).await, [(3, reservation_key(&order))]);
    shop.settle(&order, &lines, StockCause::Sold).await;
    let wrong_end = [(3, reservation_key(&order))];
    assert_eq!(drifts(&shop).await, wrong_end, "sold though cancelled");
    shop.redis::<u64>(&["DEL", &order_key(&order)]).await;
    assert_eq!(drifts(&shop).await, wrong_end, "without an order");
}

#[tokio::test]
async fn rule_4_no_order_waits_past_its_deadline() {
    let shop = Shop::open().await;
    let lines = [line("mug", 1)];
    let placed = shop.place(&doc(&lines)).await;
    let awaiting = shop.awaiting(&lines).await;
    forget(&shop, &placed).await;
    forget(&shop, &awaiting).await;
    assert_eq!(
        drifts(&shop).await,
        [],
        "no service runs that could move them"
    );
    start_services(&shop).await;
    let mut expected = [(4, order_key(&placed)), (4, order_key(&awaiting))];
    expected.sort();
    assert_eq!(drifts(&shop).await, expected);
    shop.redis::<u64>(&["DEL", &order_key(&placed)]).await;
    set(&shop, &order_key(&awaiting), "status", "refunding").await;
    let named = drifts(&shop).await;
    assert!(named.contains(&(4, order_key(&awaiting))), "{named:?}");
}

#[tokio::test]
async fn rule_5_every_confirmed_order_was_notified() {
    let shop = Shop::open().await;
    let order = shop.confirmed(&[line("mug", 1)]).await;
    forget(&shop, &order).await;
    let key = format!("sw:{{0}}:notification:sent:{order}");
    shop.redis::<u64>(&["DEL", &key]).await;
    assert_eq!(drifts(&shop).await, [], "no service runs that could notify");
    start_services(&shop).await;
    assert_eq!(drifts(&shop).await, [(5, key.clone())]);
    set(&shop, &key, "paymentFailed:email", "2026-01-01T00:00:00Z").await;
    assert_eq!(
        drifts(&shop).await,
        [(5, key.clone())],
        "another message was sent"
    );
    set(&shop, &key, "orderConfirmed:sms", "2026-01-01T00:00:00Z").await;
    assert_eq!(drifts(&shop).await, []);
}
