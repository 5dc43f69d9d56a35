//! `discard`: a dead letter is deleted for good, and a mark that it explains goes with it.

use super::{DEAD, POISON, TestServer};

async fn discard(server: &TestServer, id: &str) -> String {
    let reply = server
        .call("discard_dead_letter", &[DEAD, POISON], id)
        .await;
    reply.tag().to_owned()
}

/// Writes a letter; with a mark when it is poison.
async fn letter(server: &TestServer, id: &str, mark: Option<&str>) {
    let mut add = vec!["XADD", DEAD, id, "dead.id", "1-0", "type", "Order"];
    if let Some(mark) = mark {
        add.extend(["dead.poison", mark]);
        server.command::<()>(&["HSETNX", POISON, mark, id]).await;
    }
    server.command::<String>(add).await;
}

async fn marks(server: &TestServer) -> Vec<String> {
    let mut marks: Vec<String> = server.command(&["HKEYS", POISON]).await;
    marks.sort();
    marks
}

#[tokio::test]
async fn a_discarded_dead_letter_is_deleted_and_others_are_kept() {
    let server = TestServer::new().await;
    for id in ["1-0", "2-0", "3-0"] {
        letter(&server, id, None).await;
    }
    assert_eq!(discard(&server, "2-0").await, "DISCARDED");
    assert_eq!(server.ids(DEAD).await, ["1-0", "3-0"]);
}

#[tokio::test]
async fn a_dead_letter_is_discarded_once() {
    let server = TestServer::new().await;
    for id in ["1-0", "2-0"] {
        letter(&server, id, Some("Order/abc")).await;
    }
    assert_eq!(discard(&server, "1-0").await, "DISCARDED");
    // Entries like it may be marked anew meanwhile, which is not this call's to undo.
    let again = ["HSET", POISON, "Order/abc", "2-0"];
    server.command::<()>(&again).await;
    let before = server.dump().await;
    assert_eq!(discard(&server, "1-0").await, "ABSENT");
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn without_dead_letters_nothing_is_written() {
    let server = TestServer::new().await;
    let before = server.dump().await;
    assert_eq!(discard(&server, "1-0").await, "ABSENT");
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn its_mark_is_lifted_and_no_other() {
    let server = TestServer::new().await;
    letter(&server, "1-0", Some("Order/abc")).await;
    letter(&server, "2-0", Some("Order/def")).await;
    assert_eq!(discard(&server, "1-0").await, "DISCARDED");
    assert_eq!(marks(&server).await, ["Order/def"]);
}

#[tokio::test]
async fn a_dead_letter_that_is_no_poison_lifts_no_mark() {
    let server = TestServer::new().await;
    letter(&server, "1-0", None).await;
    letter(&server, "2-0", Some("Order/abc")).await;
    discard(&server, "1-0").await;
    assert_eq!(marks(&server).await, ["Order/abc"]);
}
