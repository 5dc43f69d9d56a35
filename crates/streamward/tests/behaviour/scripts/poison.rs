//! The poison marks: `dead_letter` sets one, `replay` lifts it.

use super::{ATTEMPTS, DEAD, GROUP, INBOX, ORDERS, POISON, TestServer, pairs};

const MARK: &str = "Order/5f3a";

/// Buries entry `id`, held by `w`, as poison; returns the tag, and the letter's id if there is one.
async fn dead_letter(
    server: &TestServer,
    id: &str,
    deliveries: &str,
    mark: &str,
) -> (String, Option<String>) {
    let mut args = vec![GROUP, id, "crashed too often", "", "now"];
    args.extend([deliveries, "w", mark, "type", "Order", "key", "o-1"]);
    let keys = [ORDERS, DEAD, ATTEMPTS, POISON];
    let mut reply = server.call("dead_letter_entry", &keys, args).await;
    let letter = (reply.tag() == "DEAD_LETTERED").then(|| reply.take().expect("an id"));
    (reply.tag().to_owned(), letter)
}

/// Has a new entry delivered and buries it with this mark.
async fn letter(server: &TestServer, mark: &str) -> String {
    let id = server.deliver("w").await;
    let (_, letter) = dead_letter(server, &id, "1", mark).await;
    letter.expect("buried")
}

async fn replay(server: &TestServer, id: &str) -> String {
    let reply = server
        .call("replay_dead_letter", &[DEAD, INBOX, POISON], id)
        .await;
    reply.tag().to_owned()
}

async fn marks(server: &TestServer) -> Vec<(String, String)> {
    let mut marks: Vec<(String, String)> = server.command(&["HGETALL", POISON]).await;
    marks.sort();
    marks
}

#[tokio::test]
async fn a_quarantined_entry_leaves_a_mark_with_its_dead_letters_id() {
    let server = TestServer::new().await;
    let letter = letter(&server, MARK).await;
    assert_eq!(marks(&server).await, pairs(&[(MARK, &letter)]));
    let fields = server.only(DEAD).await;
    assert!(fields.contains(&("dead.poison".to_owned(), MARK.to_owned())));
}

#[tokio::test]
async fn an_entry_that_is_no_poison_leaves_none() {
    let server = TestServer::new().await;
    letter(&server, "").await;
    assert_eq!(marks(&server).await, []);
    let fields = server.only(DEAD).await;
    assert!(fields.iter().all(|(name, _)| name != "dead.poison"));
}

#[tokio::test]
async fn the_mark_keeps_the_first_dead_letters_id() {
    let server = TestServer::new().await;
    let first = letter(&server, MARK).await;
    let other = letter(&server, "Order/77").await;
    letter(&server, MARK).await;
    let expected = pairs(&[(MARK, &first), ("Order/77", &other)]);
    assert_eq!(marks(&server).await, expected);
}

#[tokio::test]
async fn an_entry_that_is_not_dead_lettered_is_not_marked() {
    let server = TestServer::new().await;
    let id = server.deliver("w").await;
    let before = server.dump().await;
    assert_eq!(
        dead_letter(&server, &id, "2", MARK).await,
        ("LOST".to_owned(), None)
    );
    assert_eq!(server.dump().await, before);
    server.command::<()>(&["XACK", ORDERS, GROUP, &id]).await;
    let before = server.dump().await;
    let stale = ("STALE".to_owned(), None);
    assert_eq!(dead_letter(&server, &id, "1", MARK).await, stale);
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_replay_lifts_the_mark_and_no_other() {
    let server = TestServer::new().await;
    let id = letter(&server, MARK).await;
    let other = letter(&server, "Order/77").await;
    assert_eq!(replay(&server, &id).await, "REPLAYED");
    assert_eq!(marks(&server).await, pairs(&[("Order/77", &other)]));
    let back = server.only(INBOX).await;
    assert!(back.iter().all(|(name, _)| name != "dead.poison"));
}

#[tokio::test]
async fn replaying_another_dead_letter_lifts_no_mark() {
    let server = TestServer::new().await;
    let poison = letter(&server, MARK).await;
    let plain = letter(&server, "").await;
    assert_eq!(replay(&server, &plain).await, "REPLAYED");
    assert_eq!(marks(&server).await, pairs(&[(MARK, &poison)]));
}

#[tokio::test]
async fn a_replay_in_vain_leaves_a_later_mark_alone() {
    let server = TestServer::new().await;
    let first = letter(&server, MARK).await;
    replay(&server, &first).await;
    letter(&server, MARK).await;
    let before = server.dump().await;
    assert_eq!(replay(&server, &first).await, "ABSENT");
    assert_eq!(server.dump().await, before);
}
