//! Each kind of drift is put right by one stroke that leaves a line in the ledger of repairs, or is
//! left to a person; units and money are never made up.

use contracts::{Discount, OrderId, Service, event::StockCause};
use store::{
    audit::{self, Done, Kind, Repairs},
    promotion::Ending,
};

use super::{drifts, forget, look, order_key, payment_key, reservation_key, set, start_services};
use crate::support::{Shop, callback, coupon, doc, doc_with, eur, line};

const STOCK: &str = "sw:{0}:inventory:stock:mug";

async fn repair(shop: &Shop) -> Repairs {
    audit::repair(&shop.runtime, "ada", false).await.unwrap()
}

async fn ledger(shop: &Shop) -> usize {
    shop.redis::<usize>(&["XLEN", "sw:{0}:audit:repairs"]).await
}

/// Received, available, reserved, sold.
type Figures = (i64, i64, i64, i64);

async fn figures(shop: &Shop) -> Figures {
    shop.redis(&["HMGET", STOCK, "received", "available", "reserved", "sold"])
        .await
}

/// Returns type and order of the newest message in a service's inbox.
async fn newest_message(shop: &Shop, service: Service) -> (String, String) {
    let inbox = format!("{service}:inbox");
    let entries = shop.newest(&inbox, 1).await;
    let entry = entries.first().unwrap();
    (entry.kind().to_owned(), entry.text("key").to_owned())
}

#[tokio::test]
async fn a_ledger_follows_its_reservations_and_makes_up_no_unit() {
    let shop = Shop::open().await;
    shop.confirmed(&[line("mug", 2)]).await;
    shop.awaiting(&[line("mug", 3)]).await;
    shop.receive("mug", 4).await;
    assert_eq!(figures(&shop).await, (9, 4, 3, 2));
    let cases: [(&[(&str, &str)], Figures); 5] = [
        // A unit in the wrong column goes back.
        (&[("reserved", "4"), ("available", "3")], (9, 4, 3, 2)),
        (&[("sold", "3"), ("reserved", "2")], (9, 4, 3, 2)),
        // A missing unit is written off, and a surplus one is taken off the available stock.
        (&[("available", "3")], (8, 3, 3, 2)),
        (&[("available", "9")], (9, 4, 3, 2)),
        (&[("received", "8")], (8, 3, 3, 2)),
    ];
    for (n, (fields, expected)) in cases.into_iter().enumerate() {
        for (field, value) in [
            ("received", "9"),
            ("available", "4"),
            ("reserved", "3"),
            ("sold", "2"),
        ] {
            set(&shop, STOCK, field, value).await;
        }
        for (field, value) in fields {
            set(&shop, STOCK, field, value).await;
        }
        let before = figures(&shop).await;
        let proposed = audit::repair(&shop.runtime, "ada", true).await.unwrap();
        assert_eq!(proposed.repairs[0].done, Done::Proposed, "{fields:?}");
        assert_eq!(figures(&shop).await, before, "only looked");
        let repaired = repair(&shop).await;
        assert!(
            repaired
                .repairs
                .iter()
                .all(|one| one.done == Done::Repaired)
        );
        assert_eq!(figures(&shop).await, expected, "{fields:?}");
        assert_eq!(proposed.repairs[0].after, repaired.repairs[0].after);
        assert_eq!(drifts(&shop).await, [], "{fields:?}");
        assert_eq!(ledger(&shop).await, n + 1);
    }
    let entry = shop.newest("audit:repairs", 1).await.remove(0);
    assert_eq!((entry.text("by"), entry.text("key")), ("ada", STOCK));
    assert_eq!(
        entry.text("before"),
        "received 8, available 4, reserved 3, sold 2"
    );
    assert_eq!(
        entry.text("after"),
        "received 8, available 3, reserved 3, sold 2"
    );
}

