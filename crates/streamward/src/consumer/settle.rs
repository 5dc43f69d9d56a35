//! Settling: acknowledging, parking and dead-lettering what was handled.

pub(crate) mod dead_letter;
pub(crate) mod parking;
pub(crate) mod settler;
