//! Whatever happens to the processes of a service, nothing is lost and nothing settled happens again.
//!
//! Every seed is one world: processes with the runtime's roles as small steps, a server, and an
//! adversary that kills, freezes, steals and deletes. `STREAMWARD_SEED=<n>` repeats one of them.

mod adversary;
mod books;
mod deliveries;
mod fenced;
mod intake;
mod policy;
mod process;
mod reclaimer;
mod scheduler;
mod server;
mod settler;
mod upkeep;
mod worker;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use self::{policy::LEASE, world::World};
use crate::seeds;

const SEEDS: u64 = 10_000;
const LOG_LINES: usize = 40;

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
            if World::new(seed, false).run().is_err() {
                // The same again, this time with a log.
                tell(seed);
            }
        }
    });
}

fn tell(seed: u64) {
    let mut world = World::new(seed, true);
    let rule = world.run();
    let log = world.log.unwrap_or_default();
    let tail = &log[log.len().saturating_sub(LOG_LINES)..];
    panic!(
        "seed {seed}: {rule:?}\n{:?}\n{}",
        world.settings,
        tail.join("\n")
    );
}

#[test]
fn what_went_with_a_broken_read_does_not_wait_for_its_lease() {
    for seed in 0..20 {
        let mut world = World::calm(seed);
        let began = world.server.now();
        world.server.publish("Noise", &mut world.rng);
        world.loses_read = true;
        world.run().expect("nothing is broken");
        let took = world.server.now() - began;
        assert!(took < LEASE / 2, "it came back after {took} ms");
    }
}
