use std::process::Stdio;

use streamward::{
    Namespace,
    inspect::{self, GroupInfo},
};
use testkit::eventually;

use crate::split_shop::SplitShop;

/// Returns the payment group's state on the topic `orders:awaiting-payment`.
async fn payment(shop: &SplitShop) -> GroupInfo {
    let orders = Namespace::default()
        .partition(0)
        .stream("orders:awaiting-payment");
    let mut connection = shop.redis.connection().await;
    let stream = inspect::stream(&mut connection, &orders).await;
    let groups = stream.unwrap().map_or(Vec::new(), |stream| stream.groups);
    let mut payment = groups.into_iter().filter(|group| group.group == "payment");
    payment.next().expect("its group is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_a_frozen_process_are_handled_elsewhere_and_it_reports_them_lost() {
    let shop = SplitShop::open().await;
    let log = shop.data().join("frozen.log");
    let file = std::fs::File::create(&log).unwrap();
    let frozen = shop
        .start_inventory_and_payment_logging(Stdio::from(file))
        .await;
    // Charges are begun and not answered, so that it is frozen in the middle of them.
    shop.signal_provider("-STOP").await;
    let faults = async {
        eventually("charges are under way", || async {
            (payment(&shop).await.pending >= 5).then_some(())
        })
        .await;
        frozen.signal("-STOP").await;
        let other = shop.start_inventory_and_payment().await;
        eventually("its entries are in other hands", || async {
            // The dead name is retired when nothing is left in it.
            let group = payment(&shop).await;
            (group.consumers == 1 && group.pending >= 5).then_some(())
        })
        .await;
        shop.signal_provider("-CONT").await;
        eventually("they are handled", || async {
            (payment(&shop).await.pending == 0).then_some(())
        })
        .await;
        frozen.signal("-CONT").await;
        other
    };
    let ((), other) = tokio::join!(shop.load(20, 100), faults);
    eventually("it says that it was too late", || async {
        let said = std::fs::read_to_string(&log).ok()?;
        said.contains("no heartbeat for longer").then_some(())
    })
    .await;
    shop.audit().await;
    assert_eq!(other.terminate().await, Some(0));
    assert_eq!(frozen.terminate().await, Some(0));
}