#[tokio::test]
async fn a_missing_ledger_needs_a_manual_count() {
    let shop = Shop::open().await;
    shop.confirmed(&[line("mug", 2)]).await;
    shop.awaiting(&[line("mug", 3)]).await;
    shop.redis::<u64>(&["DEL", STOCK]).await;
    let left = repair(&shop).await.repairs;
    assert!(left.iter().all(|one| one.done == Done::ByHand), "{left:?}");
    assert!(left[0].after.contains("receive 5"), "{left:?}");
    assert_eq!(ledger(&shop).await, 0);
    // Five are promised or sold, and one lies on the shelf.
    shop.receive("mug", 6).await;
    repair(&shop).await;
    assert_eq!(figures(&shop).await, (6, 1, 3, 2));
    assert_eq!(drifts(&shop).await, []);
}

/// Repairs, then runs the step of the service that got the resent event.
async fn repaired_by(shop: &Shop, order: &OrderId, kind: Kind, to: Service, news: &str) {
    let all = repair(shop).await.repairs;
    let one = all.iter().find(|one| one.kind == kind);
    assert!(one.is_some(), "{kind:?} was not found: {all:?}");
    let one = one.unwrap();
    assert_eq!(one.done, Done::Repaired, "{one:?}");
    assert_eq!(
        newest_message(shop, to).await,
        (news.to_owned(), order.to_string())
    );
    assert!(ledger(shop).await > 0);
}

#[tokio::test]
async fn a_reservation_that_outlived_its_order_is_ended_by_the_inventory() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    let lines = [line("mug", 1)];
    let order = shop.awaiting(&lines).await;
    shop.expire(&order).await;
    forget(&shop, &order).await;
    let (inventory, kind) = (Service::Inventory, Kind::ReservationEnd);
    repaired_by(&shop, &order, kind, inventory, "OrderCancelled").await;
    shop.settle(&order, &lines, StockCause::Sold).await;
    forget(&shop, &order).await;
    repaired_by(&shop, &order, kind, inventory, "OrderRefunded").await;
    shop.take_back(&order, &lines).await;
    forget(&shop, &order).await;
    assert_eq!(drifts(&shop).await, []);
}

#[tokio::test]
async fn units_released_too_early_need_manual_repair() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    let order = shop.confirmed(&[line("mug", 1)]).await;
    set(&shop, &reservation_key(&order), "state", "returned").await;
    forget(&shop, &order).await;
    let all = repair(&shop).await.repairs;
    let one = all.iter().find(|one| one.kind == Kind::ReservationEnd);
    assert_eq!(one.unwrap().done, Done::ByHand);
}

#[tokio::test]
async fn captured_money_of_an_unpaid_order_is_refunded() {
    let shop = Shop::open().await;
    let lines = [line("mug", 1)];
    let order = shop.awaiting(&lines).await;
    shop.expire(&order).await;
    shop.settle(&order, &lines, StockCause::Returned).await;
    shop.record(&callback(&order, "evt_1", Some(1000))).await;
    forget(&shop, &order).await;
    let payment = Service::Payment;
    repaired_by(
        &shop,
        &order,
        Kind::MoneyKept,
        payment,
        "OrderRefundRequested",
    )
    .await;
    shop.refund(&order, eur(1000)).await;
    assert_eq!(drifts(&shop).await, []);
}

#[tokio::test]
async fn unexplained_money_needs_manual_repair() {
    let shop = Shop::open().await;
    let order = shop.confirmed(&[line("mug", 2)]).await;
    set(&shop, &payment_key(&order), "captured", "1999").await;
    let all = repair(&shop).await.repairs;
    assert_eq!((all[0].kind, all[0].done), (Kind::NotPaid, Done::ByHand));
    set(&shop, &payment_key(&order), "captured", "2000").await;
    shop.redis::<u64>(&["DEL", &order_key(&order)]).await;
    let all = repair(&shop).await.repairs;
    let kinds: Vec<(Kind, Done)> = all.iter().map(|one| (one.kind, one.done)).collect();
    let by_hand = Done::ByHand;
    assert_eq!(
        kinds,
        [
            (Kind::MoneyAlone, by_hand),
            (Kind::ReservationAlone, by_hand)
        ]
    );
    assert_eq!(ledger(&shop).await, 0);
}

