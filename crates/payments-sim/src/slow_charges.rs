//! Completion of slow charges at their due time.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::commands;
use crate::engine::Engine;

/// Maximum sleep, which bounds the delay after the wall clock was set forward.
const MAX_SLEEP: Duration = Duration::from_secs(1);

/// Runs until `shutdown`.
pub(crate) async fn run(engine: Arc<Engine>, shutdown: CancellationToken) {
    loop {
        run_once(&engine, clock::now_ms());
        let next = engine.state().next_due();
        let sleep = async {
            let Some((at_ms, _)) = next else {
                return std::future::pending().await;
            };
            let left = u64::try_from(at_ms - clock::now_ms()).unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(left).min(MAX_SLEEP)).await;
        };
        tokio::select! {
            () = sleep => {}
            () = engine.slow_charges_changed.notified() => {}
            () = shutdown.cancelled() => return,
        }
    }
}

/// Completes every due charge and returns their number. The state is unlocked between charges.
fn run_once(engine: &Engine, now_ms: i64) -> usize {
    let mut completed = 0;
    while complete_one(engine, now_ms) {
        completed += 1;
    }
    completed
}

fn complete_one(engine: &Engine, now_ms: i64) -> bool {
    let mut state = engine.state();
    let due = state.next_due().filter(|&(at_ms, _)| at_ms <= now_ms);
    let Some(intent) = due.and_then(|(_, id)| state.intents.get(&id)) else {
        return false;
    };
    let changes = commands::succeed(intent);
    engine.commit(&mut state, changes);
    true
}
