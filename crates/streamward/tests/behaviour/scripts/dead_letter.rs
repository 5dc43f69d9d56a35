//! `dead_letter`: an entry that cannot be handled becomes a dead letter.

use serde_json::json;

use super::{ATTEMPTS, DEAD, GROUP, ORDERS, POISON, TestServer, pairs};

/// Buries entry `id` with these original fields; returns the tag.
async fn dead_letter(
    server: &TestServer,
    id: &str,
    record: &str,
    fields: &[(&str, &str)],
) -> String {
    let mut args = vec![GROUP, id, "no such product", record];
    args.extend(["2026-01-01T00:00:00.000Z", "1", "w", ""]);
    args.extend(fields.iter().flat_map(|(name, value)| [*name, *value]));
    let keys = [ORDERS, DEAD, ATTEMPTS, POISON];
    let reply = server.call("dead_letter_entry", &keys, &args).await;
    reply.tag().to_owned()
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map_or_else(|| panic!("no {name}"), |(_, value)| value)
}

/// Returns the fields of the original entry.
fn original(fields: &[(String, String)]) -> Vec<(String, String)> {
    let mine = |(name, _): &&(String, String)| !name.starts_with("dead.");
    fields.iter().filter(mine).cloned().collect()
}

#[tokio::test]
async fn a_dead_letter_keeps_fields_order_and_duplicates() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    let fields = [("type", "Order"), ("b", "1"), ("a", "2"), ("b", "3")];
    assert_eq!(
        dead_letter(&server, &id, "", &fields).await,
        "DEAD_LETTERED"
    );

    let letter = server.only(DEAD).await;
    assert_eq!(original(&letter), pairs(&fields));
    for (name, value) in [
        ("dead.stream", ORDERS),
        ("dead.id", &id),
        ("dead.first", &id),
        ("dead.lineage", ""),
        ("dead.cause", "no such product"),
        ("dead.at", "2026-01-01T00:00:00.000Z"),
        ("dead.deliveries", "1"),
        ("dead.attempts", "[]"),
    ] {
        assert_eq!(field(&letter, name), value, "{name}");
    }
    assert!(server.pending(ORDERS).await.is_empty());
}

#[tokio::test]
async fn an_entry_is_dead_lettered_once() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    assert_eq!(
        dead_letter(&server, &id, "", &[("a", "1")]).await,
        "DEAD_LETTERED"
    );
    let before = server.dump().await;
    assert_eq!(
        dead_letter(&server, &id, "{}", &[("a", "1")]).await,
        "STALE"
    );
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn the_error_history_moves_into_the_dead_letter_and_others_are_kept() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    let field_of = |id: &str| format!("{ORDERS}/{id}");
    let words = ["HSET", ATTEMPTS, &field_of(&id), r#"[{"attempt":1}]"#];
    server.command::<()>(&words).await;
    let words = ["HSET", ATTEMPTS, &field_of("1-1"), r#"[{"attempt":7}]"#];
    server.command::<()>(&words).await;

    dead_letter(&server, &id, r#"{"attempt":2}"#, &[("a", "1")]).await;
    let letter = server.only(DEAD).await;
    let attempts: serde_json::Value =
        serde_json::from_str(field(&letter, "dead.attempts")).expect("JSON");
    assert_eq!(attempts, json!([{"attempt": 1}, {"attempt": 2}]));
    let left: Vec<String> = server.command(&["HKEYS", ATTEMPTS]).await;
    assert_eq!(left, [field_of("1-1")]);
}

#[tokio::test]
async fn a_replayed_entry_keeps_its_first_id_and_its_lineage() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    let fields = [
        ("dead.first", "5-0"),
        ("dead.lineage", "6-0 7-0"),
        ("a", "1"),
    ];
    dead_letter(&server, &id, "", &fields).await;
    let letter = server.only(DEAD).await;
    assert_eq!(field(&letter, "dead.first"), "5-0");
    assert_eq!(field(&letter, "dead.lineage"), "6-0 7-0");
    assert_eq!(field(&letter, "dead.id"), id);
    assert_eq!(original(&letter), pairs(&[("a", "1")]));
}

#[tokio::test]
async fn a_postponed_entry_keeps_its_first_id() {
    let replayed = ("dead.first", "5-0");
    let postponed = ("retry.first", "7-0");
    // A replay is older than the postponement of what it brought back, wherever the fields stand.
    for (fields, first) in [
        (vec![postponed, ("retry.attempts", "4")], "7-0"),
        (vec![postponed, replayed], "5-0"),
        (vec![replayed, postponed], "5-0"),
    ] {
        let server = TestServer::new().await;
        let id = server.deliver("w").await;
        let fields: Vec<_> = fields.into_iter().chain([("a", "1")]).collect();
        assert_eq!(
            dead_letter(&server, &id, "", &fields).await,
            "DEAD_LETTERED"
        );
        let letter = server.only(DEAD).await;
        assert_eq!(field(&letter, "dead.first"), first, "{fields:?}");
        assert_eq!(field(&letter, "dead.id"), id);
        // What the delay queue added is no field of the entry.
        assert_eq!(original(&letter), pairs(&[("a", "1")]));
    }
}

#[tokio::test]
async fn an_entry_of_absurdly_many_fields_is_cut_but_never_lost() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    let fields = vec![("f", "v"); 10_000];
    assert_eq!(
        dead_letter(&server, &id, "", &fields).await,
        "DEAD_LETTERED"
    );
    let letter = server.only(DEAD).await;
    let kept = original(&letter).len();
    assert!(kept >= 1_000, "{kept}");
    assert_eq!(field(&letter, "dead.cut"), (10_000 - kept).to_string());
}

#[tokio::test]
async fn an_entry_of_another_consumer_is_not_dead_lettered() {
    let server = TestServer::new().await;
    let id = server.deliver("other").await;
    let before = server.dump().await;
    assert_eq!(dead_letter(&server, &id, "{}", &[("a", "1")]).await, "LOST");
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn an_earlier_delivery_to_the_same_consumer_buries_nothing() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    server.give(ORDERS, &id, "w", 2, 0).await;
    let before = server.dump().await;
    assert_eq!(dead_letter(&server, &id, "{}", &[("a", "1")]).await, "LOST");
    assert_eq!(server.dump().await, before);
}
