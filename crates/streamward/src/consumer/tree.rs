//! The supervision tree of a consumer, as data.
//!
//! Children start from top to bottom and stop from bottom to top: first nothing new is read, then
//! the workers finish, then their dispositions are settled, and the heartbeat stops last.

use std::{sync::Arc, time::Duration};

use supervision::{Backoff, ChildSpec, Intensity, Shutdown, Strategy, SupervisorSpec};

use super::{
    options::Options,
    read::demand::DemandWatch,
    role::{self, Role},
    roles::Roles,
    work::worker::Worker,
};
use crate::{handler::Handler, keys::Partition, runtime::Runtime};

/// A poison message costs at most `max_crashes` workers, so many restarts are still normal operation.
const INTENSITY: Intensity = Intensity {
    max_restarts: 500,
    within: Duration::from_secs(10),
};
/// Pauses before a restart. A run longer than the longest pause ends the growth: few workers share many
/// panics, and quarantine bounds the panics of an entry.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Workers of a consumer. More deliveries at a time share them: an actor for each would cost more than
/// many handlers.
const LARGEST_GROUP: usize = 16;
/// A role without a beat for this long is stuck.
const SILENCE: Duration = Duration::from_secs(15);
const FLUSH: Duration = Duration::from_secs(5);

/// The tree of one service: its roles, or one tree of roles per partition.
pub(crate) fn service<H: Handler>(
    runtime: &Runtime,
    options: &Options,
    handler: &Arc<H>,
) -> SupervisorSpec {
    match runtime.partitions() {
        [only] => roles(&options.service, runtime, only, options, handler),
        many => many
            .iter()
            .fold(supervisor(&options.service), |spec, partition| {
                let name = format!("p{}", partition.index());
                spec.child(ChildSpec::supervisor(roles(
                    &name, runtime, partition, options, handler,
                )))
            }),
    }
}

fn supervisor(name: &str) -> SupervisorSpec {
    SupervisorSpec::new(name)
        .strategy(Strategy::OneForOne)
        .intensity(INTENSITY)
        .backoff(Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE, 0.2).unwrap_or_default())
}

fn roles<H: Handler>(
    name: &str,
    runtime: &Runtime,
    partition: &Partition,
    options: &Options,
    handler: &Arc<H>,
) -> SupervisorSpec {
    let roles = Arc::new(Roles::of(options, runtime, partition));
    let drain = Shutdown::Drain(options.drain);
    let flush = Shutdown::Stop(FLUSH);
    // A handler is bounded by its timeout; only a worker that hangs outside of it is silent longer.
    let stuck = options.timeout + Duration::from_secs(5);
    let watched = |child: ChildSpec| child.shutdown(flush).watchdog(SILENCE);
    let (settler, intake) = (Arc::clone(&roles), Arc::clone(&roles));
    let executor = Arc::new(roles.executor(handler));
    let concurrency = options.concurrency;
    let workers = concurrency.min(LARGEST_GROUP);
    let mut tree = supervisor(name)
        .child(watched(role(&roles, Roles::heartbeat)))
        .child(watched(ChildSpec::task("settler", move |cx| {
            settler.settler(cx.pulse).run(cx.stopping)
        })))
        .child(watched(role(&roles, Roles::renewer)))
        .child(
            ChildSpec::group("worker", workers, move |cx| {
                let worker = Worker {
                    executor: Arc::clone(&executor),
                    lanes: lanes(concurrency, &cx.name),
                    pulse: cx.pulse,
                };
                (worker, ())
            })
            .shutdown(drain)
            .watchdog(stuck),
        );
    if options.ordered {
        tree = tree.child(watched(role(&roles, Roles::owner)));
    }
    if let Some(demand) = options.demand.clone() {
        let roles = Arc::clone(&roles);
        let watch = move |cx| role::run(roles.demand_watch(&demand), roles.connection.clone(), cx);
        tree = tree.child(watched(ChildSpec::task(DemandWatch::NAME, watch)));
    }
    tree.child(watched(role(&roles, Roles::poison_watch)))
        .child(watched(ChildSpec::task("intake", move |cx| {
            intake.intake::<H>(cx.pulse).run(cx.stopping)
        })))
        .child(watched(role(&roles, Roles::reclaimer::<H>)))
        .child(watched(role(&roles, Roles::scheduler)))
        .child(watched(role(&roles, Roles::reaper)))
        .child(watched(role(&roles, Roles::janitor)))
        .child(watched(role(&roles, Roles::metrics_sampler)))
}

/// Returns how many of `concurrency` deliveries the worker of this name, `worker-<n>`, handles at a time.
fn lanes(concurrency: usize, worker: &str) -> usize {
    let workers = concurrency.min(LARGEST_GROUP);
    let number = worker.rsplit('-').next().and_then(|n| n.parse().ok());
    let has_one_more = number.unwrap_or(workers) < concurrency % workers;
    concurrency / workers + usize::from(has_one_more)
}

/// A role as a child: built anew at each start.
fn role<R: Role + 'static>(roles: &Arc<Roles>, make: fn(&Roles) -> R) -> ChildSpec {
    let roles = Arc::clone(roles);
    ChildSpec::task(R::NAME, move |cx| {
        role::run(make(&roles), roles.connection.clone(), cx)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lanes_of_all_workers_are_the_concurrency() {
        for concurrency in [1, 2, 15, 16, 17, 20, 100, 128, 127] {
            let workers = 0..concurrency.min(LARGEST_GROUP);
            let lanes: Vec<usize> = workers
                .map(|n| lanes(concurrency, &format!("worker-{n}")))
                .collect();
            assert_eq!(lanes.iter().sum::<usize>(), concurrency, "{lanes:?}");
            assert!(lanes[0] - lanes[lanes.len() - 1] <= 1, "{lanes:?}");
        }
    }
}
