//! Health of the process: probes, readiness, metrics, and the operators' report.

pub(crate) mod probes;
pub(crate) mod readiness;
pub(crate) mod report;
pub(crate) mod status_pages;
