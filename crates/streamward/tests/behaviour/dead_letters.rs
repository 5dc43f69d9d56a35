//! Entries that can never work: kept as they were, shown, replayed and discarded.

use redis::Value;
use streamward::{Cause, Delivery, Outcome, dead};

use crate::{
    call_log::done,
    harness::{Harness, SERVICE},
};

/// Appends an entry of these raw fields to the orders.
async fn publish_raw(harness: &Harness, fields: &[(&[u8], &[u8])]) {
    let orders = harness.orders();
    let mut words: Vec<&[u8]> = vec![b"XADD", orders.as_bytes(), b"*"];
    words.extend(fields.iter().flat_map(|(name, value)| [*name, *value]));
    harness.command::<Value>(words).await;
}

#[tokio::test]
async fn an_undecodable_entry_is_dead_lettered_with_its_raw_bytes_and_blocks_no_other() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    let fields: [(&[u8], &[u8]); 5] = [
        (b"type", b"Order"),
        (b"data", b"\xc1\x00\xff"),
        (b"x", b"1"),
        (b"x", b"\xfe"),
        (b"key", b"bad"),
    ];
    publish_raw(&harness, &fields).await;
    harness.publish("Order", "good").await;

    let letter = harness.until_dead().await;
    assert!(
        letter.cause.starts_with("cannot be decoded: "),
        "{letter:?}"
    );
    let kept: Vec<(&[u8], &[u8])> = letter
        .entry
        .fields
        .iter()
        .map(|(name, value)| (&name[..], &value[..]))
        .collect();
    assert_eq!(kept, fields);
    harness.calls.until("good", 1).await;
    assert!(harness.calls.of("bad").is_empty());
    harness.close(tree).await;
}

#[tokio::test]
async fn an_entry_without_a_type_is_dead_lettered() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    publish_raw(&harness, &[(b"what", b"ever")]).await;
    let letter = harness.until_dead().await;
    assert_eq!(letter.entry.text("what"), "ever");
    harness.close(tree).await;
}

#[tokio::test]
async fn a_replayed_dead_letter_is_handled_again_and_keeps_its_origin() {
    let harness = Harness::new().await;
    let act = |delivery: Delivery| async move {
        match delivery
            .entry
            .text("dead.lineage")
            .split_whitespace()
            .count()
        {
            2 => Outcome::Done,
            _ => Outcome::dead(Cause::new("no")),
        }
    };
    let tree = harness.run(&harness.service(act)).await;
    let id = harness.publish("Order", "a").await;
    let mut link = harness.runtime.server().link();
    let first = harness.until_dead().await;
    let replayed = dead::replay(&mut link, harness.partition(), SERVICE, &first.id).await;
    assert!(replayed.expect("it answers"));
    let again = dead::replay(&mut link, harness.partition(), SERVICE, &first.id).await;
    assert!(!again.expect("it answers"), "a letter is replayed once");

    let second = harness.until_dead().await;
    assert_eq!(second.first_id, id);
    assert_eq!(second.lineage, [first.id]);
    assert_eq!(second.stream, harness.inbox());
    assert_eq!(second.entry.key(), "a");
    let replayed = dead::replay(&mut link, harness.partition(), SERVICE, &second.id).await;
    assert!(replayed.expect("it answers"));
    harness.calls.until("a", 3).await;
    harness.until_settled().await;
    assert_eq!(harness.dead().await, []);
    harness.close(tree).await;
}

#[tokio::test]
async fn dead_letters_are_listed_in_pages_shown_and_discarded() {
    let harness = Harness::new().await;
    let act = |_: Delivery| async { Outcome::dead(Cause::new("no")) };
    let tree = harness.run(&harness.service(act).concurrency(1)).await;
    harness.publish_many(3).await;
    harness.until_settled().await;
    let all = harness.dead().await;
    assert_eq!(all.len(), 3);

    let (mut link, partition) = (harness.runtime.server().link(), harness.partition());
    let rest = dead::list(&mut link, partition, SERVICE, Some(&all[0].id), 1).await;
    assert_eq!(rest.expect("it answers"), all[1..2]);
    let shown = dead::show(&mut link, partition, SERVICE, &all[2].id).await;
    assert_eq!(shown.expect("it answers").as_ref(), Some(&all[2]));
    for there in [true, false] {
        let discarded = dead::discard(&mut link, partition, SERVICE, &all[2].id).await;
        assert_eq!(discarded.expect("it answers"), there);
    }
    let shown = dead::show(&mut link, partition, SERVICE, &all[2].id).await;
    assert_eq!(shown.expect("it answers"), None);
    harness.close(tree).await;
}
