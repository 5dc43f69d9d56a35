//! `discard`: a dead letter is deleted for good, and a mark that it explains goes with it.

use super::{Bench, DEAD, POISON};

async fn discard(bench: &Bench, id: &str) -> String {
    let reply = bench.call("discard_dead_letter", &[DEAD, POISON], id).await;
    reply.tag().to_owned()
}

/// Writes a letter; with a mark when it is poison.
async fn letter(bench: &Bench, id: &str, mark: Option<&str>) {
    let mut add = vec!["XADD", DEAD, id, "dead.id", "1-0", "type", "Order"];
    if let Some(mark) = mark {
        add.extend(["dead.poison", mark]);
        bench.ask::<()>(&["HSETNX", POISON, mark, id]).await;
    }
    bench.ask::<String>(add).await;
}

async fn marks(bench: &Bench) -> Vec<String> {
    let mut marks: Vec<String> = bench.ask(&["HKEYS", POISON]).await;
    marks.sort();
    marks
}

#[tokio::test]
async fn a_letter_is_deleted_and_the_others_are_kept() {
    let bench = Bench::new().await;
    for id in ["1-0", "2-0", "3-0"] {
        letter(&bench, id, None).await;
    }
    assert_eq!(discard(&bench, "2-0").await, "DISCARDED");
    assert_eq!(bench.ids(DEAD).await, ["1-0", "3-0"]);
}

#[tokio::test]
async fn a_letter_is_discarded_once() {
    let bench = Bench::new().await;
    for id in ["1-0", "2-0"] {
        letter(&bench, id, Some("Order/abc")).await;
    }
    assert_eq!(discard(&bench, "1-0").await, "DISCARDED");
    // Entries like it may be marked anew meanwhile, which is not this call's to undo.
    let again = ["HSET", POISON, "Order/abc", "2-0"];
    bench.ask::<()>(&again).await;
    let before = bench.dump().await;
    assert_eq!(discard(&bench, "1-0").await, "ABSENT");
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn where_there_are_no_letters_nothing_is_written() {
    let bench = Bench::new().await;
    let before = bench.dump().await;
    assert_eq!(discard(&bench, "1-0").await, "ABSENT");
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn its_mark_is_lifted_and_no_other() {
    let bench = Bench::new().await;
    letter(&bench, "1-0", Some("Order/abc")).await;
    letter(&bench, "2-0", Some("Order/def")).await;
    assert_eq!(discard(&bench, "1-0").await, "DISCARDED");
    assert_eq!(marks(&bench).await, ["Order/def"]);
}

#[tokio::test]
async fn a_letter_that_is_no_poison_lifts_no_mark() {
    let bench = Bench::new().await;
    letter(&bench, "1-0", None).await;
    letter(&bench, "2-0", Some("Order/abc")).await;
    discard(&bench, "1-0").await;
    assert_eq!(marks(&bench).await, ["Order/abc"]);
}
