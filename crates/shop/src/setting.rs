//! Settings that cannot work: they name themselves, and the process exits with 64.

/// A setting that cannot work.
#[derive(Debug, thiserror::Error)]
#[error("setting {name}: {problem}")]
pub struct BadSetting {
    name: &'static str,
    problem: String,
}

impl BadSetting {
    pub fn new(name: &'static str, problem: impl Into<String>) -> Self {
        Self {
            name,
            problem: problem.into(),
        }
    }
}
