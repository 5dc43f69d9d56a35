//! The poison marks: `bury` sets one, `replay` lifts it.

use super::{ATTEMPTS, Bench, DEAD, GROUP, INBOX, ORDERS, POISON, pairs};

const MARK: &str = "Order/5f3a";

/// Buries entry `id`, held by `w`, as poison; returns the tag, and the letter's id if there is one.
async fn bury(bench: &Bench, id: &str, deliveries: &str, mark: &str) -> (String, Option<String>) {
    let mut args = vec![GROUP, id, "crashed too often", "", "now"];
    args.extend([deliveries, "w", mark, "type", "Order", "key", "o-1"]);
    let keys = [ORDERS, DEAD, ATTEMPTS, POISON];
    let mut reply = bench.call("dead_letter_entry", &keys, args).await;
    let letter = (reply.tag() == "DEAD_LETTERED").then(|| reply.take().expect("an id"));
    (reply.tag().to_owned(), letter)
}

/// Has a new entry delivered and buries it with this mark.
async fn letter(bench: &Bench, mark: &str) -> String {
    let id = bench.deliver("w").await;
    let (_, letter) = bury(bench, &id, "1", mark).await;
    letter.expect("buried")
}

async fn replay(bench: &Bench, id: &str) -> String {
    let reply = bench
        .call("replay_dead_letter", &[DEAD, INBOX, POISON], id)
        .await;
    reply.tag().to_owned()
}

async fn marks(bench: &Bench) -> Vec<(String, String)> {
    let mut marks: Vec<(String, String)> = bench.ask(&["HGETALL", POISON]).await;
    marks.sort();
    marks
}

#[tokio::test]
async fn a_quarantined_entry_leaves_a_mark_that_names_its_letter() {
    let bench = Bench::new().await;
    let letter = letter(&bench, MARK).await;
    assert_eq!(marks(&bench).await, pairs(&[(MARK, &letter)]));
    let fields = bench.only(DEAD).await;
    assert!(fields.contains(&("dead.poison".to_owned(), MARK.to_owned())));
}

#[tokio::test]
async fn an_entry_that_is_no_poison_leaves_none() {
    let bench = Bench::new().await;
    letter(&bench, "").await;
    assert_eq!(marks(&bench).await, []);
    let fields = bench.only(DEAD).await;
    assert!(fields.iter().all(|(name, _)| name != "dead.poison"));
}

#[tokio::test]
async fn the_mark_goes_on_naming_the_first_letter() {
    let bench = Bench::new().await;
    let first = letter(&bench, MARK).await;
    let other = letter(&bench, "Order/77").await;
    letter(&bench, MARK).await;
    let expected = pairs(&[(MARK, &first), ("Order/77", &other)]);
    assert_eq!(marks(&bench).await, expected);
}

#[tokio::test]
async fn an_entry_that_is_not_buried_is_not_marked() {
    let bench = Bench::new().await;
    let id = bench.deliver("w").await;
    let before = bench.dump().await;
    assert_eq!(
        bury(&bench, &id, "2", MARK).await,
        ("LOST".to_owned(), None)
    );
    assert_eq!(bench.dump().await, before);
    bench.ask::<()>(&["XACK", ORDERS, GROUP, &id]).await;
    let before = bench.dump().await;
    let stale = ("STALE".to_owned(), None);
    assert_eq!(bury(&bench, &id, "1", MARK).await, stale);
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn a_replay_lifts_the_mark_and_no_other() {
    let bench = Bench::new().await;
    let id = letter(&bench, MARK).await;
    let other = letter(&bench, "Order/77").await;
    assert_eq!(replay(&bench, &id).await, "REPLAYED");
    assert_eq!(marks(&bench).await, pairs(&[("Order/77", &other)]));
    let back = bench.only(INBOX).await;
    assert!(back.iter().all(|(name, _)| name != "dead.poison"));
}

#[tokio::test]
async fn replaying_what_is_no_poison_lifts_no_mark() {
    let bench = Bench::new().await;
    let poison = letter(&bench, MARK).await;
    let plain = letter(&bench, "").await;
    assert_eq!(replay(&bench, &plain).await, "REPLAYED");
    assert_eq!(marks(&bench).await, pairs(&[(MARK, &poison)]));
}

#[tokio::test]
async fn a_replay_in_vain_leaves_a_later_mark_alone() {
    let bench = Bench::new().await;
    let first = letter(&bench, MARK).await;
    replay(&bench, &first).await;
    letter(&bench, MARK).await;
    let before = bench.dump().await;
    assert_eq!(replay(&bench, &first).await, "ABSENT");
    assert_eq!(bench.dump().await, before);
}
