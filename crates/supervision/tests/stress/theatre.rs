//! Runs many stories, each in a runtime of its own with paused time, and tells which one failed.
//!
//! The stories run in one thread. A second one looks at the current tree all the time, as a person
//! would, whatever the tree is doing. The test itself waits for both with a limit in real time:
//! a look, or a story, that never ends fails the test with the seed and the history as well.

use std::ops::Range;
use std::panic::PanicHookInfo;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use supervision::Tree;

use crate::book::Book;
use crate::cast::Stage;
use crate::driver::{Profile, tell};
use crate::orders::Orders;

/// A story takes some hundredths of it.
const REAL_LIMIT: Duration = Duration::from_secs(30);

/// The story that is being told.
#[derive(Default)]
struct Current {
    seed: u64,
    book: Option<Book>,
    tree: Option<Tree>,
}

type Shared = Arc<Mutex<Current>>;

/// Tells the stories with these seeds, or only the one with the given seed.
pub(crate) fn perform(profile: Profile, seeds: Range<u64>, only: Option<u64>) {
    silence_simulated_panics();
    let seeds = only.map_or(seeds, |seed| seed..seed + 1);
    let shared = Shared::default();
    let (told, stories) = channel();
    let teller = {
        let (shared, seeds) = (Arc::clone(&shared), seeds.clone());
        std::thread::spawn(move || {
            for seed in seeds {
                let kept = one_story(seed, profile, &shared);
                // After a broken promise the story stays there to be reported.
                if told.send(kept).is_err() || !kept {
                    break;
                }
            }
        })
    };
    let (stop, stopped) = channel();
    let (looked, looks) = channel();
    let onlooker = {
        let shared = Arc::clone(&shared);
        std::thread::spawn(move || look_on(&shared, &stopped, &looked))
    };
    for _ in seeds {
        await_one(&stories, &shared);
    }
    drop(stop);
    let looks = looks
        .recv_timeout(REAL_LIMIT)
        .unwrap_or_else(|error| panic!("a look at the tree does not end: {error}"));
    assert!(looks > 0, "nobody looked");
    teller.join().expect("the teller has told everything");
    onlooker.join().expect("the onlooker has seen everything");
}

fn await_one(stories: &Receiver<bool>, shared: &Shared) {
    let why = match stories.recv_timeout(REAL_LIMIT) {
        Ok(true) => return,
        Ok(false) => "a promise was broken",
        Err(RecvTimeoutError::Timeout) => "the story does not go on",
        Err(RecvTimeoutError::Disconnected) => "the story panicked",
    };
    let current = shared.lock().expect("nobody panics while holding this");
    let seed = current.seed;
    let report = current.book.as_ref().map(Book::report).unwrap_or_default();
    panic!("{why}; repeat with STREAMWARD_SEED={seed}\n{report}");
}

/// Whether all promises were kept.
fn one_story(seed: u64, profile: Profile, shared: &Shared) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output needs nothing");
    let current = Arc::clone(shared);
    runtime.block_on(async move {
        let stage = Stage {
            seed,
            book: Book::new(),
            orders: Orders::default(),
        };
        let book = stage.book.clone();
        set(&current, |current| {
            *current = Current {
                seed,
                book: Some(book.clone()),
                tree: None,
            };
        });
        let show = |tree: &Tree| set(&current, |current| current.tree = Some(tree.clone()));
        Box::pin(tell(stage, profile, show)).await;
        !book.is_broken()
    })
}

fn set(shared: &Shared, change: impl FnOnce(&mut Current)) {
    change(&mut shared.lock().expect("nobody panics while holding this"));
}

/// Looks until the story-teller is done, and counts.
fn look_on(shared: &Shared, stopped: &Receiver<()>, looked: &Sender<u64>) {
    let mut looks = 0;
    let pause = Duration::from_micros(500);
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let tree = shared
            .lock()
            .expect("nobody panics while holding this")
            .tree
            .clone();
        looks += u64::from(tree.is_some_and(|tree| !tree.snapshot().name.is_empty()));
    }
    // The test may have failed and stopped listening.
    let _ = looked.send(looks);
}

/// There are thousands of them, and a failure should be seen.
fn silence_simulated_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        let simulated = |info: &PanicHookInfo<'_>| {
            let words = info.payload_as_str();
            words.is_some_and(|words| words.starts_with("simulated fault"))
        };
        std::panic::set_hook(Box::new(move |info| {
            if !simulated(info) {
                usual(info);
            }
        }));
    });
}
