//! Many orders reach for the same shelf at the same moment; exactly the stock is given away.

use std::sync::Arc;

use contracts::{Service, event::StockCause};
use store::{
    Step,
    inventory::{self, ReservationEnd, Reserved},
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::support::{Shop, line, unknown_order};

const ORDERS: usize = 50;

/// Starts `ORDERS` tasks that all reserve at once; answers how many were granted.
async fn rush(shop: &Shop, quantity: u32) -> usize {
    let start = Arc::new(Barrier::new(ORDERS));
    let mut tasks = JoinSet::new();
    for _ in 0..ORDERS {
        let order = unknown_order();
        let cause = shop.about(&order, "orders", Service::Inventory).await;
        let (runtime, start) = (shop.runtime.clone(), Arc::clone(&start));
        tasks.spawn(async move {
            let lines = [line("mug", quantity), line("pen", 1)];
            start.wait().await;
            let step = Step::new(&runtime, &cause, &order).unwrap();
            inventory::reserve_stock(step, &lines).await.unwrap()
        });
    }
    let answers = tasks.join_all().await;
    let rejected = answers.iter().filter(|one| **one == Reserved::Rejected);
    let granted = answers.iter().filter(|one| **one == Reserved::Reserved);
    assert_eq!(granted.clone().count() + rejected.count(), ORDERS);
    granted.count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_concurrent_orders_get_exactly_the_stock() {
    let shop = Shop::open().await;
    shop.receive("mug", 61).await;
    shop.receive("pen", 1000).await;
    assert_eq!(rush(&shop, 2).await, 30);
    assert_eq!(shop.stock("mug").await, (1, 60, 0));
    assert_eq!(shop.stock("pen").await, (970, 30, 0));
    assert_eq!(rush(&shop, 1).await, 1, "one mug is left");
    assert_eq!(shop.stock("mug").await, (0, 61, 0));
    assert_eq!(shop.stock("pen").await, (969, 31, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_delivery_handled_by_fifty_tasks_at_once_is_handled_once() {
    let shop = Shop::open().await;
    shop.receive("mug", 100).await;
    let (order, lines) = (unknown_order(), [line("mug", 1)]);
    shop.reserve(&order, &lines).await;
    let cause = shop.about(&order, "orders", Service::Inventory).await;
    let start = Arc::new(Barrier::new(ORDERS));
    let mut tasks = JoinSet::new();
    for n in 0..ORDERS {
        let (runtime, start) = (shop.runtime.clone(), Arc::clone(&start));
        let (order, cause, lines) = (order.clone(), cause.clone(), lines.clone());
        tasks.spawn(async move {
            let ends = [StockCause::Sold, StockCause::Returned];
            start.wait().await;
            let step = Step::new(&runtime, &cause, &order).unwrap();
            crate::support::end_reservation(step, &lines, ends[n % 2])
                .await
                .unwrap()
        });
    }
    let answers = tasks.join_all().await;
    let count = |wanted| answers.iter().filter(|one| **one == wanted).count();
    assert_eq!(
        (count(ReservationEnd::Ended), count(ReservationEnd::Stale)),
        (1, ORDERS - 1)
    );
    let (available, reserved, sold) = shop.stock("mug").await;
    assert_eq!((available + sold, reserved), (100, 0));
}
