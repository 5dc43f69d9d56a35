//! `lead`: one process of a service leads at a time.

use testkit::eventually;

use super::Bench;

const LEAD: &str = "t:{0}:shipping:lead:janitor";
/// Milliseconds; longer than any test.
const TTL: u64 = 60_000;

/// The tag, and whom the caller follows.
async fn lead(bench: &Bench, consumer: &str, ttl: u64) -> (String, Option<String>) {
    let args = [consumer, &ttl.to_string()];
    let mut reply = bench.call("take_leadership", &[LEAD], &args).await;
    let whom = (reply.tag() == "FOLLOWS").then(|| reply.take().expect("a name"));
    (reply.tag().to_owned(), whom)
}

async fn leads(bench: &Bench, consumer: &str) -> bool {
    let (tag, _) = lead(bench, consumer, TTL).await;
    tag == "LEADS"
}

fn follows(whom: &str) -> (String, Option<String>) {
    ("FOLLOWS".to_owned(), Some(whom.to_owned()))
}

/// How long the lead lasts, in milliseconds; -2 when nobody has it.
async fn lasts(bench: &Bench) -> i64 {
    bench.ask(&["PTTL", LEAD]).await
}

#[tokio::test]
async fn the_first_who_asks_leads_and_the_others_follow() {
    let bench = Bench::new().await;
    assert!(leads(&bench, "a").await);
    let before = bench.dump().await;
    assert_eq!(lead(&bench, "b", TTL).await, follows("a"));
    assert_eq!(lead(&bench, "c", TTL).await, follows("a"));
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn asking_again_keeps_the_lead_for_another_while() {
    let bench = Bench::new().await;
    assert!(leads(&bench, "a").await);
    bench.ask::<()>(&["PEXPIRE", LEAD, "20000"]).await;
    assert!(leads(&bench, "a").await);
    let lasts = lasts(&bench).await;
    assert!((30_000..=60_000).contains(&lasts), "{lasts}");
}

#[tokio::test]
async fn asking_in_vain_does_not_prolong_the_lead() {
    let bench = Bench::new().await;
    assert!(leads(&bench, "a").await);
    bench.ask::<()>(&["PEXPIRE", LEAD, "20000"]).await;
    assert!(!leads(&bench, "b").await);
    assert!(lasts(&bench).await <= 20_000);
}

#[tokio::test]
async fn a_lead_that_is_given_back_goes_to_the_next_who_asks() {
    let bench = Bench::new().await;
    assert!(leads(&bench, "a").await);
    assert_eq!(lead(&bench, "a", 0).await, follows(""));
    assert_eq!(lasts(&bench).await, -2);
    assert!(leads(&bench, "b").await);
    assert_eq!(lead(&bench, "a", TTL).await, follows("b"));
}

#[tokio::test]
async fn only_who_has_the_lead_can_give_it_back() {
    let bench = Bench::new().await;
    assert!(leads(&bench, "a").await);
    let before = bench.dump().await;
    assert_eq!(lead(&bench, "b", 0).await, follows("a"));
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn giving_back_what_nobody_has_writes_nothing() {
    let bench = Bench::new().await;
    let before = bench.dump().await;
    assert_eq!(lead(&bench, "a", 0).await, follows(""));
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn a_leader_that_stops_asking_is_followed_by_another() {
    let bench = Bench::new().await;
    let (tag, _) = lead(&bench, "a", 200).await;
    assert_eq!(tag, "LEADS");
    let bench = &bench;
    eventually("the lead is free", || async move {
        leads(bench, "b").await.then_some(())
    })
    .await;
    assert_eq!(lead(bench, "a", TTL).await, follows("b"));
}

#[tokio::test]
async fn every_matter_has_its_own_lead() {
    let bench = Bench::new().await;
    assert!(leads(&bench, "a").await);
    let args = ["b", "60000"];
    let other = "t:{0}:shipping:lead:scheduler";
    let reply = bench.call("take_leadership", &[other], &args).await;
    assert_eq!(reply.tag(), "LEADS");
}
