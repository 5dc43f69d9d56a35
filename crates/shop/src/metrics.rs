//! The metrics recorder of a process.

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use streamward::metrics::{Metric, Shape};

/// Installs the recorder of this process' metrics and describes them.
pub fn record_metrics() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&[
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
        ])?
        .install_recorder()
        .context("metrics")?;
    for metric in Metric::ALL {
        match metric.shape() {
            Shape::Counter => metrics::describe_counter!(metric.name(), metric.help()),
            Shape::Gauge => metrics::describe_gauge!(metric.name(), metric.help()),
            Shape::Histogram => metrics::describe_histogram!(metric.name(), metric.help()),
        }
    }
    for metric in webhook_worker::Metric::ALL {
        match metric.shape() {
            webhook_worker::Shape::Counter => {
                metrics::describe_counter!(metric.name(), metric.help());
            }
            webhook_worker::Shape::Histogram => {
                metrics::describe_histogram!(metric.name(), metric.help());
            }
        }
    }
    Ok(handle)
}
