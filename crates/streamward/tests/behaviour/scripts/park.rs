//! `park`: a failed entry waits for its backoff with the parking consumer.

use serde_json::{Value, json};
use testkit::eventually;

use super::{ATTEMPTS, DATA, DELAYED, GROUP, LEASE, ORDERS, TestServer, holders};

/// More than any test parks by accident.
pub(super) const ROOM: usize = 1_000;

/// An error as the settler records it.
pub(super) const RECORD: &str = r#"{"attempt":1,"error":"no","at":"","consumer":"w"}"#;

/// Parks entry `id`, held by `holder` for the `deliveries`-th time.
async fn park(
    server: &TestServer,
    (id, holder, deliveries): (&str, &str, u64),
    delay: u64,
    record: &str,
) -> String {
    park_in(
        server,
        (ORDERS, ROOM),
        (id, holder, deliveries),
        delay,
        record,
    )
    .await
}

/// [`park`] in a stream with room for so many.
pub(super) async fn park_in(
    server: &TestServer,
    (stream, room): (&str, usize),
    (id, holder, deliveries): (&str, &str, u64),
    delay: u64,
    record: &str,
) -> String {
    let [deliveries, lease, delay] = [deliveries, LEASE, delay].map(|number| number.to_string());
    let args = [
        GROUP,
        id,
        holder,
        &deliveries,
        &lease,
        &delay,
        &room.to_string(),
        record,
        &deliveries,
    ];
    let keys = [stream, ATTEMPTS, DELAYED, DATA];
    let reply = server.call("park_entries", &keys, &args).await;
    reply.tag().to_owned()
}

/// Returns the number of jobs in the delay queue.
async fn postponed(server: &TestServer) -> usize {
    server.command(&["ZCARD", DELAYED]).await
}

/// Ids that are due now.
pub(super) async fn due(server: &TestServer) -> Vec<String> {
    let lease = LEASE.to_string();
    let words = ["XAUTOCLAIM", ORDERS, GROUP, "w", &lease, "0-0", "JUSTID"];
    let (_, due, _): (String, Vec<String>, Vec<String>) = server.command(&words).await;
    due
}

async fn history(server: &TestServer, id: &str) -> Option<Value> {
    let field = format!("{ORDERS}/{id}");
    let text: Option<String> = server.command(&["HGET", ATTEMPTS, &field]).await;
    text.map(|text| serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test]
async fn a_parked_entry_is_due_when_its_delay_is_over_and_not_before() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    let record = r#"{"attempt":1,"error":"no"}"#;
    assert_eq!(park(&server, (&id, "w", 1), 400, record).await, "PARKED");

    let (_, holder, idle, deliveries) = server.pending(ORDERS).await.remove(0);
    assert_eq!((holder.as_str(), deliveries), ("~retry", 1));
    assert!((LEASE - 400..LEASE).contains(&idle), "{idle}");
    assert_eq!(due(&server).await, Vec::<String>::new());
    assert_eq!(
        history(&server, &id).await,
        Some(json!([{"attempt": 1, "error": "no"}]))
    );
    eventually("it is due", || async {
        (due(&server).await == [id.as_str()]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn no_delay_means_due_at_once() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    park(&server, (&id, "w", 1), 0, "").await;
    assert_eq!(due(&server).await, [id]);
}

#[tokio::test]
async fn a_delay_as_long_as_the_lease_is_parked_and_a_longer_one_postponed() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    assert_eq!(park(&server, (&id, "w", 1), LEASE, "").await, "PARKED");
    let (_, _, idle, _) = server.pending(ORDERS).await.remove(0);
    assert!(idle < LEASE / 2, "{idle}");
    assert_eq!(postponed(&server).await, 0);

    server.give(ORDERS, &id, "w", 2, 0).await;
    assert_eq!(
        park(&server, (&id, "w", 2), LEASE + 1, RECORD).await,
        "POSTPONED"
    );
    assert_eq!(server.pending(ORDERS).await, []);
    assert_eq!(postponed(&server).await, 1);
}

#[tokio::test]
async fn a_crash_is_parked_however_long_it_is_to_wait() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    let long = LEASE * 100;
    let answer = park_in(&server, (ORDERS, 0), (&id, "w", 1), long, "").await;
    assert_eq!((answer.as_str(), postponed(&server).await), ("PARKED", 0));
    assert_eq!(server.pending(ORDERS).await[0].3, 1);
}

#[tokio::test]
async fn a_crash_leaves_no_record() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    assert_eq!(park(&server, (&id, "w", 1), 0, "").await, "PARKED");
    assert_eq!(history(&server, &id).await, None);
}

#[tokio::test]
async fn a_settled_entry_is_gone_and_nothing_is_written() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    server.command::<()>(&["XACK", ORDERS, GROUP, &id]).await;
    let before = server.dump().await;
    for delay in [0, 10 * LEASE] {
        assert_eq!(park(&server, (&id, "w", 1), delay, "{}").await, "GONE");
    }
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn an_entry_of_another_consumer_is_lost_and_nothing_is_written() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    let before = server.dump().await;
    for delay in [0, 10 * LEASE] {
        for who in [(id.as_str(), "other", 1), (id.as_str(), "w", 2)] {
            assert_eq!(park(&server, who, delay, "{}").await, "LOST");
        }
    }
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn the_history_keeps_the_last_twenty_errors() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    for attempt in 1..=25_u64 {
        let record = json!({ "attempt": attempt }).to_string();
        let parked = park(&server, (&id, "w", attempt), 0, &record).await;
        assert_eq!(parked, "PARKED");
        server
            .command::<()>(&["XCLAIM", ORDERS, GROUP, "w", "0", &id])
            .await;
    }
    let kept: Vec<Value> = (6..=25).map(|n| json!({ "attempt": n })).collect();
    assert_eq!(history(&server, &id).await, Some(Value::Array(kept)));
}

#[tokio::test]
async fn an_entry_deleted_meanwhile_is_reported_and_leaves_nothing_behind() {
    for delay in [0, 10 * LEASE] {
        let server = TestServer::new().await;
        let id = server.deliver("w").await;
        server.remember(ORDERS, &id, "[]").await;
        server.command::<()>(&["XDEL", ORDERS, &id]).await;
        assert_eq!(park(&server, (&id, "w", 1), delay, "{}").await, "DELETED");
        assert_eq!(server.pending(ORDERS).await, []);
        assert_eq!(history(&server, &id).await, None);
        assert_eq!(postponed(&server).await, 0);
    }
}

#[tokio::test]
async fn an_orderly_hand_back_continues_with_its_count() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    server.give(ORDERS, &id, "w", 3, 0).await;
    let lease = LEASE.to_string();
    let args = [GROUP, &id, "w", "3", &lease, "0", "1000", "", "2"];
    let keys = [ORDERS, ATTEMPTS, DELAYED, DATA];
    let reply = server.call("park_entries", &keys, &args).await;
    assert_eq!(reply.tag(), "PARKED");
    let parked = holders(&[(&id, "~retry", 2)]);
    assert_eq!(server.holders(ORDERS).await, parked);
}
