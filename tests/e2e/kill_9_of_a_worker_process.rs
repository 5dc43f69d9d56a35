use streamward::{Namespace, inspect};
use testkit::eventually;

use crate::roles::Roles;

/// Waits until some orders have gone by, so that the kill hits the middle of the load.
async fn some_orders(roles: &Roles, at_least: u64) {
    let orders = Namespace::default().partition(0).stream("orders");
    eventually("orders are under way", || async {
        let mut connection = roles.redis.connection().await;
        let stream = inspect::stream(&mut connection, &orders).await.ok()??;
        (stream.length >= at_least).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_takes_over() {
    let roles = Roles::open().await;
    let first = roles.start_inventory_and_payment().await;
    let _second = roles.start_inventory_and_payment().await;
    let kill = async {
        some_orders(&roles, 300).await;
        first.kill().await;
    };
    tokio::join!(roles.load(800, 200), kill);
    roles.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_one_continues_when_it_is_started_again() {
    let roles = Roles::open().await;
    let only = roles.start_inventory_and_payment().await;
    let kill = async {
        some_orders(&roles, 300).await;
        only.kill().await;
        roles.start_inventory_and_payment().await
    };
    let ((), again) = tokio::join!(roles.load(800, 200), kill);
    roles.audit().await;
    assert_eq!(again.terminate().await, Some(0));
}
