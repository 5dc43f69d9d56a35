//! Postponing: `park` puts an entry into the delay queue and `promote` brings it back.

use serde_json::{Value, json};

use super::{
    ATTEMPTS, DATA, DELAYED, GROUP, INBOX, LEASE, ORDERS, TestServer, holders, pairs,
    park::{ROOM, park_in},
    promote::promote,
};

/// Longer than the lease.
const DELAY: u64 = 10 * LEASE;

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// A server with both streams and their groups.
pub(super) async fn server() -> TestServer {
    let server = TestServer::new().await;
    server.group(INBOX, GROUP).await;
    server
}

/// Postpones entry `id` of `stream`, which `w` has for the first time.
pub(super) async fn postpone(server: &TestServer, stream: &str, id: &str, record: &str) {
    let answer = park_in(server, (stream, ROOM), (id, "w", 1), DELAY, record).await;
    assert_eq!(answer, "POSTPONED");
}

/// Lets the time of all postponed entries come, has them promoted and the inbox read; returns the
/// id of the newest entry of the inbox.
pub(super) async fn come_back(server: &TestServer) -> String {
    for member in server
        .command::<Vec<String>>(&["ZRANGE", DELAYED, "0", "-1"])
        .await
    {
        server
            .command::<()>(&["ZADD", DELAYED, "XX", "1", &member])
            .await;
    }
    assert_eq!(promote(server, 100).await.0, 1);
    server.read(INBOX, GROUP, "w", 100).await;
    server.ids(INBOX).await.pop().expect("it is back")
}

/// The fields of one entry, in their order and byte by byte.
async fn fields(server: &TestServer, stream: &str, id: &str) -> Fields {
    let entries: Vec<(String, Fields)> = server.command(&["XRANGE", stream, id, id]).await;
    let [(_, fields)] = entries.try_into().expect("it is there");
    fields
}

pub(super) async fn text_fields(
    server: &TestServer,
    stream: &str,
    id: &str,
) -> Vec<(String, String)> {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let fields = fields(server, stream, id).await.into_iter();
    fields
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

pub(super) async fn history(server: &TestServer, stream: &str, id: &str) -> Option<Value> {
    let field = format!("{stream}/{id}");
    let text: Option<String> = server.command(&["HGET", ATTEMPTS, &field]).await;
    text.map(|text| serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test]
async fn an_entry_waits_in_the_delay_queue_until_its_delay_is_over() {
    let server = server().await;
    let id = server.deliver("w").await;
    server.remember(ORDERS, &id, r#"[{"attempt":1}]"#).await;
    let (seconds, _): (u64, u64) = server.command(&["TIME"]).await;
    postpone(&server, ORDERS, &id, r#"{"attempt":2}"#).await;

    assert_eq!(server.holders(ORDERS).await, []);
    assert_eq!(history(&server, ORDERS, &id).await, None);
    let queue: Vec<(String, u64)> = server
        .command(&["ZRANGE", DELAYED, "0", "-1", "WITHSCORES"])
        .await;
    let [(member, due)] = queue.try_into().expect("one job");
    assert_eq!(member, format!("~retry:{ORDERS}/{id}"));
    let waits = due - seconds * 1000;
    assert!((DELAY..DELAY + LEASE).contains(&waits), "{waits}");
    let before = server.dump().await;
    assert_eq!(promote(&server, 100).await.0, 0, "it is not due");
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn it_comes_back_with_its_fields_its_first_id_and_its_history() {
    let server = server().await;
    let id = server.deliver("w").await;
    server.remember(ORDERS, &id, r#"[{"attempt":1}]"#).await;
    postpone(&server, ORDERS, &id, r#"{"attempt":2}"#).await;

    let back = come_back(&server).await;
    let expected = [
        ("retry.first", id.as_str()),
        ("retry.attempts", "2"),
        ("type", "Order"),
        ("key", "o-1"),
    ];
    assert_eq!(text_fields(&server, INBOX, &back).await, pairs(&expected));
    let both = json!([{"attempt": 1}, {"attempt": 2}]);
    assert_eq!(history(&server, INBOX, &back).await, Some(both));
    assert_eq!(server.holders(INBOX).await, holders(&[(&back, "w", 1)]));
    let left: usize = server.command(&["EXISTS", DELAYED, DATA]).await;
    assert_eq!(left, 0, "it is still in the queue");
}

#[tokio::test]
async fn an_entry_survives_byte_by_byte_in_its_order_and_with_its_duplicates() {
    let server = server().await;
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let long = every_byte.repeat(1_000);
    let original: [(&[u8], &[u8]); 6] = [
        (b"data", &every_byte),
        (b"\xff\x00name", b""),
        (b"", b"\xc1"),
        (b"twice", b"1"),
        (b"twice", b"1.0"),
        (b"long", &long),
    ];
    let mut add: Vec<&[u8]> = vec![b"XADD", ORDERS.as_bytes(), b"1-0"];
    add.extend(original.iter().flat_map(|(name, value)| [*name, *value]));
    server.command::<String>(add).await;
    server.read(ORDERS, GROUP, "w", 1).await;
    postpone(&server, ORDERS, "1-0", r#"{"attempt":1}"#).await;

    let back = come_back(&server).await;
    let fields = fields(&server, INBOX, &back).await;
    let owned = original.map(|(name, value)| (name.to_vec(), value.to_vec()));
    assert_eq!(fields[2..], owned);
}

#[tokio::test]
async fn an_entry_of_absurdly_many_fields_stays_where_it_is() {
    // The most that is postponed, and one more.
    for (count, expected) in [(3_499, "POSTPONED"), (3_500, "PARKED")] {
        let server = server().await;
        let mut add = vec!["XADD", ORDERS, "1-0"];
        add.extend(["f", "v"].repeat(count));
        server.command::<String>(add).await;
        server.read(ORDERS, GROUP, "w", 1).await;
        let record = r#"{"attempt":1}"#;
        let answer = park_in(&server, (ORDERS, ROOM), ("1-0", "w", 1), DELAY, record).await;
        assert_eq!(answer, expected);
        if expected == "POSTPONED" {
            let back = come_back(&server).await;
            assert_eq!(fields(&server, INBOX, &back).await.len(), 2 + count);
        } else {
            // It comes back after one lease instead.
            let (_, holder, idle, _) = server.pending(ORDERS).await.remove(0);
            assert_eq!(holder, "~retry");
            assert!(idle < LEASE / 2, "{idle}");
            let records = json!([{"attempt": 1}]);
            assert_eq!(history(&server, ORDERS, "1-0").await, Some(records));
        }
    }
}

#[tokio::test]
async fn postponing_the_same_delivery_again_writes_nothing() {
    let server = server().await;
    let id = server.deliver("w").await;
    postpone(&server, ORDERS, &id, "{}").await;
    let before = server.dump().await;
    let again = park_in(&server, (ORDERS, ROOM), (&id, "w", 1), DELAY, "{}").await;
    assert_eq!(again, "GONE");
    assert_eq!(server.dump().await, before);
}
