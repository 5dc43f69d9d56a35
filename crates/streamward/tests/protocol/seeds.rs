//! Which seeds a test runs.

use std::ops::Range;

/// The seed that `STREAMWARD_SEED` names.
pub(crate) fn named() -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no command line of its own"
    )]
    let named = std::env::var("STREAMWARD_SEED").ok()?;
    Some(named.parse().expect("STREAMWARD_SEED is a number"))
}

/// The first `count` seeds, or the named one.
pub(crate) fn chosen(count: u64) -> Range<u64> {
    named().map_or(0..count, |seed| seed..seed + 1)
}

/// Does the same on two threads; a panic there is a panic here.
pub(crate) fn on_two_threads<T: Send>(work: impl Fn() -> T + Sync) -> [T; 2] {
    std::thread::scope(|scope| {
        let threads = [scope.spawn(&work), scope.spawn(&work)];
        threads.map(|thread| {
            let done = thread.join();
            done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}
