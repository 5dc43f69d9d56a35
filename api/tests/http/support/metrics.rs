//! The metrics of one test alone.

use std::collections::BTreeMap;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::Shop;

/// Collects what the test's own thread counts, which is where all of its shop runs.
pub(crate) struct Counters {
    handle: PrometheusHandle,
    _mine: metrics::LocalRecorderGuard<'static>,
}

impl Counters {
    pub(crate) fn start() -> Self {
        // The guard borrows it for as long as the thread may count.
        let recorder: &'static PrometheusRecorder =
            Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
        Self {
            handle: recorder.handle(),
            _mine: metrics::set_default_local_recorder(recorder),
        }
    }

    /// Renders them for `/metrics`.
    pub(crate) fn shown(&self) -> impl Fn() -> String + Send + Sync + 'static {
        let handle = self.handle.clone();
        move || handle.render()
    }
}

impl Shop {
    /// Every series of a counter in `/metrics`, by its labels as they stand there.
    pub(crate) async fn counted(&self, counter: &str) -> BTreeMap<String, u64> {
        let page = self.visitor().get("/metrics").await.expect(200).text;
        let series = page.lines().filter_map(|line| {
            let (labels, count) = line.strip_prefix(counter)?.rsplit_once(' ')?;
            let labels = labels.trim_matches(['{', '}']);
            Some((labels.to_owned(), count.parse().unwrap()))
        });
        series.collect()
    }
}
