//! Any one service may be away: orders are accepted all the same, and finish when it is back.
//!
//! `make soak` lets each be away for thirty seconds.

use contracts::Service;

use crate::{distributed_shop::DistributedShop, soak};

/// Orders that come while the service is away, at ten per second.
fn orders() -> &'static str {
    if soak::is_requested() { "300" } else { "20" }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_accepted_whichever_service_is_away_and_finish_when_it_is_back() {
    let mut shop = DistributedShop::open(1, "15m").await;
    for service in Service::ALL {
        shop.stop(service, 0).await;
        let meanwhile = ["--orders", orders(), "--rate", "10", "--place-only"];
        let report = DistributedShop::load(shop.data(), &meanwhile).await;
        // Every request was answered with 202, the first time it was sent.
        assert_eq!(
            report["placed"].to_string(),
            orders(),
            "{service}: {report}"
        );
        shop.start(service, 0).await;
        shop.until_at_rest().await;
        shop.audit().await;
    }
    let ledger = shop.ledger().await;
    let all = orders().parse::<usize>().unwrap() * Service::ALL.len();
    assert_eq!(ledger["charges"].to_string(), all.to_string(), "{ledger}");
}
