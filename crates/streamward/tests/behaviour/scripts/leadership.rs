//! `lead`: one process of a service leads at a time.

use testkit::eventually;

use super::TestServer;

const LEAD: &str = "t:{0}:shipping:lead:janitor";
/// Milliseconds; longer than any test.
const TTL: u64 = 60_000;

/// Returns the tag and the leader, if the caller follows.
async fn lead(server: &TestServer, consumer: &str, ttl: u64) -> (String, Option<String>) {
    let args = [consumer, &ttl.to_string()];
    let mut reply = server.call("take_leadership", &[LEAD], &args).await;
    let leader = (reply.tag() == "FOLLOWS").then(|| reply.take().expect("a name"));
    (reply.tag().to_owned(), leader)
}

async fn leads(server: &TestServer, consumer: &str) -> bool {
    let (tag, _) = lead(server, consumer, TTL).await;
    tag == "LEADS"
}

fn follows(leader: &str) -> (String, Option<String>) {
    ("FOLLOWS".to_owned(), Some(leader.to_owned()))
}

/// Returns the leadership's remaining time in milliseconds; -2 without a leader.
async fn lasts(server: &TestServer) -> i64 {
    server.command(&["PTTL", LEAD]).await
}

#[tokio::test]
async fn the_first_candidate_leads_and_the_others_follow() {
    let server = TestServer::new().await;
    assert!(leads(&server, "a").await);
    let before = server.dump().await;
    assert_eq!(lead(&server, "b", TTL).await, follows("a"));
    assert_eq!(lead(&server, "c", TTL).await, follows("a"));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn asking_again_keeps_the_lead_for_another_while() {
    let server = TestServer::new().await;
    assert!(leads(&server, "a").await);
    server.command::<()>(&["PEXPIRE", LEAD, "20000"]).await;
    assert!(leads(&server, "a").await);
    let lasts = lasts(&server).await;
    assert!((30_000..=60_000).contains(&lasts), "{lasts}");
}

#[tokio::test]
async fn asking_in_vain_does_not_prolong_the_lead() {
    let server = TestServer::new().await;
    assert!(leads(&server, "a").await);
    server.command::<()>(&["PEXPIRE", LEAD, "20000"]).await;
    assert!(!leads(&server, "b").await);
    assert!(lasts(&server).await <= 20_000);
}

#[tokio::test]
async fn released_leadership_goes_to_the_next_candidate() {
    let server = TestServer::new().await;
    assert!(leads(&server, "a").await);
    assert_eq!(lead(&server, "a", 0).await, follows(""));
    assert_eq!(lasts(&server).await, -2);
    assert!(leads(&server, "b").await);
    assert_eq!(lead(&server, "a", TTL).await, follows("b"));
}

#[tokio::test]
async fn only_the_leader_can_release_leadership() {
    let server = TestServer::new().await;
    assert!(leads(&server, "a").await);
    let before = server.dump().await;
    assert_eq!(lead(&server, "b", 0).await, follows("a"));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn releasing_absent_leadership_writes_nothing() {
    let server = TestServer::new().await;
    let before = server.dump().await;
    assert_eq!(lead(&server, "a", 0).await, follows(""));
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_leader_that_stops_asking_is_followed_by_another() {
    let server = TestServer::new().await;
    let (tag, _) = lead(&server, "a", 200).await;
    assert_eq!(tag, "LEADS");
    let server = &server;
    eventually("the lead is free", || async move {
        leads(server, "b").await.then_some(())
    })
    .await;
    assert_eq!(lead(server, "a", TTL).await, follows("b"));
}

#[tokio::test]
async fn every_matter_has_its_own_lead() {
    let server = TestServer::new().await;
    assert!(leads(&server, "a").await);
    let args = ["b", "60000"];
    let other = "t:{0}:shipping:lead:scheduler";
    let reply = server.call("take_leadership", &[other], &args).await;
    assert_eq!(reply.tag(), "LEADS");
}
