//! `peek`: entries as JSON, for people with nothing but redis-cli.

use serde_json::{Value, json};

use super::{TestServer, source};

const STREAM: &str = "t:{0}:peeked";

async fn peek(server: &TestServer, args: &[&str]) -> Vec<Value> {
    let source = source("../../../lua/peek.lua");
    let mut words = vec!["EVAL_RO", &source, "1", STREAM];
    words.extend(args);
    let lines: Vec<String> = server.command(words).await;
    let parse = |line: &String| serde_json::from_str(line).expect("a line is JSON");
    lines.iter().map(parse).collect()
}

async fn add(server: &TestServer, id: &str, data: &[u8]) {
    let words: [&[u8]; 9] = [
        b"XADD",
        STREAM.as_bytes(),
        id.as_bytes(),
        b"type",
        b"Order",
        b"key",
        b"o-1",
        b"data",
        data,
    ];
    server.command::<String>(words.as_slice()).await;
}

#[tokio::test]
async fn several_streams_are_merged_by_time() {
    let server = TestServer::new().await;
    let other = "t:{0}:other";
    for (stream, id) in [
        (STREAM, "1-0"),
        (other, "2-0"),
        (STREAM, "2-0"),
        (other, "3-0"),
    ] {
        let add = ["XADD", stream, id, "type", "Order"];
        server.command::<String>(&add).await;
    }
    let source = source("../../../lua/peek.lua");
    let words = ["EVAL_RO", &source, "2", STREAM, other, "3"];
    let lines: Vec<String> = server.command(&words).await;
    let ids: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let ids: Vec<&str> = ids
        .iter()
        .filter_map(|line| line["entry"].as_str())
        .collect();
    assert_eq!(ids, ["2-0", "2-0", "3-0"]);
}

#[tokio::test]
async fn a_good_entry_is_one_line_of_json() {
    let server = TestServer::new().await;
    let data = streamward::pack("Order", &json!({"name": "Zoë", "items": [1, 2]}));
    add(&server, "1-0", &data.expect("packs")).await;
    let expected = json!({
        "entry": "1-0", "type": "Order", "key": "o-1",
        "data": {"name": "Zoë", "items": [1, 2]},
    });
    assert_eq!(peek(&server, &["5"]).await, [expected]);
}

#[tokio::test]
async fn big_integers_are_exact() {
    let server = TestServer::new().await;
    let big = json!({
        "limit": 9_007_199_254_740_991_u64, "ms": 1_767_225_600_123_u64, "nested": [-98_765_432_101_234_i64],
    });
    add(
        &server,
        "1-0",
        &streamward::pack("Order", &big).expect("packs"),
    )
    .await;
    let line = &peek(&server, &["5"]).await[0];
    let digits = |value: &Value| value.to_string().trim_matches('"').to_owned();
    assert_eq!(digits(&line["data"]["limit"]), "9007199254740991");
    assert_eq!(digits(&line["data"]["ms"]), "1767225600123");
    assert_eq!(digits(&line["data"]["nested"][0]), "-98765432101234");
}

#[tokio::test]
async fn an_undecodable_entry_shows_its_error_and_its_bytes_and_hides_no_other() {
    let server = TestServer::new().await;
    add(&server, "1-0", b"\xc1\x00\xff").await;
    add(&server, "2-0", b"\x80").await;
    let lines = peek(&server, &["5"]).await;
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["hex"], "c100ff");
    assert!(lines[0]["error"].as_str().is_some_and(|e| !e.is_empty()));
    assert_eq!(lines[0]["data"], Value::Null);
    assert_eq!(lines[1]["error"], Value::Null);
}

#[tokio::test]
async fn the_count_is_bounded_and_the_newest_come_last() {
    let server = TestServer::new().await;
    server.fill(STREAM, 1_200).await;
    let last = |lines: &[Value]| lines.last().map(|line| line["entry"].clone());
    for (count, shown) in [("3", 3), ("0", 1), ("-5", 1), ("100000", 1_000), ("x", 10)] {
        let lines = peek(&server, &[count]).await;
        assert_eq!(lines.len(), shown, "{count}");
        assert_eq!(last(&lines), Some(json!("1200-0")));
    }
    assert_eq!(peek(&server, &[]).await.len(), 10);
}

#[tokio::test]
async fn a_stream_that_does_not_exist_has_no_lines() {
    let server = TestServer::new().await;
    assert_eq!(peek(&server, &["5"]).await, Vec::<Value>::new());
}
