//! `replay`: a dead letter goes back to its service, once.

use super::{ATTEMPTS, DEAD, GROUP, INBOX, ORDERS, POISON, TestServer, pairs};

const FIELDS: [(&str, &str); 4] = [("type", "Order"), ("b", "1"), ("a", "2"), ("b", "3")];

/// Buries what `stream` delivers next and returns the letter's id.
pub(super) async fn dead_letter(server: &TestServer, stream: &str) -> String {
    let group = server.pending(stream).await;
    let (id, holder, ..) = group.first().expect("something is pending").clone();
    let entries: Vec<(String, Vec<String>)> = server.command(&["XRANGE", stream, &id, &id]).await;
    let mut args = [GROUP, &id, "cause", "", "now", "1", &holder, ""].map(str::to_owned);
    args[2] = format!("cause of {id}");
    let args = args.into_iter().chain(entries[0].1.iter().cloned());
    let args: Vec<String> = args.collect();
    let keys = [stream, DEAD, ATTEMPTS, POISON];
    let mut reply = server.call("dead_letter_entry", &keys, args).await;
    reply.take().expect("an id")
}

pub(super) async fn replay(server: &TestServer, id: &str) -> String {
    let reply = server
        .call("replay_dead_letter", &[DEAD, INBOX, POISON], id)
        .await;
    reply.tag().to_owned()
}

/// A server with one dead letter.
async fn with_letter() -> (TestServer, String, String) {
    let server = TestServer::new().await;
    let mut add = vec!["XADD", ORDERS, "*"];
    add.extend(FIELDS.iter().flat_map(|(name, value)| [*name, *value]));
    let id: String = server.command(add).await;
    server.read(ORDERS, GROUP, "w", 1).await;
    let letter = dead_letter(&server, ORDERS).await;
    (server, id, letter)
}

#[tokio::test]
async fn a_dead_letter_is_replayed_unchanged() {
    let (server, id, letter) = with_letter().await;
    assert_eq!(replay(&server, &letter).await, "REPLAYED");
    let mut expected = pairs(&[("dead.first", &id), ("dead.lineage", &letter)]);
    expected.extend(pairs(&FIELDS));
    assert_eq!(server.only(INBOX).await, expected);
    assert_eq!(server.ids(DEAD).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_dead_letter_is_replayed_once() {
    let (server, _, letter) = with_letter().await;
    replay(&server, &letter).await;
    let before = server.dump().await;
    assert_eq!(replay(&server, &letter).await, "ABSENT");
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn the_lineage_grows_and_the_first_id_stays() {
    let (server, id, first_letter) = with_letter().await;
    server.group(INBOX, GROUP).await;
    replay(&server, &first_letter).await;
    server.read(INBOX, GROUP, "w", 1).await;
    let second_letter = dead_letter(&server, INBOX).await;
    server.command::<()>(&["DEL", INBOX]).await;
    replay(&server, &second_letter).await;

    let lineage = format!("{first_letter} {second_letter}");
    let mut expected = pairs(&[("dead.first", &id), ("dead.lineage", &lineage)]);
    expected.extend(pairs(&FIELDS));
    assert_eq!(server.only(INBOX).await, expected);
}
