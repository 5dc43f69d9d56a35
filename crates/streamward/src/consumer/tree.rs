//! The supervision tree of a consumer, as data.
//!
//! Children start from top to bottom and stop from bottom to top: first nothing new is read, then
//! the workers finish, then what they said is written down, and the sign of life goes last.

use std::{sync::Arc, time::Duration};

use supervision::{Backoff, ChildSpec, Intensity, Shutdown, Strategy, SupervisorSpec};

use super::{
    heartbeat::Heartbeat, intake::Intake, janitor::Janitor, options::Options, reaper::Reaper,
    reclaimer::Reclaimer, role, settler::Settler, shared::Shared, timekeeper::Timekeeper,
    worker::Worker,
};
use crate::{handler::Handler, keys::Partition, runtime::Runtime};

/// A poison entry costs at most `max_crashes` workers, so many restarts are still an orderly life.
const INTENSITY: Intensity = Intensity {
    max_restarts: 500,
    within: Duration::from_secs(10),
};
/// A role that does not beat for so long is stuck.
const SILENCE: Duration = Duration::from_secs(15);
const FLUSH: Duration = Duration::from_secs(5);

/// The tree of one service: its roles, or one tree of roles per partition.
pub(super) fn service<H: Handler>(
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
        .backoff(Backoff::default())
}

fn roles<H: Handler>(
    name: &str,
    runtime: &Runtime,
    partition: &Partition,
    options: &Options,
    handler: &Arc<H>,
) -> SupervisorSpec {
    let shared = Shared::new(options.clone(), runtime.server().clone(), partition.clone());
    let drain = Shutdown::Drain(options.drain);
    let flush = Shutdown::Stop(FLUSH);
    // A handler is bounded by its timeout; only a worker that hangs outside of it is silent longer.
    let stuck = options.timeout + Duration::from_secs(5);

    let (heartbeat, settler, workers, intake) = (
        Arc::clone(&shared),
        Arc::clone(&shared),
        Arc::clone(&shared),
        Arc::clone(&shared),
    );
    let (reclaimer, timekeeper, reaper, janitor) = (
        Arc::clone(&shared),
        Arc::clone(&shared),
        Arc::clone(&shared),
        shared,
    );
    let handler = Arc::clone(handler);

    supervisor(name)
        .child(
            ChildSpec::task("heartbeat", move |cx| {
                role::run(Heartbeat::new(&heartbeat), cx)
            })
            .shutdown(flush)
            .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("settler", move |cx| Settler::new(&settler, &cx).run(cx))
                .shutdown(flush)
                .watchdog(SILENCE),
        )
        .child(
            ChildSpec::group("worker", options.concurrency, move |cx| {
                (Worker::new(&workers, &handler, &cx), ())
            })
            .shutdown(drain)
            .watchdog(stuck),
        )
        .child(
            ChildSpec::task("intake", move |cx| Intake::new::<H>(&intake).run(cx))
                .shutdown(flush)
                .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("reclaimer", move |cx| {
                role::run(Reclaimer::new::<H>(&reclaimer), cx)
            })
            .shutdown(flush)
            .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("timekeeper", move |cx| {
                role::run(Timekeeper::new(&timekeeper), cx)
            })
            .shutdown(flush)
            .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("reaper", move |cx| role::run(Reaper::new(&reaper), cx))
                .shutdown(flush)
                .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("janitor", move |cx| role::run(Janitor::new(&janitor), cx))
                .shutdown(flush)
                .watchdog(SILENCE),
        )
}
