//! Long form of the fault tests: `make soak`.

/// Returns whether the tests run for hours, with larger sizes.
pub(crate) fn is_requested() -> bool {
    std::env::var_os("STREAMWARD_SOAK").is_some()
}
