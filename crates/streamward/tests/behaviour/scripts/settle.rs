//! `settle`: deliveries that are done are acknowledged, each only by who has it.

use super::{ATTEMPTS, GROUP, LEASE, ORDERS, TestServer, holders};

/// Settles these deliveries of `consumer`; returns the lost and the gone ones.
async fn settle(
    server: &TestServer,
    consumer: &str,
    deliveries: &[(&str, u64)],
) -> (Vec<String>, Vec<String>) {
    let mut args = vec![GROUP.to_owned(), consumer.to_owned()];
    args.extend(
        deliveries
            .iter()
            .flat_map(|(id, n)| [(*id).to_owned(), n.to_string()]),
    );
    let mut reply = server.call("ack_entries", &[ORDERS, ATTEMPTS], args).await;
    assert_eq!(reply.tag(), "SETTLED");
    let mut ids = || reply.take().expect("ids");
    (ids(), ids())
}

/// A server where `w` holds the entries `1-0` to `count`-0.
async fn holding(count: usize) -> TestServer {
    let server = TestServer::new().await;
    server.fill(ORDERS, count).await;
    server.read(ORDERS, GROUP, "w", count).await;
    server
}

fn none() -> Vec<String> {
    Vec::new()
}

#[tokio::test]
async fn a_done_entry_is_acknowledged_and_its_history_deleted() {
    let server = holding(3).await;
    for id in ["1-0", "2-0", "3-0"] {
        server.remember(ORDERS, id, "[1]").await;
    }
    let settled = settle(&server, "w", &[("1-0", 1), ("3-0", 1)]).await;
    assert_eq!(settled, (none(), none()));
    assert_eq!(server.holders(ORDERS).await, holders(&[("2-0", "w", 1)]));
    let left: Vec<String> = server.command(&["HKEYS", ATTEMPTS]).await;
    assert_eq!(left, [format!("{ORDERS}/2-0")]);
}

#[tokio::test]
async fn settling_again_replies_gone_and_writes_nothing() {
    let server = holding(2).await;
    settle(&server, "w", &[("1-0", 1)]).await;
    // A history that came back would not be this call's to forget.
    server.remember(ORDERS, "1-0", "[1]").await;
    let before = server.dump().await;
    let gone = vec!["1-0".to_owned()];
    assert_eq!(settle(&server, "w", &[("1-0", 1)]).await, (none(), gone));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn an_entry_of_another_consumer_is_lost_and_left() {
    let server = holding(1).await;
    server.remember(ORDERS, "1-0", "[1]").await;
    // The same delivery count: the name alone decides.
    server.give(ORDERS, "1-0", "heir", 1, 0).await;
    let before = server.dump().await;
    let lost = vec!["1-0".to_owned()];
    assert_eq!(settle(&server, "w", &[("1-0", 1)]).await, (lost, none()));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn an_earlier_delivery_to_the_same_consumer_settles_nothing() {
    let server = holding(1).await;
    server.give(ORDERS, "1-0", "w", 2, 0).await;
    let before = server.dump().await;
    let lost = vec!["1-0".to_owned()];
    for stale in [1, 3] {
        let settled = settle(&server, "w", &[("1-0", stale)]).await;
        assert_eq!(settled, (lost.clone(), none()));
    }
    assert_eq!(server.dump().await, before);
    assert_eq!(settle(&server, "w", &[("1-0", 2)]).await, (none(), none()));
    assert_eq!(server.holders(ORDERS).await, []);
}

#[tokio::test]
async fn a_stale_delivery_holds_up_no_other() {
    let server = holding(4).await;
    server.command::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    server.give(ORDERS, "3-0", "~retry", 1, LEASE).await;
    let batch = [("1-0", 1), ("2-0", 1), ("3-0", 1), ("4-0", 1)];
    let settled = settle(&server, "w", &batch).await;
    assert_eq!(settled, (vec!["3-0".to_owned()], vec!["1-0".to_owned()]));
    assert_eq!(
        server.holders(ORDERS).await,
        holders(&[("3-0", "~retry", 1)])
    );
}

#[tokio::test]
async fn a_batch_may_have_any_order_and_gaps() {
    let server = holding(2_000).await;
    server.give(ORDERS, "1000-0", "heir", 1, 0).await;
    server
        .command::<()>(&["XACK", ORDERS, GROUP, "700-0"])
        .await;
    let batch = ["2000-0", "700-0", "1-0", "1000-0", "1500-0", "2-0"];
    let settled = settle(&server, "w", &batch.map(|id| (id, 1))).await;
    let one = |id: &str| vec![id.to_owned()];
    assert_eq!(settled, (one("1000-0"), one("700-0")));
    assert_eq!(server.pending(ORDERS).await.len(), 2_000 - 5);
    // In the order of the ids, and with more in between than one look finds.
    let settled = settle(&server, "w", &[("3-0", 1), ("4-0", 2), ("1999-0", 1)]).await;
    assert_eq!(settled, (one("4-0"), none()));
    assert_eq!(server.pending(ORDERS).await.len(), 2_000 - 7);
}

#[tokio::test]
async fn an_empty_batch_writes_nothing() {
    let server = holding(1).await;
    let before = server.dump().await;
    assert_eq!(settle(&server, "w", &[]).await, (none(), none()));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn an_entry_deleted_meanwhile_is_settled_all_the_same() {
    let server = holding(1).await;
    server.remember(ORDERS, "1-0", "[1]").await;
    server.command::<()>(&["XDEL", ORDERS, "1-0"]).await;
    assert_eq!(settle(&server, "w", &[("1-0", 1)]).await, (none(), none()));
    assert_eq!(server.holders(ORDERS).await, []);
    let left: usize = server.command(&["EXISTS", ATTEMPTS]).await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn other_groups_have_their_own_view() {
    let server = TestServer::new().await;
    server.group(ORDERS, "billing").await;
    server.fill(ORDERS, 1).await;
    server.read(ORDERS, GROUP, "w", 1).await;
    server.read(ORDERS, "billing", "w", 1).await;
    settle(&server, "w", &[("1-0", 1)]).await;
    let theirs: Vec<(String, String, u64, u64)> = server
        .command(&["XPENDING", ORDERS, "billing", "-", "+", "10"])
        .await;
    assert_eq!(theirs.len(), 1);
}

#[tokio::test]
async fn a_full_batch_of_256_fits_into_one_call() {
    let server = holding(300).await;
    let ids: Vec<String> = (1..=256).map(|n| format!("{n}-0")).collect();
    for id in &ids {
        server.remember(ORDERS, id, "[1]").await;
    }
    let batch: Vec<(&str, u64)> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    assert_eq!(settle(&server, "w", &batch).await, (none(), none()));
    assert_eq!(server.pending(ORDERS).await.len(), 44);
    let histories: usize = server.command(&["HLEN", ATTEMPTS]).await;
    assert_eq!(histories, 0);
}
