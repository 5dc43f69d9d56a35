//! Runner of many scenarios, each in its own runtime with paused time.
//!
//! The scenarios run in one thread. A second thread takes snapshots of the current tree all the
//! time. The test itself waits for both with a limit in real time: a snapshot or a scenario that
//! never ends fails the test with the seed and the history as well.

use std::ops::Range;
use std::panic::PanicHookInfo;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use supervision::Tree;

use crate::build::Environment;
use crate::checker::Checker;
use crate::commands::Mailboxes;
use crate::driver::{Profile, run_scenario};

/// Limit in real time; a scenario takes some hundredths of it.
const REAL_LIMIT: Duration = Duration::from_secs(30);

/// The scenario that is running.
#[derive(Default)]
struct Current {
    seed: u64,
    checker: Option<Checker>,
    tree: Option<Tree>,
}

type Shared = Arc<Mutex<Current>>;

/// Runs the scenarios with these seeds, or only the given seed.
pub(crate) fn run_seeds(profile: Profile, seeds: Range<u64>, only: Option<u64>) {
    silence_simulated_panics();
    let seeds = only.map_or(seeds, |seed| seed..seed + 1);
    let shared = Shared::default();
    let (done, scenarios) = channel();
    let worker = {
        let (shared, seeds) = (Arc::clone(&shared), seeds.clone());
        std::thread::spawn(move || {
            for seed in seeds {
                let kept = run_seed(seed, profile, &shared);
                // After a violation the state stays for the report.
                if done.send(kept).is_err() || !kept {
                    break;
                }
            }
        })
    };
    let (stop, stopped) = channel();
    let (count, counts) = channel();
    let snapshotter = {
        let shared = Arc::clone(&shared);
        std::thread::spawn(move || take_snapshots(&shared, &stopped, &count))
    };
    for _ in seeds {
        await_one(&scenarios, &shared);
    }
    drop(stop);
    let snapshots = counts
        .recv_timeout(REAL_LIMIT)
        .unwrap_or_else(|error| panic!("a snapshot of the tree does not end: {error}"));
    assert!(snapshots > 0, "no snapshot was taken");
    worker.join().expect("the worker does not panic");
    snapshotter.join().expect("the snapshotter does not panic");
}

fn await_one(scenarios: &Receiver<bool>, shared: &Shared) {
    let failure = match scenarios.recv_timeout(REAL_LIMIT) {
        Ok(true) => return,
        Ok(false) => "a promise was violated",
        Err(RecvTimeoutError::Timeout) => "the scenario makes no progress",
        Err(RecvTimeoutError::Disconnected) => "the scenario panicked",
    };
    let current = shared.lock().expect("no panic while locked");
    let seed = current.seed;
    let report = current
        .checker
        .as_ref()
        .map(Checker::report)
        .unwrap_or_default();
    panic!("{failure}; repeat with STREAMWARD_SEED={seed}\n{report}");
}

/// Returns whether all promises were kept.
fn run_seed(seed: u64, profile: Profile, shared: &Shared) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output needs nothing");
    let current = Arc::clone(shared);
    runtime.block_on(async move {
        let environment = Environment {
            seed,
            checker: Checker::new(),
            mailboxes: Mailboxes::default(),
        };
        let checker = environment.checker.clone();
        set(&current, |current| {
            *current = Current {
                seed,
                checker: Some(checker.clone()),
                tree: None,
            };
        });
        let show = |tree: &Tree| set(&current, |current| current.tree = Some(tree.clone()));
        Box::pin(run_scenario(environment, profile, show)).await;
        !checker.is_violated()
    })
}

fn set(shared: &Shared, change: impl FnOnce(&mut Current)) {
    change(&mut shared.lock().expect("no panic while locked"));
}

/// Takes snapshots until the worker is done and sends their number.
fn take_snapshots(shared: &Shared, stopped: &Receiver<()>, count: &Sender<u64>) {
    let mut snapshots = 0;
    let pause = Duration::from_micros(500);
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let tree = shared.lock().expect("no panic while locked").tree.clone();
        snapshots += u64::from(tree.is_some_and(|tree| !tree.snapshot().name.is_empty()));
    }
    // The test may have failed and dropped the receiver.
    let _ = count.send(snapshots);
}

/// Keeps thousands of simulated panics from hiding the message of a failure.
fn silence_simulated_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        let simulated = |info: &PanicHookInfo<'_>| {
            let message = info.payload_as_str();
            message.is_some_and(|message| message.starts_with("simulated fault"))
        };
        std::panic::set_hook(Box::new(move |info| {
            if !simulated(info) {
                usual(info);
            }
        }));
    });
}
