//! `replay`: a dead letter goes back to its service, once.

use super::{ATTEMPTS, Bench, DEAD, GROUP, INBOX, ORDERS, POISON, pairs};

const FIELDS: [(&str, &str); 4] = [("type", "Order"), ("b", "1"), ("a", "2"), ("b", "3")];

/// Buries what `stream` delivers next and returns the letter's id.
pub(super) async fn bury(bench: &Bench, stream: &str) -> String {
    let group = bench.pending(stream).await;
    let (id, holder, ..) = group.first().expect("something is pending").clone();
    let entries: Vec<(String, Vec<String>)> = bench.ask(&["XRANGE", stream, &id, &id]).await;
    let mut args = [GROUP, &id, "cause", "", "now", "1", &holder, ""].map(str::to_owned);
    args[2] = format!("cause of {id}");
    let args = args.into_iter().chain(entries[0].1.iter().cloned());
    let args: Vec<String> = args.collect();
    let keys = [stream, DEAD, ATTEMPTS, POISON];
    let mut reply = bench.call("dead_letter_entry", &keys, args).await;
    reply.take().expect("an id")
}

pub(super) async fn replay(bench: &Bench, id: &str) -> String {
    let reply = bench
        .call("replay_dead_letter", &[DEAD, INBOX, POISON], id)
        .await;
    reply.tag().to_owned()
}

/// A bench with one dead letter.
async fn with_letter() -> (Bench, String, String) {
    let bench = Bench::new().await;
    let mut add = vec!["XADD", ORDERS, "*"];
    add.extend(FIELDS.iter().flat_map(|(name, value)| [*name, *value]));
    let id: String = bench.ask(add).await;
    bench.read(ORDERS, GROUP, "w", 1).await;
    let letter = bury(&bench, ORDERS).await;
    (bench, id, letter)
}

#[tokio::test]
async fn a_letter_is_handed_back_as_it_was() {
    let (bench, id, letter) = with_letter().await;
    assert_eq!(replay(&bench, &letter).await, "REPLAYED");
    let mut expected = pairs(&[("dead.first", &id), ("dead.lineage", &letter)]);
    expected.extend(pairs(&FIELDS));
    assert_eq!(bench.only(INBOX).await, expected);
    assert_eq!(bench.ids(DEAD).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_letter_is_handed_back_once() {
    let (bench, _, letter) = with_letter().await;
    replay(&bench, &letter).await;
    let before = bench.dump().await;
    assert_eq!(replay(&bench, &letter).await, "ABSENT");
    assert_eq!(bench.dump().await, before);
}

#[tokio::test]
async fn the_lineage_grows_and_the_first_id_stays() {
    let (bench, id, first_letter) = with_letter().await;
    bench.group(INBOX, GROUP).await;
    replay(&bench, &first_letter).await;
    bench.read(INBOX, GROUP, "w", 1).await;
    let second_letter = bury(&bench, INBOX).await;
    bench.ask::<()>(&["DEL", INBOX]).await;
    replay(&bench, &second_letter).await;

    let lineage = format!("{first_letter} {second_letter}");
    let mut expected = pairs(&[("dead.first", &id), ("dead.lineage", &lineage)]);
    expected.extend(pairs(&FIELDS));
    assert_eq!(bench.only(INBOX).await, expected);
}
