//! `renew`: the leases of entries that are still being handled start again, for who has them.

use super::{GROUP, LEASE, ORDERS, TestServer, holders};

/// The result of renewing a batch of leases.
#[derive(Debug, Default, PartialEq, Eq)]
struct Renewed {
    lost: Vec<String>,
    gone: Vec<String>,
    deleted: Vec<String>,
}

async fn renew(server: &TestServer, consumer: &str, deliveries: &[(&str, u64)]) -> Renewed {
    let mut args = vec![GROUP.to_owned(), consumer.to_owned()];
    for (id, n) in deliveries {
        args.extend([(*id).to_owned(), n.to_string()]);
    }
    let mut reply = server.call("renew_leases", &[ORDERS], args).await;
    assert_eq!(reply.tag(), "RENEWED");
    let mut ids = || reply.take().expect("ids");
    Renewed {
        lost: ids(),
        gone: ids(),
        deleted: ids(),
    }
}

/// A server where `w` has held the entries `1-0` to `count`-0 for almost a lease.
async fn ageing(count: usize) -> TestServer {
    let server = TestServer::new().await;
    server.fill(ORDERS, count).await;
    server.read(ORDERS, GROUP, "w", count).await;
    for n in 1..=count {
        let id = format!("{n}-0");
        server.give(ORDERS, &id, "w", 1, LEASE - 1).await;
    }
    server
}

async fn idle(server: &TestServer, index: usize) -> u64 {
    server.pending(ORDERS).await[index].2
}

fn one(id: &str) -> Vec<String> {
    vec![id.to_owned()]
}

#[tokio::test]
async fn the_idle_clock_starts_again_and_the_delivery_count_stays() {
    let server = ageing(2).await;
    server.give(ORDERS, "1-0", "w", 3, LEASE - 1).await;
    assert_eq!(
        renew(&server, "w", &[("1-0", 3)]).await,
        Renewed::default(),
        "nothing is wrong"
    );
    assert!(idle(&server, 0).await < LEASE / 2);
    assert!(idle(&server, 1).await >= LEASE - 1, "it was not renewed");
    assert_eq!(
        server.holders(ORDERS).await,
        holders(&[("1-0", "w", 3), ("2-0", "w", 1)])
    );
}

#[tokio::test]
async fn a_lease_can_be_renewed_again_and_again() {
    let server = ageing(1).await;
    for _ in 0..3 {
        assert_eq!(renew(&server, "w", &[("1-0", 1)]).await, Renewed::default());
    }
    assert_eq!(server.holders(ORDERS).await, holders(&[("1-0", "w", 1)]));
}

#[tokio::test]
async fn a_consumer_that_was_believed_dead_cannot_steal_its_entry_back() {
    let server = ageing(1).await;
    // A takeover leaves the delivery count alone, a reclaim raises it.
    for (heir, deliveries) in [("~retry", 1), ("heir", 2)] {
        server.give(ORDERS, "1-0", heir, deliveries, 5_000).await;
        let before = server.dump().await;
        let lost = Renewed {
            lost: one("1-0"),
            ..Renewed::default()
        };
        assert_eq!(renew(&server, "w", &[("1-0", 1)]).await, lost, "{heir}");
        assert_eq!(server.dump().await, before, "{heir}");
    }
}

#[tokio::test]
async fn an_earlier_delivery_to_the_same_consumer_is_lost() {
    let server = ageing(1).await;
    server.give(ORDERS, "1-0", "w", 2, LEASE - 1).await;
    let before = server.dump().await;
    let lost = Renewed {
        lost: one("1-0"),
        ..Renewed::default()
    };
    assert_eq!(renew(&server, "w", &[("1-0", 1)]).await, lost);
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_settled_entry_is_gone_and_does_not_become_pending_again() {
    let server = ageing(1).await;
    server.command::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    let before = server.dump().await;
    let gone = Renewed {
        gone: one("1-0"),
        ..Renewed::default()
    };
    assert_eq!(renew(&server, "w", &[("1-0", 1)]).await, gone);
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_deleted_entry_is_listed_once_and_pending_no_more() {
    let server = ageing(2).await;
    server.command::<()>(&["XDEL", ORDERS, "1-0"]).await;
    let deleted = Renewed {
        deleted: one("1-0"),
        ..Renewed::default()
    };
    let batch = [("1-0", 1), ("2-0", 1)];
    assert_eq!(renew(&server, "w", &batch).await, deleted);
    assert_eq!(server.holders(ORDERS).await, holders(&[("2-0", "w", 1)]));
    let gone = Renewed {
        gone: one("1-0"),
        ..Renewed::default()
    };
    assert_eq!(renew(&server, "w", &batch).await, gone);
}

#[tokio::test]
async fn one_lost_entry_does_not_cost_the_others_their_lease() {
    let server = ageing(4).await;
    server.give(ORDERS, "1-0", "heir", 2, LEASE - 1).await;
    server.command::<()>(&["XACK", ORDERS, GROUP, "2-0"]).await;
    server.command::<()>(&["XDEL", ORDERS, "3-0"]).await;
    let batch = [("1-0", 1), ("2-0", 1), ("3-0", 1), ("4-0", 1)];
    let renewed = Renewed {
        lost: one("1-0"),
        gone: one("2-0"),
        deleted: one("3-0"),
    };
    assert_eq!(renew(&server, "w", &batch).await, renewed);
    assert!(
        idle(&server, 0).await >= LEASE - 1,
        "the heir's clock goes on"
    );
    assert!(idle(&server, 1).await < LEASE / 2);
}

#[tokio::test]
async fn a_hundred_leases_are_renewed_in_one_call_among_ten_thousand() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 10_000).await;
    server.read(ORDERS, GROUP, "w", 10_000).await;
    let mut old = vec!["XCLAIM".to_owned(), ORDERS.to_owned(), GROUP.to_owned()];
    old.extend(["w", "0"].map(str::to_owned));
    old.extend((1..=10_000).map(|n| format!("{n}-0")));
    let age = (10 * LEASE).to_string();
    old.extend(["IDLE", &age, "JUSTID"].map(str::to_owned));
    server.command::<redis::Value>(old).await;

    let ids: Vec<String> = (1..=100).map(|n| format!("{}-0", n * 100)).collect();
    let batch: Vec<(&str, u64)> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    assert_eq!(renew(&server, "w", &batch).await, Renewed::default());
    let pending = server.pending(ORDERS).await;
    let young = pending.iter().filter(|(_, _, idle, _)| *idle < LEASE);
    let young: Vec<String> = young.map(|(id, ..)| id.clone()).collect();
    assert_eq!(young, ids);
}