#[tokio::test]
async fn overdue_orders_move_on_by_the_resent_event() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    let lines = [line("mug", 1)];
    let placed = shop.place(&doc(&lines)).await;
    forget(&shop, &placed).await;
    let (order, overdue) = (Service::Order, Kind::Overdue);
    repaired_by(&shop, &placed, overdue, Service::Inventory, "OrderPlaced").await;
    shop.receive("mug", 1).await;
    shop.reserve(&placed, &lines).await;
    forget(&shop, &placed).await;
    repaired_by(&shop, &placed, overdue, order, "InventoryReserved").await;
    shop.hold(&placed, None).await;
    forget(&shop, &placed).await;
    repaired_by(&shop, &placed, overdue, order, "PaymentTimeout").await;
    shop.open_payment(&placed, eur(1000), false).await;
    shop.record(&callback(&placed, "evt_1", Some(1000))).await;
    forget(&shop, &placed).await;
    repaired_by(&shop, &placed, overdue, order, "PaymentProcessed").await;
    shop.paid(&placed, eur(1000)).await;
    shop.settle(&placed, &lines, StockCause::Sold).await;
    forget(&shop, &placed).await;
    let untold = Kind::NotNotified;
    repaired_by(
        &shop,
        &placed,
        untold,
        Service::Notification,
        "OrderConfirmed",
    )
    .await;
    set(&shop, &order_key(&placed), "status", "refunding").await;
    forget(&shop, &placed).await;
    repaired_by(
        &shop,
        &placed,
        overdue,
        Service::Payment,
        "OrderRefundRequested",
    )
    .await;
    shop.refund(&placed, eur(1000)).await;
    forget(&shop, &placed).await;
    repaired_by(&shop, &placed, overdue, order, "PaymentRefunded").await;
    shop.refunded(&placed).await;
    shop.take_back(&placed, &lines).await;
    forget(&shop, &placed).await;
    assert_eq!(drifts(&shop).await, []);
}

#[tokio::test]
async fn coupons_follow_their_holds_and_holds_their_orders() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    shop.offer(&coupon("TEN", Discount::Percent(10))).await;
    let lines = [line("mug", 1)];
    let doc = doc_with("TEN", &lines);
    let order = shop.place(&doc).await;
    shop.receive("mug", 1).await;
    shop.reserve(&order, &lines).await;
    shop.hold_coupon(&order, &doc).await;
    forget(&shop, &order).await;
    let service = Service::Order;
    repaired_by(&shop, &order, Kind::Overdue, service, "CouponHeld").await;

    let key = "sw:{0}:promotion:coupon:TEN";
    for (field, value) in [("held", "7"), ("uses", "1")] {
        set(&shop, key, field, value).await;
        let repaired = repair(&shop).await.repairs;
        let count = repaired.iter().find(|one| one.kind == Kind::CouponCount);
        assert_eq!(count.unwrap().after, "held 1, uses 0");
        assert_eq!(shop.counts("TEN").await, (1, 0));
    }
    shop.redis::<u64>(&["DEL", key]).await;
    repair(&shop).await;
    let removed: (u64, u64, u64) = shop.redis(&["HMGET", key, "removed", "held", "uses"]).await;
    assert_eq!(removed, (1, 1, 0), "it keeps its counters");

    set(&shop, &order_key(&order), "status", "cancelled").await;
    set(&shop, &order_key(&order), "reason", "paymentTimeout").await;
    shop.settle(&order, &lines, StockCause::Returned).await;
    forget(&shop, &order).await;
    let promotion = Service::Promotion;
    repaired_by(&shop, &order, Kind::HoldEnd, promotion, "OrderCancelled").await;
    shop.settle_coupon(&order, &doc, Ending::Returned).await;
    forget(&shop, &order).await;
    assert_eq!(drifts(&shop).await, []);
}

#[tokio::test]
async fn balanced_state_is_not_repaired() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    let order = shop.confirmed(&[line("mug", 1)]).await;
    forget(&shop, &order).await;
    assert_eq!(repair(&shop).await.repairs, []);
    assert!(look(&shop).await.balances());
    assert_eq!(ledger(&shop).await, 0);
}
