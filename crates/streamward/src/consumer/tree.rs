//! The supervision tree of a consumer, as data.
//!
//! Children start from top to bottom and stop from bottom to top: first nothing new is read, then
//! the workers finish, then what they said is written down, and the sign of life goes last.

use std::{sync::Arc, time::Duration};

use supervision::{Backoff, ChildSpec, Intensity, Shutdown, Strategy, SupervisorSpec};

use crate::consumer::{
    key_order::owner::Owner,
    maintain::heartbeat::Heartbeat,
    maintain::janitor::Janitor,
    maintain::metrics_sampler::MetricsSampler,
    maintain::scheduler::Scheduler,
    options::Options,
    read::intake::Intake,
    recover::reaper::Reaper,
    recover::reclaimer::Reclaimer,
    recover::renewer::Renewer,
    role::{self, Role},
    settle::settler::Settler,
    shared::Shared,
    work::poison::PoisonWatch,
    work::worker::Worker,
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
    let watched = |child: ChildSpec| child.shutdown(flush).watchdog(SILENCE);
    let handler = Arc::clone(handler);
    let of = || Arc::clone(&shared);

    let (settler, workers, intake) = (of(), of(), of());
    let mut tree = supervisor(name)
        .child(watched(role("heartbeat", of(), Heartbeat::new)))
        .child(watched(ChildSpec::task("settler", move |cx| {
            Settler::new(&settler, cx.pulse.clone()).run(cx)
        })))
        .child(watched(role("renewer", of(), Renewer::new)))
        .child(
            ChildSpec::group("worker", options.concurrency, move |cx| {
                (Worker::new(&workers, &handler, &cx), ())
            })
            .shutdown(drain)
            .watchdog(stuck),
        );
    if options.ordered {
        tree = tree.child(watched(role("owner", of(), Owner::new)));
    }
    tree.child(watched(role("poison-watch", of(), PoisonWatch::new)))
        .child(watched(ChildSpec::task("intake", move |cx| {
            Intake::new::<H>(&intake).run(cx)
        })))
        .child(watched(role("reclaimer", of(), Reclaimer::new::<H>)))
        .child(watched(role("scheduler", of(), Scheduler::new)))
        .child(watched(role("reaper", of(), Reaper::new)))
        .child(watched(role("janitor", of(), Janitor::new)))
        .child(watched(role("metrics-sampler", of(), MetricsSampler::new)))
}

/// A role as a child: made anew at each start.
fn role<R: Role + 'static>(
    name: &'static str,
    shared: Arc<Shared>,
    make: fn(&Arc<Shared>) -> R,
) -> ChildSpec {
    ChildSpec::task(name, move |cx| role::run(make(&shared), cx))
}
