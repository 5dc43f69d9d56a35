//! Whether the long form of a story is asked for: `make soak`.

/// The same story, with the sizes and times that a night would take.
pub(crate) fn is_asked_for() -> bool {
    std::env::var_os("STREAMWARD_SOAK").is_some()
}
