//! The leads of a consumer: what one process of its service does at a time.

use std::{sync::Arc, time::Duration};

use crate::consumer::shared::Shared;
pub(crate) use crate::lead::Lead;

/// This consumer's claim to doing `what` for its service.
pub(crate) fn of(shared: &Arc<Shared>, what: &str, ttl: Duration) -> Lead {
    let key = shared.partition.lead(shared.service(), what);
    Lead::held_by(
        shared.server.clone(),
        key,
        Arc::clone(&shared.consumer),
        ttl,
    )
}
