use std::{path::PathBuf, process::Stdio};

use streamward::{Namespace, inspect};
use testkit::eventually;

use crate::{process::Process, split_shop::SplitShop};

/// Ended by a second signal.
const KILLED: i32 = 130;

/// A worker process in the middle of charges that the provider does not answer, and its log.
async fn in_the_middle(shop: &SplitShop) -> (Process, PathBuf) {
    let log = shop.data().join("worker.log");
    let file = std::fs::File::create(&log).unwrap();
    let worker = shop
        .start_inventory_and_payment_logging(Stdio::from(file))
        .await;
    shop.signal_provider("-STOP").await;
    let orders = Namespace::default()
        .partition(0)
        .stream("orders:awaiting-payment");
    shop.place(20).await;
    eventually("charges are under way", || async {
        let mut connection = shop.redis.connection().await;
        let stream = inspect::stream(&mut connection, &orders).await.ok()??;
        let payment = stream
            .groups
            .iter()
            .find(|group| group.group == "payment")?;
        (payment.pending >= 20).then_some(())
    })
    .await;
    (worker, log)
}

/// The provider answers again, and another worker finishes what was handed back.
async fn finish(shop: &SplitShop) {
    shop.signal_provider("-CONT").await;
    let worker = shop.start_inventory_and_payment().await;
    shop.load(10, 100).await;
    shop.until_all_ended().await;
    shop.audit().await;
    assert_eq!(worker.terminate().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_unfinished_at_the_deadline_are_handed_back_by_name() {
    let shop = SplitShop::open().await;
    let (worker, log) = in_the_middle(&shop).await;
    assert_eq!(worker.terminate().await, Some(0));
    let said = std::fs::read_to_string(log).unwrap();
    let named = said.lines().filter(|line| line.contains("handed back"));
    assert!(named.count() >= 20, "{said}");
    finish(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_now_and_loses_nothing() {
    let shop = SplitShop::open().await;
    let (worker, log) = in_the_middle(&shop).await;
    worker.signal("-TERM").await;
    eventually("it drains", || async {
        let said = std::fs::read_to_string(&log).ok()?;
        said.contains("a second signal stops at once").then_some(())
    })
    .await;
    assert_eq!(worker.terminate().await, Some(KILLED));
    finish(&shop).await;
}
