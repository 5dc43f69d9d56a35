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
        describe(metric.shape(), metric.name(), metric.help());
    }
    for metric in webhook_worker::Metric::ALL {
        describe(metric.shape(), metric.name(), metric.help());
    }
    for metric in api::Metric::ALL {
        describe(metric.shape(), metric.name(), metric.help());
    }
    Ok(handle)
}

fn describe(shape: Shape, name: &'static str, help: &'static str) {
    match shape {
        Shape::Counter => metrics::describe_counter!(name, help),
        Shape::Gauge => metrics::describe_gauge!(name, help),
        Shape::Histogram => metrics::describe_histogram!(name, help),
    }
}
