//! `park`: a failed entry waits for its backoff with the parking consumer.

use serde_json::{Value, json};
use testkit::eventually;

use super::{ATTEMPTS, Bench, GROUP, LEASE, ORDERS};

/// Parks entry `id`, held by `holder` for the `deliveries`-th time.
async fn park(
    bench: &Bench,
    (id, holder, deliveries): (&str, &str, u64),
    delay: u64,
    record: &str,
) -> String {
    let args = [
        GROUP,
        id,
        holder,
        &deliveries.to_string(),
        &LEASE.to_string(),
        &delay.to_string(),
        record,
        &deliveries.to_string(),
    ];
    let reply = bench.call("park", &[ORDERS, ATTEMPTS], &args).await;
    reply.tag().to_owned()
}

/// Ids that are due now.
async fn due(bench: &Bench) -> Vec<String> {
    let lease = LEASE.to_string();
    let words = ["XAUTOCLAIM", ORDERS, GROUP, "w", &lease, "0-0", "JUSTID"];
    let (_, due, _): (String, Vec<String>, Vec<String>) = bench.ask(&words).await;
    due
}

async fn history(bench: &Bench, id: &str) -> Option<Value> {
    let field = format!("{ORDERS}/{id}");
    let text: Option<String> = bench.ask(&["HGET", ATTEMPTS, &field]).await;
    text.map(|text| serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test]
async fn a_parked_entry_is_due_when_its_delay_is_over_and_not_before() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    let record = r#"{"attempt":1,"error":"no"}"#;
    assert_eq!(park(&bench, (&id, "w", 1), 400, record).await, "PARKED");

    let (_, holder, idle, deliveries) = bench.pending(ORDERS).await.remove(0);
    assert_eq!((holder.as_str(), deliveries), ("~retry", 1));
    assert!((LEASE - 400..LEASE).contains(&idle), "{idle}");
    assert_eq!(due(&bench).await, Vec::<String>::new());
    assert_eq!(
        history(&bench, &id).await,
        Some(json!([{"attempt": 1, "error": "no"}]))
    );
    eventually("it is due", || async {
        (due(&bench).await == [id.as_str()]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn no_delay_means_due_at_once() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    park(&bench, (&id, "w", 1), 0, "").await;
    assert_eq!(due(&bench).await, [id]);
}

#[tokio::test]
async fn a_delay_beyond_the_lease_waits_one_lease() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    assert_eq!(park(&bench, (&id, "w", 1), 10 * LEASE, "").await, "PARKED");
    let (_, _, idle, _) = bench.pending(ORDERS).await.remove(0);
    assert!(idle < LEASE / 2, "{idle}");
}

#[tokio::test]
async fn a_crash_leaves_no_record() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    assert_eq!(park(&bench, (&id, "w", 1), 0, "").await, "PARKED");
    assert_eq!(history(&bench, &id).await, None);
}

#[tokio::test]
async fn a_settled_entry_is_gone_and_nothing_is_written() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    bench.ask::<()>(&["XACK", ORDERS, GROUP, &id]).await;
    let before = bench.dump().await;
    assert_eq!(park(&bench, (&id, "w", 1), 0, "{}").await, "GONE");
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn an_entry_of_somebody_else_is_lost_and_nothing_is_written() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    let before = bench.dump().await;
    assert_eq!(park(&bench, (&id, "other", 1), 0, "{}").await, "LOST");
    assert_eq!(park(&bench, (&id, "w", 2), 0, "{}").await, "LOST");
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn the_history_keeps_the_last_twenty_errors() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    for attempt in 1..=25_u64 {
        let record = json!({ "attempt": attempt }).to_string();
        let parked = park(&bench, (&id, "w", attempt), 0, &record).await;
        assert_eq!(parked, "PARKED");
        bench
            .ask::<()>(&["XCLAIM", ORDERS, GROUP, "w", "0", &id])
            .await;
    }
    let kept: Vec<Value> = (6..=25).map(|n| json!({ "attempt": n })).collect();
    assert_eq!(history(&bench, &id).await, Some(Value::Array(kept)));
}

#[tokio::test]
async fn an_entry_deleted_meanwhile_is_reported_and_leaves_nothing_behind() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    let field = format!("{ORDERS}/{id}");
    bench.ask::<()>(&["HSET", ATTEMPTS, &field, "[]"]).await;
    bench.ask::<()>(&["XDEL", ORDERS, &id]).await;
    assert_eq!(park(&bench, (&id, "w", 1), 0, "{}").await, "DELETED");
    assert_eq!(bench.pending(ORDERS).await, []);
    assert_eq!(history(&bench, &id).await, None);
}

#[tokio::test]
async fn an_orderly_hand_back_goes_on_with_the_count_it_is_given() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    let lease = LEASE.to_string();
    let claim = [
        "XCLAIM",
        ORDERS,
        GROUP,
        "w",
        "0",
        &id,
        "RETRYCOUNT",
        "3",
        "JUSTID",
    ];
    let _: Vec<String> = bench.ask(&claim).await;

    let args = [GROUP, &id, "w", "3", &lease, "0", "", "2"];
    let reply = bench.call("park", &[ORDERS, ATTEMPTS], &args).await;
    assert_eq!(reply.tag(), "PARKED");
    let (_, holder, _, deliveries) = bench.pending(ORDERS).await.remove(0);
    assert_eq!((holder.as_str(), deliveries), ("~retry", 2));
}
