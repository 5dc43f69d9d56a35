//! Idempotency keys of requests that are being answered.

use std::sync::PoisonError;

use crate::core::Core;
use crate::wire::ApiError;

/// A claim on a key; it ends with the request, answered or abandoned.
///
/// What a request changes is committed in one step with its key, so this does not guard against
/// carrying it out twice. It tells a client that repeats itself too early apart from one that
/// repeats itself rightly.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    core: &'a Core,
    key: &'a str,
}

impl<'a> Claim<'a> {
    /// Claims the key; 409 while another request holds it.
    pub(super) fn stake(core: &'a Core, key: &'a str) -> Result<Self, ApiError> {
        let mut outstanding = core
            .outstanding
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if outstanding.insert(key.into()) {
            Ok(Self { core, key })
        } else {
            Err(ApiError::key_outstanding(key))
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut outstanding = self
            .core
            .outstanding
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        outstanding.remove(self.key);
    }
}
