//! The supervision tree of a process.
//!
//! ```text
//! streamward ── redis (embedded only)
//!            ── metrics
//!            ── clock
//!            ── status (of a worker process with --listen)
//!            ── provider (simulated only)
//!            ── order, inventory, promotion, payment, notification, webhook ── their roles
//!            ── auditor (of processes that run services)
//!            ── api ── catalogue, search, backlog, order-events, http
//! ```
//!
//! Children stop from bottom to top: the API accepts no more requests, then the services drain, and
//! Redis stops last.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use api::{Api, Status};
use contracts::Service;
use metrics_exporter_prometheus::PrometheusHandle;
use notification_worker::Notifier;
use payment_worker::Gateway;
use streamward::{Consumer, Handler, Runtime};
use supervision::{
    BoxError, ChildSpec, Intensity, Observer, Shutdown, Strategy, SupervisorSpec, TaskContext,
};
use tokio::{net::TcpListener, time::sleep};
use webhook_worker::Sender;

use crate::{auditor::Auditor, embedded_redis::EmbeddedRedis, provider::Provider};

/// Restarts of failed services before the process ends.
const INTENSITY: Intensity = Intensity {
    max_restarts: 10,
    within: Duration::from_secs(60),
};
/// Interval at which collected metrics are drained.
const UPKEEP: Duration = Duration::from_secs(5);
/// Time for requests in flight when an HTTP server stops.
const CLOSE: Duration = Duration::from_secs(10);
/// Time for the embedded server to write its files.
const REDIS_STOP: Duration = Duration::from_secs(15);
/// Most workers of a consumer.
const MOST_WORKERS: usize = 4096;
/// Silence after which a child counts as hanging and is replaced.
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

/// Returns the root of a process, without children.
pub fn root() -> SupervisorSpec {
    SupervisorSpec::new("streamward")
        .strategy(Strategy::OneForOne)
        .intensity(INTENSITY)
        .observe(Arc::new(RestartCounter))
}

/// A child under the watchdog; every run starts from a clone of `state`.
fn task<T, F>(
    name: &str,
    state: T,
    run: impl Fn(T, TaskContext) -> F + Send + Sync + 'static,
) -> ChildSpec
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    ChildSpec::task(name, move |context| run(state.clone(), context)).watchdog(SILENCE)
}

/// Returns the child that drains collected metrics: samples of histograms pile up until then.
pub fn metrics(handle: &PrometheusHandle) -> ChildSpec {
    task("metrics", handle.clone(), |handle, context| async move {
        while let Some(()) = context.stopping.run_until_cancelled(sleep(UPKEEP)).await {
            context.pulse.beat();
            handle.run_upkeep();
        }
        Ok(())
    })
}

/// Returns the child that follows the clock of Redis.
pub fn clock(runtime: &Runtime) -> ChildSpec {
    task("clock", runtime.server().clone(), streamward::clock::follow)
}

/// Returns the embedded redis-server as a child.
pub fn redis(server: EmbeddedRedis) -> ChildSpec {
    task("redis", server, EmbeddedRedis::run).shutdown(Shutdown::Stop(REDIS_STOP))
}

/// Adds an auditor to the root, unless the interval `every` is zero.
pub fn audited(root: SupervisorSpec, runtime: &Runtime, every: Duration) -> SupervisorSpec {
    if every.is_zero() {
        return root;
    }
    root.child(task("auditor", Auditor::new(runtime, every), Auditor::run))
}

/// Returns the simulated payment provider as a child.
pub fn provider(provider: Provider) -> ChildSpec {
    task("provider", Arc::new(provider), Provider::run).shutdown(Shutdown::Stop(CLOSE))
}

/// Returns the API as a child.
pub fn api(api: &Api, listener: TcpListener) -> ChildSpec {
    let http = task(
        "http",
        (api.clone(), Arc::new(listener)),
        |(api, listener), context| api.serve(listener, context),
    );
    let spec = SupervisorSpec::new("api")
        .child(task("catalogue", api.clone(), Api::follow_catalog))
        .child(task("search", api.clone(), Api::keep_index))
        .child(task("backlog", api.clone(), Api::watch_backlog))
        .child(task("order-events", api.clone(), Api::follow_orders))
        .child(http.shutdown(Shutdown::Stop(CLOSE)));
    ChildSpec::supervisor(spec)
}

/// Returns the status pages of a process without an API as a child.
///
/// Placed before the services, it serves until they have stopped.
pub fn status(status: &Status, listener: TcpListener) -> ChildSpec {
    task(
        "status",
        (status.clone(), Arc::new(listener)),
        |(status, listener), context| status.serve(listener, context),
    )
    .shutdown(Shutdown::Stop(CLOSE))
}

/// Dependencies of the services.
#[derive(Debug)]
pub struct Environment<G, C> {
    /// The payment provider.
    pub gateway: Arc<G>,
    /// The delivery of mail and SMS.
    pub notifier: Arc<C>,
    /// Settings of the notification service.
    pub messages: notification_worker::Settings,
    /// The HTTP client of webhook deliveries.
    pub sender: Arc<Sender>,
    /// Settings of the webhook service.
    pub webhooks: webhook_worker::Settings,
    /// Time until an unpaid order is cancelled.
    pub payment_timeout: Duration,
    /// Low-stock threshold in units of products without their own.
    pub low_stock: u32,
    /// Workers per service.
    pub concurrency: usize,
}

/// Returns one service as a child.
pub async fn service<G: Gateway, C: Notifier>(
    service: Service,
    runtime: &Runtime,
    environment: &Environment<G, C>,
) -> Result<ChildSpec> {
    let workers = environment.concurrency;
    let spec = match service {
        Service::Order => {
            let consumer = order_worker::consumer(runtime, environment.payment_timeout);
            tree(consumer, runtime, workers).await
        }
        Service::Inventory => {
            tree(
                inventory_worker::consumer(runtime, environment.low_stock),
                runtime,
                workers,
            )
            .await
        }
        Service::Promotion => tree(promotion_worker::consumer(runtime), runtime, workers).await,
        Service::Payment => {
            let gateway = Arc::clone(&environment.gateway);
            // Its workers wait for the provider, and do little else.
            let workers = (workers * 2).min(MOST_WORKERS);
            let consumer = payment_worker::consumer(runtime, gateway, workers);
            tree(consumer, runtime, workers).await
        }
        Service::Notification => {
            let notifier = Arc::clone(&environment.notifier);
            let settings = environment.messages.clone();
            let consumer = notification_worker::consumer(runtime, notifier, settings);
            tree(consumer, runtime, workers).await
        }
        Service::Webhook => {
            let sender = Arc::clone(&environment.sender);
            let settings = environment.webhooks.clone();
            let consumer = webhook_worker::consumer(runtime, sender, settings);
            tree(consumer, runtime, workers).await
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
