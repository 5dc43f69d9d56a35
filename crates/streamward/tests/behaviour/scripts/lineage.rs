//! The first id of an entry, through postponements and replays.

use serde_json::json;

use super::{
    DEAD, GROUP, INBOX, ORDERS, pairs,
    postpone::{come_back, history, postpone, server, text_fields},
    replay::{dead_letter, replay},
};

#[tokio::test]
async fn an_entry_postponed_twice_keeps_its_first_id() {
    let server = server().await;
    let id = server.deliver("w").await;
    postpone(&server, ORDERS, &id, r#"{"attempt":1}"#).await;
    let second = come_back(&server).await;
    postpone(&server, INBOX, &second, r#"{"attempt":2}"#).await;
    let third = come_back(&server).await;

    let expected = [
        ("retry.first", id.as_str()),
        ("retry.attempts", "2"),
        ("type", "Order"),
        ("key", "o-1"),
    ];
    assert_eq!(text_fields(&server, INBOX, &third).await, pairs(&expected));
    let both = json!([{"attempt": 1}, {"attempt": 2}]);
    assert_eq!(history(&server, INBOX, &third).await, Some(both));
    assert_eq!(history(&server, INBOX, &second).await, None);
}

#[tokio::test]
async fn the_first_id_outlives_two_postponements_a_replay_and_a_third() {
    let server = server().await;
    let id = server.deliver("w").await;
    postpone(&server, ORDERS, &id, r#"{"attempt":1}"#).await;
    let second = come_back(&server).await;
    postpone(&server, INBOX, &second, r#"{"attempt":2}"#).await;
    come_back(&server).await;
    let letter = dead_letter(&server, INBOX).await;
    assert_eq!(replay(&server, &letter).await, "REPLAYED");
    server.read(INBOX, GROUP, "w", 1).await;
    let replayed = server.ids(INBOX).await.pop().expect("it was replayed");
    let original = [
        ("dead.first", id.as_str()),
        ("dead.lineage", &letter),
        ("type", "Order"),
        ("key", "o-1"),
    ];
    let fields = text_fields(&server, INBOX, &replayed).await;
    assert_eq!(fields, pairs(&original), "replayed");

    postpone(&server, INBOX, &replayed, r#"{"attempt":1}"#).await;
    let last = come_back(&server).await;
    let mut expected = pairs(&[("retry.first", &replayed), ("retry.attempts", "1")]);
    expected.extend(pairs(&original));
    assert_eq!(text_fields(&server, INBOX, &last).await, expected);

    dead_letter(&server, INBOX).await;
    let dead = server.only(DEAD).await;
    for (name, value) in [
        ("dead.first", &id),
        ("dead.lineage", &letter),
        ("dead.id", &last),
    ] {
        assert!(dead.contains(&(name.to_owned(), value.clone())), "{name}");
    }
    assert!(dead.iter().all(|(name, _)| !name.starts_with("retry.")));
}
