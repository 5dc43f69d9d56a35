//! Puts the trees of the roles together.
//!
//! ```text
//! streamward ── redis (embedded only)
//!            ── metrics
//!            ── status (of a worker process that is told where)
//!            ── provider (simulated only)
//!            ── order, inventory, promotion, payment, notification, webhook ── their roles
//!            ── auditor (of processes that run services)
//!            ── api ── catalogue, search, backlog, stories, http
//! ```
//!
//! Children stop from bottom to top: nobody is let in any more, then the services drain, and Redis
//! goes last.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use api::{Api, Status};
use contracts::Service;
use metrics_exporter_prometheus::PrometheusHandle;
use notification_worker::Notifier;
use payment_worker::Gateway;
use streamward::{Consumer, Handler, Runtime};
use supervision::{ChildSpec, Intensity, Observer, Shutdown, Strategy, SupervisorSpec};
use tokio::net::TcpListener;
use webhook_worker::Sender;

use crate::{auditor::Auditor, embedded_redis::EmbeddedRedis, provider::Provider};

/// A service that gives up is started again; a process whose services keep giving up ends.
const INTENSITY: Intensity = Intensity {
    max_restarts: 10,
    within: Duration::from_secs(60),
};
/// How often collected metrics are drained.
const UPKEEP: Duration = Duration::from_secs(5);
/// Requests in flight get this long when the API stops.
const CLOSE: Duration = Duration::from_secs(10);
/// Long enough for the embedded server to write its files.
const REDIS_STOP: Duration = Duration::from_secs(15);
/// A consumer has no more workers than that.
const MOST_WORKERS: usize = 4096;
/// A child that does not show for so long that it lives is stuck, and replaced.
const SILENCE: Duration = Duration::from_secs(15);

/// Counts restarts and escalations as metrics.
#[derive(Debug)]
struct RestartCounter;

impl Observer for RestartCounter {
    fn restarted(&self, path: &str, _reason: &str) {
        streamward::metrics::count_restart(path);
    }

    fn escalated(&self, path: &str, _reason: &str) {
        streamward::metrics::count_restart(path);
    }
}

/// The root of a process, without children.
pub fn root() -> SupervisorSpec {
    SupervisorSpec::new("streamward")
        .strategy(Strategy::OneForOne)
        .intensity(INTENSITY)
        .observe(Arc::new(RestartCounter))
}

/// Keeps the collected metrics small: samples of histograms pile up until they are drained.
pub fn metrics(handle: &PrometheusHandle) -> ChildSpec {
    let handle = handle.clone();
    ChildSpec::task("metrics", move |context| {
        let handle = handle.clone();
        async move {
            while context
                .stopping
                .run_until_cancelled(tokio::time::sleep(UPKEEP))
                .await
                .is_some()
            {
                context.pulse.beat();
                handle.run_upkeep();
            }
            Ok(())
        }
    })
    .watchdog(SILENCE)
}

/// The embedded server as a child.
pub fn redis(server: EmbeddedRedis) -> ChildSpec {
    ChildSpec::task("redis", move |context| server.clone().watch(context))
        .shutdown(Shutdown::Stop(REDIS_STOP))
        .watchdog(SILENCE)
}

/// The root with an auditor that audits once in `every`, unless that is never.
pub fn audited(root: SupervisorSpec, runtime: &Runtime, every: Duration) -> SupervisorSpec {
    if every.is_zero() {
        return root;
    }
    let auditor = Auditor::new(runtime, every);
    let child = ChildSpec::task("auditor", move |context| auditor.clone().run(context));
    root.child(child.watchdog(SILENCE))
}

/// The simulated provider as a child.
pub fn provider(provider: Arc<Provider>) -> ChildSpec {
    ChildSpec::task("provider", move |context| {
        Arc::clone(&provider).run(context)
    })
    .shutdown(Shutdown::Stop(CLOSE))
    .watchdog(SILENCE)
}

/// The API as a child.
pub fn api(api: &Api, listener: TcpListener) -> ChildSpec {
    let (catalogue, search) = (api.clone(), api.clone());
    let (backlog, stories, http) = (api.clone(), api.clone(), api.clone());
    let listener = Arc::new(listener);
    let spec = SupervisorSpec::new("api")
        .child(
            ChildSpec::task("catalogue", move |context| {
                catalogue.clone().follow_catalog(context)
            })
            .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("search", move |context| search.clone().keep_index(context))
                .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("backlog", move |context| {
                backlog.clone().watch_backlog(context)
            })
            .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("stories", move |context| {
                stories.clone().follow_orders(context)
            })
            .watchdog(SILENCE),
        )
        .child(
            ChildSpec::task("http", move |context| {
                http.clone().serve(Arc::clone(&listener), context)
            })
            .shutdown(Shutdown::Stop(CLOSE))
            .watchdog(SILENCE),
        );
    ChildSpec::supervisor(spec)
}

/// The status pages of a process without an API as a child. It comes before the services, so that
/// they can be watched until they have stopped.
pub fn status(status: &Status, listener: TcpListener) -> ChildSpec {
    let (status, listener) = (status.clone(), Arc::new(listener));
    ChildSpec::task("status", move |context| {
        status.clone().serve(Arc::clone(&listener), context)
    })
    .shutdown(Shutdown::Stop(CLOSE))
    .watchdog(SILENCE)
}

/// What the services need to know of their surroundings.
#[derive(Debug)]
pub struct Surroundings<G, C> {
    pub gateway: Arc<G>,
    pub notifier: Arc<C>,
    pub messages: notification_worker::Settings,
    pub sender: Arc<Sender>,
    pub webhooks: webhook_worker::Settings,
    pub time_to_pay: Duration,
    pub concurrency: usize,
}

/// One service as a child.
pub async fn service<G: Gateway, C: Notifier>(
    service: Service,
    runtime: &Runtime,
    around: &Surroundings<G, C>,
) -> Result<ChildSpec> {
    let workers = around.concurrency;
    let spec = match service {
        Service::Order => {
            tree(
                order_worker::consumer(runtime, around.time_to_pay),
                runtime,
                workers,
            )
            .await
        }
        Service::Inventory => tree(inventory_worker::consumer(runtime), runtime, workers).await,
        Service::Promotion => tree(promotion_worker::consumer(runtime), runtime, workers).await,
        Service::Payment => {
            let gateway = Arc::clone(&around.gateway);
            // Its workers wait for the provider, and do little else.
            let workers = (workers * 2).min(MOST_WORKERS);
            let consumer = payment_worker::consumer(runtime, gateway, workers);
            tree(consumer, runtime, workers).await
        }
        Service::Notification => {
            let (notifier, settings) = (Arc::clone(&around.notifier), around.messages.clone());
            tree(
                notification_worker::consumer(runtime, notifier, settings),
                runtime,
                workers,
            )
            .await
        }
        Service::Webhook => {
            let (sender, settings) = (Arc::clone(&around.sender), around.webhooks.clone());
            tree(
                webhook_worker::consumer(runtime, sender, settings),
                runtime,
                workers,
            )
            .await
        }
    };
    Ok(ChildSpec::supervisor(spec?))
}

async fn tree<H: Handler>(
    consumer: Consumer<H>,
    runtime: &Runtime,
    workers: usize,
) -> Result<SupervisorSpec> {
    Ok(consumer.concurrency(workers).tree(runtime).await?)
}
