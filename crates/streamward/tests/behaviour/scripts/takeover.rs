//! `takeover`: the entries of a dead consumer become due, and the consumer goes when it has none.

use super::{GROUP, LEASE, ORDERS, TestServer};

const ALIVE: &str = "t:{0}:shipping:alive:dead";

/// The tag, and how many entries were taken and how many had been deleted.
async fn look(server: &TestServer, consumer: &str) -> (String, usize, usize) {
    let args = [GROUP, consumer, &LEASE.to_string(), "100"];
    let mut reply = server
        .call("take_over_entries", &[ORDERS, ALIVE], &args)
        .await;
    let (mut taken, mut lost) = (0, 0);
    if reply.tag() == "TAKEN" {
        taken = reply.take().expect("a count");
        lost = reply.take().expect("a count");
    }
    (reply.tag().to_owned(), taken, lost)
}

/// [`look`] where nothing was deleted.
async fn takeover(server: &TestServer, consumer: &str) -> (String, usize) {
    let (tag, taken, lost) = look(server, consumer).await;
    assert_eq!(lost, 0);
    (tag, taken)
}

async fn consumers(server: &TestServer) -> Vec<String> {
    let info: redis::streams::StreamInfoConsumersReply =
        server.command(&["XINFO", "CONSUMERS", ORDERS, GROUP]).await;
    info.consumers.into_iter().map(|c| c.name).collect()
}

#[tokio::test]
async fn a_living_consumer_is_left_alone() {
    let server = TestServer::new().await;
    server.deliver("dead").await;
    server.command::<()>(&["SET", ALIVE, "1"]).await;
    let before = server.dump().await;
    assert_eq!(takeover(&server, "dead").await, ("ALIVE".to_owned(), 0));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn the_entries_of_a_dead_consumer_are_due_at_once_and_their_counts_unchanged() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server.read(ORDERS, GROUP, "dead", 2).await;
    server.read(ORDERS, GROUP, "living", 1).await;
    assert_eq!(takeover(&server, "dead").await, ("TAKEN".to_owned(), 2));

    let pending = server.pending(ORDERS).await;
    let holders: Vec<(&str, &str, u64)> = pending
        .iter()
        .map(|(id, holder, _, deliveries)| (id.as_str(), holder.as_str(), *deliveries))
        .collect();
    let expected = [
        ("1-0", "~retry", 1),
        ("2-0", "~retry", 1),
        ("3-0", "living", 1),
    ];
    assert_eq!(holders, expected);
    assert!(pending[..2].iter().all(|(_, _, idle, _)| *idle >= LEASE));
}

#[tokio::test]
async fn a_takeover_is_bounded_and_deletes_the_consumer_last() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 250).await;
    server.read(ORDERS, GROUP, "dead", 250).await;
    for taken in [100, 100, 50] {
        assert!(consumers(&server).await.contains(&"dead".to_owned()));
        assert_eq!(takeover(&server, "dead").await, ("TAKEN".to_owned(), taken));
        assert_eq!(server.pending(ORDERS).await.len(), 250);
    }
    assert_eq!(takeover(&server, "dead").await, ("RETIRED".to_owned(), 0));
    assert_eq!(consumers(&server).await, ["~retry"]);
    assert_eq!(server.pending(ORDERS).await.len(), 250);
}

#[tokio::test]
async fn taking_over_an_unknown_consumer_writes_nothing() {
    let server = TestServer::new().await;
    server.deliver("living").await;
    let before = server.dump().await;
    assert_eq!(
        takeover(&server, "unknown").await,
        ("RETIRED".to_owned(), 0)
    );
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn entries_deleted_while_pending_are_reported_as_lost() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server.read(ORDERS, GROUP, "dead", 3).await;
    server.command::<()>(&["XDEL", ORDERS, "2-0"]).await;
    let expected = ("TAKEN".to_owned(), 2, 1);
    assert_eq!(look(&server, "dead").await, expected);
    assert_eq!(server.pending(ORDERS).await.len(), 2);
    assert_eq!(takeover(&server, "dead").await, ("RETIRED".to_owned(), 0));
}

#[tokio::test]
async fn ten_thousand_entries_are_taken_in_bounded_calls() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 10_000).await;
    server.read(ORDERS, GROUP, "dead", 10_000).await;
    for _ in 0..100 {
        assert_eq!(takeover(&server, "dead").await, ("TAKEN".to_owned(), 100));
    }
    assert_eq!(takeover(&server, "dead").await, ("RETIRED".to_owned(), 0));
    let pending = server.pending(ORDERS).await;
    assert_eq!(pending.len(), 10_000);
    let due = |row: &(String, String, u64, u64)| row.1 == "~retry" && row.2 >= LEASE && row.3 == 1;
    assert!(pending.iter().all(due));
}
