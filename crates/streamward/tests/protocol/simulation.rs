//! No entry is lost and no settled entry is handled again, under any faults of a service's processes.
//!
//! Every seed is one world: processes that run the roles of `src/consumer` as they ship, a server in
//! memory, and an adversary that kills processes and roles at any await, freezes, steals, deletes,
//! loses requests and answers. `STREAMWARD_SEED=<n>` repeats one of them and shows its whole log.
//!
//! What it finds was measured by seeding bugs into the roles and the model, one at a time. Within the
//! seeds of the test it finds: entries that a role forgets, loses with a read, a crash or a drain, or
//! never looks for; acknowledgement, renewal, parking, dead letter or undo without a fence; answers
//! ignored that tell a consumer what it has lost; wrong counts of attempts, crashes and deliveries;
//! wrong pauses; reads and claims beyond the free workers or the limit over all processes; sweeps that
//! lose their cursor; a takeover of a consumer that lives; trimming and group positions that pass over
//! unsettled entries.
//!
//! It does not find waste that is within the promises, such as a claim of an entry in flight that is
//! not undone and so costs one more delivery. Key order, the rate limit and the metrics sampler are
//! outside.

mod adversary;
mod handler;
mod observer;
mod observing;
mod process;
mod rules;
mod server;
mod settings;
mod stations;
mod stopping;
mod tasks;
mod wire;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use self::{settings::LEASE, wire::lock, world::World};
use super::seeds;

const SEEDS: u64 = 10_000;
/// Lines of the log that a failure shows; all of them when a seed is named.
const LOG_LINES: usize = 60;

#[test]
fn nothing_is_lost_and_nothing_settled_happens_again() {
    let seeds = seeds::chosen(SEEDS);
    let next = AtomicU64::new(seeds.start);
    seeds::on_two_threads(|| {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            if run(seed, false).is_err() {
                // The other thread need not go on. The same again, this time with a log.
                next.store(seeds.end, Ordering::Relaxed);
                let rule = run(seed, true);
                panic!("seed {seed}: {}", rule.expect_err("a seed repeats itself"));
            }
        }
    });
}

#[test]
fn entries_of_a_broken_read_do_not_wait_for_their_lease() {
    for seed in 0..20 {
        let took = on_paused_time(async {
            let mut world = World::calm(seed);
            let began = Instant::now();
            lock(&world.server).publish("Noise");
            lock(&world.server).loses_read = true;
            world.run().await.expect("no rule is broken");
            assert!(!lock(&world.server).loses_read, "a read was lost");
            began.elapsed()
        });
        assert!(took < LEASE / 2, "they came back after {took:?}");
    }
}

/// Runs one world.
fn run(seed: u64, logged: bool) -> Result<(), String> {
    on_paused_time(async {
        let mut world = World::new(seed, logged);
        let rule = world.run().await;
        let server = lock(&world.server);
        let log = server.log.as_deref().unwrap_or_default();
        let lines = seeds::named().map_or(LOG_LINES, |_| log.len());
        let tail = log[log.len().saturating_sub(lines)..].join("\n");
        rule.map_err(|rule| format!("{rule}\n{:?}\n{tail}", world.settings))
    })
}

/// Runs a future on a clock of its own.
fn on_paused_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    // The world decides which task goes on, so no budget of tokio's may.
    runtime.block_on(tokio::task::unconstrained(future))
}
