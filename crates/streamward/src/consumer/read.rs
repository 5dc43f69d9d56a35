//! Reading: new entries come in here, no more than can be handled.

pub(crate) mod admission;
pub(crate) mod demand;
pub(crate) mod flow_control;
pub(crate) mod intake;
pub(crate) mod throttle;
