//! The test kit's rehearsal: a handler through its whole policy, without a server and without waiting.

use std::time::Duration;

use streamward::{
    Cause, Consumer, Delivery, Outcome, RawEntry,
    testing::{Ending, Happening, Rehearsal, Story},
};
use supervision::Backoff;

use crate::{
    diary::{Acting, Diary},
    support::SERVICE,
};

/// What `act` makes of an order, with pauses of one, two, four hours.
async fn rehearse<F, R>(act: F) -> Story
where
    F: Fn(Delivery) -> R + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send,
{
    let hour = Duration::from_secs(3600);
    let consumer = Consumer::new(SERVICE, Acting::new(act, &Diary::default()))
        .backoff(Backoff::new(hour, hour * 24, 0.0).expect("valid"))
        .timeout(hour)
        .max_attempts(4)
        .max_crashes(2);
    let data = streamward::pack("Order", &"a").expect("packs");
    Rehearsal::of(&consumer)
        .deliver_entry(entry("Order", data))
        .await
}

fn entry(kind: &'static str, data: Vec<u8>) -> RawEntry {
    let fields = vec![("type".into(), kind.into()), ("data".into(), data.into())];
    let id = "1-0".to_owned();
    RawEntry { id, fields }
}

fn hours(story: &Story) -> Vec<u64> {
    let hour = |at: Duration| (at.as_secs() + 1800) / 3600;
    story.scenes.iter().map(|scene| hour(scene.at)).collect()
}

#[tokio::test(start_paused = true)]
async fn attempts_are_used_up_with_growing_pauses() {
    let story = rehearse(|_| async { Outcome::retry(Cause::new("no")) }).await;
    assert_eq!(hours(&story), [0, 1, 3, 7]);
    assert_eq!(story.ending, Ending::Dead(Cause::new("no")));
}

#[tokio::test(start_paused = true)]
async fn crashes_end_in_quarantine_and_slowness_in_a_retry() {
    let crash = |_| async { panic!("a crash of the test's own making") };
    let story = rehearse(crash).await;
    let crashes = story.scenes.iter().map(|scene| scene.happening.clone());
    assert_eq!(
        crashes.collect::<Vec<_>>(),
        [Happening::Crashed, Happening::Crashed]
    );
    assert!(matches!(story.ending, Ending::Dead(cause) if cause.as_str().contains("2 deliveries")));

    let story = rehearse(|delivery: Delivery| async move {
        if delivery.attempts == 0 {
            std::future::pending::<()>().await;
        }
        Outcome::Settled
    })
    .await;
    let late = Happening::Failed(Cause::new("no outcome within 3600s"));
    assert_eq!(story.scenes[0].happening, late);
    assert_eq!((hours(&story), story.ending), (vec![0, 2], Ending::Settled));
}

#[tokio::test(start_paused = true)]
async fn what_is_unwanted_or_unreadable_never_reaches_the_handler() {
    let consumer = Consumer::new(
        SERVICE,
        Acting::new(|_| async { Outcome::Done }, &Diary::default()),
    );
    let rehearsal = Rehearsal::of(&consumer);
    let story = rehearsal.deliver_entry(entry("Else", Vec::new())).await;
    assert_eq!((story.scenes.len(), story.ending), (0, Ending::Skipped));
    let story = rehearsal.deliver_entry(entry("Order", vec![0xc1])).await;
    assert!(matches!(story.ending, Ending::Dead(cause) if cause.as_str().contains("decoded")));
}
