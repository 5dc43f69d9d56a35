//! `settle`: deliveries that are done are acknowledged, each only by who has it.

use super::{ATTEMPTS, Bench, GROUP, LEASE, ORDERS, holders};

/// Settles these deliveries of `consumer`; returns the lost and the gone ones.
async fn settle(
    bench: &Bench,
    consumer: &str,
    deliveries: &[(&str, u64)],
) -> (Vec<String>, Vec<String>) {
    let mut args = vec![GROUP.to_owned(), consumer.to_owned()];
    args.extend(
        deliveries
            .iter()
            .flat_map(|(id, n)| [(*id).to_owned(), n.to_string()]),
    );
    let mut reply = bench.call("ack_entries", &[ORDERS, ATTEMPTS], args).await;
    assert_eq!(reply.tag(), "SETTLED");
    let mut ids = || reply.take().expect("ids");
    (ids(), ids())
}

/// A bench where `w` holds the entries `1-0` to `count`-0.
async fn holding(count: usize) -> Bench {
    let bench = Bench::new().await;
    bench.fill(ORDERS, count).await;
    bench.read(ORDERS, GROUP, "w", count).await;
    bench
}

fn none() -> Vec<String> {
    Vec::new()
}

#[tokio::test]
async fn what_is_done_is_acknowledged_and_its_history_forgotten() {
    let bench = holding(3).await;
    for id in ["1-0", "2-0", "3-0"] {
        bench.remember(ORDERS, id, "[1]").await;
    }
    let settled = settle(&bench, "w", &[("1-0", 1), ("3-0", 1)]).await;
    assert_eq!(settled, (none(), none()));
    assert_eq!(bench.holders(ORDERS).await, holders(&[("2-0", "w", 1)]));
    let left: Vec<String> = bench.ask(&["HKEYS", ATTEMPTS]).await;
    assert_eq!(left, [format!("{ORDERS}/2-0")]);
}

#[tokio::test]
async fn settling_again_says_gone_and_writes_nothing() {
    let bench = holding(2).await;
    settle(&bench, "w", &[("1-0", 1)]).await;
    // A history that came back would not be this call's to forget.
    bench.remember(ORDERS, "1-0", "[1]").await;
    let before = bench.dump().await;
    let gone = vec!["1-0".to_owned()];
    assert_eq!(settle(&bench, "w", &[("1-0", 1)]).await, (none(), gone));
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn what_another_consumer_has_is_lost_and_left_alone() {
    let bench = holding(1).await;
    bench.remember(ORDERS, "1-0", "[1]").await;
    // The same delivery count: the name alone decides.
    bench.give(ORDERS, "1-0", "heir", 1, 0).await;
    let before = bench.dump().await;
    let lost = vec!["1-0".to_owned()];
    assert_eq!(settle(&bench, "w", &[("1-0", 1)]).await, (lost, none()));
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn an_earlier_delivery_to_the_same_consumer_settles_nothing() {
    let bench = holding(1).await;
    bench.give(ORDERS, "1-0", "w", 2, 0).await;
    let before = bench.dump().await;
    let lost = vec!["1-0".to_owned()];
    for stale in [1, 3] {
        let settled = settle(&bench, "w", &[("1-0", stale)]).await;
        assert_eq!(settled, (lost.clone(), none()));
    }
    assert_eq!(bench.dump().await, before);
    assert_eq!(settle(&bench, "w", &[("1-0", 2)]).await, (none(), none()));
    assert_eq!(bench.holders(ORDERS).await, []);
}

#[tokio::test]
async fn a_stale_delivery_holds_up_no_other() {
    let bench = holding(4).await;
    bench.ask::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    bench.give(ORDERS, "3-0", "~retry", 1, LEASE).await;
    let batch = [("1-0", 1), ("2-0", 1), ("3-0", 1), ("4-0", 1)];
    let settled = settle(&bench, "w", &batch).await;
    assert_eq!(settled, (vec!["3-0".to_owned()], vec!["1-0".to_owned()]));
    assert_eq!(
        bench.holders(ORDERS).await,
        holders(&[("3-0", "~retry", 1)])
    );
}

#[tokio::test]
async fn the_order_of_a_batch_and_what_lies_between_do_not_matter() {
    let bench = holding(2_000).await;
    bench.give(ORDERS, "1000-0", "heir", 1, 0).await;
    bench.ask::<()>(&["XACK", ORDERS, GROUP, "700-0"]).await;
    let batch = ["2000-0", "700-0", "1-0", "1000-0", "1500-0", "2-0"];
    let settled = settle(&bench, "w", &batch.map(|id| (id, 1))).await;
    let one = |id: &str| vec![id.to_owned()];
    assert_eq!(settled, (one("1000-0"), one("700-0")));
    assert_eq!(bench.pending(ORDERS).await.len(), 2_000 - 5);
    // In the order of the ids, and with more in between than one look finds.
    let settled = settle(&bench, "w", &[("3-0", 1), ("4-0", 2), ("1999-0", 1)]).await;
    assert_eq!(settled, (one("4-0"), none()));
    assert_eq!(bench.pending(ORDERS).await.len(), 2_000 - 7);
}

#[tokio::test]
async fn an_empty_batch_writes_nothing() {
    let bench = holding(1).await;
    let before = bench.dump().await;
    assert_eq!(settle(&bench, "w", &[]).await, (none(), none()));
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn an_entry_deleted_meanwhile_is_settled_all_the_same() {
    let bench = holding(1).await;
    bench.remember(ORDERS, "1-0", "[1]").await;
    bench.ask::<()>(&["XDEL", ORDERS, "1-0"]).await;
    assert_eq!(settle(&bench, "w", &[("1-0", 1)]).await, (none(), none()));
    assert_eq!(bench.holders(ORDERS).await, []);
    let left: usize = bench.ask(&["EXISTS", ATTEMPTS]).await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn other_groups_have_their_own_view() {
    let bench = Bench::new().await;
    bench.group(ORDERS, "billing").await;
    bench.fill(ORDERS, 1).await;
    bench.read(ORDERS, GROUP, "w", 1).await;
    bench.read(ORDERS, "billing", "w", 1).await;
    settle(&bench, "w", &[("1-0", 1)]).await;
    let theirs: Vec<(String, String, u64, u64)> = bench
        .ask(&["XPENDING", ORDERS, "billing", "-", "+", "10"])
        .await;
    assert_eq!(theirs.len(), 1);
}

#[tokio::test]
async fn a_full_batch_of_256_fits_into_one_call() {
    let bench = holding(300).await;
    let ids: Vec<String> = (1..=256).map(|n| format!("{n}-0")).collect();
    for id in &ids {
        bench.remember(ORDERS, id, "[1]").await;
    }
    let batch: Vec<(&str, u64)> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    assert_eq!(settle(&bench, "w", &batch).await, (none(), none()));
    assert_eq!(bench.pending(ORDERS).await.len(), 44);
    let histories: usize = bench.ask(&["HLEN", ATTEMPTS]).await;
    assert_eq!(histories, 0);
}
