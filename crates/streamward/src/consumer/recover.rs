//! Recovery: every way back for an entry that is pending and not handled.

pub(crate) mod attention;
pub(crate) mod reaper;
pub(crate) mod reclaimer;
pub(crate) mod recovery;
pub(crate) mod renewer;
