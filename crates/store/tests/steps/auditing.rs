//! The audit reports neither balanced ledgers nor work in progress.

mod busy;
mod coupons;
mod repairing;
mod rules;
mod under_way;

use contracts::{OrderId, Service, event::StockCause};
use store::audit::{self, Report};

use crate::support::{Shop, callback, doc, eur, line};

/// The first words of any history line, and an entry id of long ago behind them.
const LONG_AGO: &str = "X orders 1-0";

async fn look(shop: &Shop) -> Report {
    audit::run(&shop.runtime).await.unwrap()
}

/// The rule numbers and keys that an audit names.
async fn drifts(shop: &Shop) -> Vec<(u8, String)> {
    let report = look(shop).await;
    assert_eq!(report.balances(), report.drifts.is_empty());
    let named = report.drifts.into_iter().map(|one| (one.rule, one.key));
    named.collect()
}

async fn set(shop: &Shop, key: &str, field: &str, value: &str) {
    shop.redis::<u64>(&["HSET", key, field, value]).await;
}

/// All services have a consumer that lives.
async fn start_services(shop: &Shop) {
    for service in Service::ALL {
        let key = shop.partition().alive(service.name(), "host#1-0");
        shop.redis::<String>(&["SET", &key, "1"]).await;
    }
}

/// Moves every group past every entry, so that no event is outstanding.
async fn hear_everything(shop: &Shop) {
    let now = format!("{}-0", streamward::clock::now_ms());
    for service in Service::ALL {
        let inbox = shop.partition().inbox(service.name());
        let read = service.reads();
        let streams = read.map(|name| shop.partition().stream(name));
        for stream in streams.chain([inbox]) {
            let group = ["XGROUP", "DESTROY", &stream, service.name()];
            shop.redis::<u64>(&group).await;
            // Past the lines of long ago, even on a topic without entries.
            let group = ["XGROUP", "CREATE", &stream, service.name(), &now];
            shop.redis::<String>(&group).await;
        }
    }
}

/// Backdates the order by years and marks every event as handled.
async fn forget(shop: &Shop, order: &OrderId) {
    hear_everything(shop).await;
    let lines = shop.find(order).await.history.len();
    set(shop, &order_key(order), &format!("h:{lines}"), LONG_AGO).await;
    let key = order_key(order);
    if shop.redis::<bool>(&["HEXISTS", &key, "due"]).await {
        set(shop, &key, "due", "1").await;
    }
}

fn order_key(order: &OrderId) -> String {
    format!("sw:{{0}}:order:{order}")
}

fn payment_key(order: &OrderId) -> String {
    format!("sw:{{0}}:payment:intent:{order}")
}

fn reservation_key(order: &OrderId) -> String {
    format!("sw:{{0}}:inventory:reservation:{order}")
}

#[tokio::test]
async fn a_clean_shop_balances_however_long_ago_it_all_was() {
    let shop = Shop::open().await;
    assert_eq!(look(&shop).await, Report::default(), "an empty shop");
    start_services(&shop).await;
    let confirmed = shop.confirmed(&[line("mug", 2), line("pen", 1)]).await;
    let lines = [line("mug", 1)];
    let cancelled = shop.awaiting(&lines).await;
    shop.expire(&cancelled).await;
    shop.settle(&cancelled, &lines, StockCause::Returned).await;
    shop.void(&cancelled).await;
    let rejected = shop.place(&doc(&lines)).await;
    shop.hold(&rejected, Some(&[])).await;
    shop.settle(&rejected, &lines, StockCause::Returned).await;
    for order in [&confirmed, &cancelled, &rejected] {
        forget(&shop, order).await;
    }
    let report = look(&shop).await;
    assert_eq!(report.drifts, []);
    assert_eq!((report.products, report.orders), (2, 3));
    assert_eq!((report.open, report.payments), (0, 2));
    assert_eq!(report.captured, [("EUR".to_owned(), 3000)].into());
}

#[tokio::test]
async fn work_under_way_is_no_drift() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    let lines = [line("mug", 1)];
    let placed = shop.place(&doc(&lines)).await;
    assert_eq!(drifts(&shop).await, [], "placed");
    shop.receive("mug", 1).await;
    shop.reserve(&placed, &lines).await;
    assert_eq!(drifts(&shop).await, [], "reserved, not answered");
    shop.hold(&placed, None).await;
    shop.open_payment(&placed, eur(1000), false).await;
    assert_eq!(drifts(&shop).await, [], "awaiting payment");
    shop.record(&callback(&placed, "evt_1", Some(1000))).await;
    assert_eq!(drifts(&shop).await, [], "captured, not confirmed");
    shop.paid(&placed, eur(1000)).await;
    assert_eq!(
        drifts(&shop).await,
        [],
        "confirmed, not yet sold or notified"
    );

    let late = shop.awaiting(&lines).await;
    shop.expire(&late).await;
    assert_eq!(drifts(&shop).await, [], "cancelled, not returned");
    shop.record(&callback(&late, "evt_1", Some(1000))).await;
    shop.paid(&late, eur(1000)).await;
    assert_eq!(drifts(&shop).await, [], "to be refunded");
    assert_eq!(look(&shop).await.open, 0);
}

#[tokio::test]
async fn an_audit_covers_its_own_namespace_only() {
    let shop = Shop::named("a[b]*\\?").await;
    shop.receive("mug", 1).await;
    // Read as a pattern, the name means this key and not the shop's own.
    let other = "abx?:{0}:inventory:stock:pen";
    set(&shop, other, "received", "1").await;
    let report = look(&shop).await;
    assert_eq!((report.products, report.drifts.len()), (1, 0));
    let key = shop.partition().key(&["inventory", "stock", "mug"]);
    set(&shop, &key, "received", "2").await;
    assert_eq!(drifts(&shop).await, [(1, key)]);
}
