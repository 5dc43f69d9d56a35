use streamward::{Namespace, inspect};
use testkit::eventually;

use crate::split_shop::SplitShop;

/// Waits until some orders have gone by, so that the kill hits the middle of the load.
async fn some_orders(shop: &SplitShop, at_least: u64) {
    let orders = Namespace::default().partition(0).stream("orders:placed");
    eventually("orders are under way", || async {
        let mut connection = shop.redis.connection().await;
        let stream = inspect::stream(&mut connection, &orders).await.ok()??;
        (stream.length >= at_least).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_takes_over() {
    let shop = SplitShop::open().await;
    let first = shop.start_inventory_and_payment().await;
    let _second = shop.start_inventory_and_payment().await;
    let kill = async {
        some_orders(&shop, 300).await;
        first.kill().await;
    };
    tokio::join!(shop.load(800, 200), kill);
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_one_continues_when_it_is_started_again() {
    let shop = SplitShop::open().await;
    let only = shop.start_inventory_and_payment().await;
    let kill = async {
        some_orders(&shop, 300).await;
        only.kill().await;
        shop.start_inventory_and_payment().await
    };
    let ((), again) = tokio::join!(shop.load(800, 200), kill);
    shop.audit().await;
    assert_eq!(again.terminate().await, Some(0));
}
