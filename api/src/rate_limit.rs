//! Rate limits: the quotas of each request class and the accounting against them.

pub(crate) mod limiter;
pub(crate) mod limits;
