//! Lets slow charges succeed when their time has come.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::core::Core;
use crate::desk;

/// The longest sleep: a wall clock that was set forward is noticed within it.
const NAP: Duration = Duration::from_secs(1);

/// Runs until `life` ends.
pub(crate) async fn run(core: Arc<Core>, life: CancellationToken) {
    loop {
        run_once(&core, clock::now_ms());
        let next = core.book().next_due();
        let wait = async {
            match next {
                None => core.wake_timekeeper.notified().await,
                Some((at_ms, _)) => {
                    let left = u64::try_from(at_ms - clock::now_ms()).unwrap_or_default();
                    let nap = Duration::from_millis(left).min(NAP);
                    tokio::select! {
                        () = tokio::time::sleep(nap) => {}
                        () = core.wake_timekeeper.notified() => {}
                    }
                }
            }
        };
        tokio::select! {
            () = wait => {}
            () = life.cancelled() => return,
        }
    }
}

/// Completes every charge that is due, and says how many. The book is free between two of them.
fn run_once(core: &Core, now_ms: i64) -> usize {
    let mut done = 0;
    while complete_one(core, now_ms) {
        done += 1;
    }
    done
}

fn complete_one(core: &Core, now_ms: i64) -> bool {
    let mut book = core.book();
    let due = book.next_due().filter(|&(at_ms, _)| at_ms <= now_ms);
    let Some(intent) = due.and_then(|(_, id)| book.intents.get(id)) else {
        return false;
    };
    let changes = desk::succeed(intent);
    core.commit(&mut book, changes);
    true
}
