//! Work: one delivery in the hands of one worker, and the decision about its outcome.

pub(crate) mod in_flight;
pub(crate) mod lease;
pub(crate) mod poison;
pub(crate) mod policy;
pub(crate) mod slots;
pub(crate) mod worker;
