//! Reading: how new entries come in, and how many.

pub(crate) mod admission;
pub(crate) mod intake;
pub(crate) mod rotation;
pub(crate) mod throttle;
